"""A changed parameter runs its stage again, also where the run cache has the stage's last run."""

import json
from collections.abc import Callable

from tests.pipeline.conftest import Workspace


def test_a_changed_side_of_the_block_runs_the_stage_again(
    new_workspace: Callable[[str], Workspace],
) -> None:
    """As `size`, DVC left it out of the hash: see tests/params/test_reserved_keys.py."""
    workspace = new_workspace("run_cache")
    workspace.repro("occlude_photos")
    workspace.set_params({"occlude_photos": {"blocks": [{"side": 33, "stride": 96}]}})
    said = workspace.repro("occlude_photos").stdout
    assert "Running stage 'occlude_photos'" in said
    assert "cached - skipping run" not in said
    found = json.loads((workspace.path / "metrics/photos/occlusion.json").read_text())
    assert {block["size"] for photo in found["photos"] for block in photo["blocks"]} == {33}

"""No stage depends on `core`, so a change of it must change no result.

Two facts are shown: after a change of each module of `core` DVC finds no stale stage, and a forced
second run gives equal hashes. The second run is of stages that need seconds and together use all
modules of `core`. So what these write follows from a stage's declared dependencies: not from files
of an earlier run, the time, or the process. It cannot show that an edit of `core` is harmless:
after one, `dvc repro --force` and `git diff dvc.lock` do.
"""

from pathlib import Path

from tests.pipeline.conftest import Workspace
from tests.pipeline.test_reruns import stale, unchanged_afterwards

FAST = (
    "check_params",
    "draw_curves",
    "compare_batchnorm",
    "select_network",
    "describe_networks",
    "receptive_fields",
    "summarize",
)
"""Stages of a few seconds that read params, JSON and CSV, and write JSON, CSV, PNG and weights."""


def core_modules(workspace: Workspace) -> list[Path]:
    return sorted((workspace.path / "src/foolproof/core").glob("*.py"))


def test_changed_core_makes_no_stage_stale_and_a_forced_run_gives_equal_hashes(
    finished_copy: Workspace,
) -> None:
    before = finished_copy.locked()
    modules = core_modules(finished_copy)
    with unchanged_afterwards(*modules):
        for module in modules:
            module.write_text(module.read_text(encoding="utf-8") + "# changed\n", encoding="utf-8")
        assert stale(finished_copy) == {}
        said = finished_copy.repro("--force", "--single-item", *FAST).stdout
    for name in FAST:
        assert f"Running stage '{name}" in said, name
    assert finished_copy.locked() == before

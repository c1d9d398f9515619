"""`dvc exp run -S` changes the line of its value in params.yaml, and no other."""

import difflib
import shutil
from pathlib import Path

import pytest
from dvc.utils.hydra import apply_overrides

from tests.repository import ROOT


@pytest.mark.parametrize(
    "override",
    [
        "surfaces.points=41",
        "adder.bits=4",
        "train.mnist.epochs=1",
        "train.robust.adversary.ramp=0.5",
        "evaluate_robustness.mnist.images=7",
        "pretrained.network=resnet18",
        "shallow_as_deep.points=5",
    ],
)
def test_an_override_changes_one_line(override: str, tmp_path: Path) -> None:
    path = tmp_path / "params.yaml"
    shutil.copy(ROOT / "params.yaml", path)
    before = path.read_text(encoding="utf-8").splitlines()
    apply_overrides(path, [override])
    after = path.read_text(encoding="utf-8").splitlines()
    changed = [line for line in difflib.ndiff(before, after) if line.startswith(("+ ", "- "))]
    assert len(changed) == 2
    assert override.split("=")[1] in changed[1]

"""The example of the library: a network that is not ours, in under 40 lines."""

import ast
import os
import re
import subprocess
import sys

import pytest

from tests.repository import ROOT

EXAMPLE = ROOT / "examples" / "own_network.py"


@pytest.fixture(scope="module")
def table() -> dict[str, int]:
    """Run the example; of each line of its table take the count."""
    ran = subprocess.run(
        [sys.executable, EXAMPLE],
        env={**os.environ, "PYTHONPATH": str(ROOT / "src")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (ran.returncode, ran.stderr) == (0, "")
    lines = [re.fullmatch(r"(.+?) +(\d+) of 100", line) for line in ran.stdout.splitlines()]
    return {line[1]: int(line[2]) for line in lines if line}


def test_example_is_under_40_lines() -> None:
    assert len(EXAMPLE.read_text(encoding="utf-8").splitlines()) < 40


def test_example_imports_the_library_and_torch_alone() -> None:
    tree = ast.parse(EXAMPLE.read_text(encoding="utf-8"))
    names = {
        alias.name if isinstance(node, ast.Import) else node.module
        for node in ast.walk(tree)
        if isinstance(node, ast.Import | ast.ImportFrom)
        for alias in node.names
    }
    assert names == {"foolproof", "torch"}


def test_example_measures_accuracies_that_fall_with_eps(table: dict[str, int]) -> None:
    accuracies = [count for name, count in table.items() if name.startswith("accuracy")]
    assert len(accuracies) == 4
    assert accuracies == sorted(accuracies, reverse=True)
    assert accuracies[0] >= 95
    assert accuracies[-1] < accuracies[0]


def test_example_finds_adversarial_images(table: dict[str, int]) -> None:
    assert table["misclassified after L2 PGD, eps = 1"] >= 50


@pytest.mark.parametrize("method", ["saliency", "integrated_gradients", "gradcam"])
def test_example_explains_by_the_shape(table: dict[str, int], method: str) -> None:
    """A box covers 25 of 256 pixels: of 100 random pixels 10 would lie in theirs."""
    assert table[f"top pixel at shape, {method}"] >= 50

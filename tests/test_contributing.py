"""The examples of CONTRIBUTING.md are still whole changes of the tree as it is."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import yaml

from tools.deps import ROOT

TEXT = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
DIFFS: dict[str, str] = dict(
    re.findall(r"^### ([^\n]+)\n(?:(?!^#).)*?^```diff\n(.*?)^```$", TEXT, re.DOTALL | re.MULTILINE)
)

# The stages that each example makes or changes.
STAGES = {
    "A stage": {"measure_calibration", "summarize"},
    "A network": {"train_cifar10", "summarize"},
    "An attack": set(),
}


class Example(NamedTuple):
    """A copy of the tree to which an example was applied."""

    name: str
    tree: Path

    @property
    def modules(self) -> list[str]:
        """The Python files that the example makes or changes."""
        return re.findall(r"^\+\+\+ b/(\S+\.py)$", DIFFS[self.name], re.MULTILINE)

    def run(self, *command: str, stdin: str = "") -> None:
        """Run a command in the copy, on the copy's code; it must succeed."""
        done = subprocess.run(
            command,
            cwd=self.tree,
            # More threads would only wait for each other in computations this small.
            env={**os.environ, "PYTHONPATH": str(self.tree / "src"), "OMP_NUM_THREADS": "1"},
            input=stdin,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr


@pytest.fixture(scope="module", params=DIFFS)
def example(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Example:
    """Apply an example to a copy of the files as they are, committed or not."""
    example = Example(request.param, tmp_path_factory.mktemp("tree"))
    for folder in ("src", "stages", "tests", "tools"):
        ignored = shutil.ignore_patterns("__pycache__", "*.egg-info")
        shutil.copytree(ROOT / folder, example.tree / folder, ignore=ignored)
    (example.tree / ".dvc").mkdir()
    for file in (".dvc/config", "dvc.yaml", "params.yaml", "pyproject.toml"):
        shutil.copyfile(ROOT / file, example.tree / file)
    example.run("git", "init", "--quiet")
    example.run("git", "apply", "-", stdin=DIFFS[example.name])
    return example


def stages_in(tree: Path) -> dict[str, Any]:
    """Read the stages that a tree declares, by name."""
    content = yaml.safe_load((tree / "dvc.yaml").read_text(encoding="utf-8"))
    stages: dict[str, Any] = content["stages"]
    return stages


def test_there_are_the_examples_that_are_known() -> None:
    assert DIFFS.keys() == STAGES.keys()
    assert TEXT.count("```diff") == len(DIFFS)


def test_it_changes_the_stages_that_it_is_about_and_no_other(example: Example) -> None:
    before, after = stages_in(ROOT), stages_in(example.tree)
    assert before.keys() <= after.keys()
    changed = {name for name, stage in after.items() if before.get(name) != stage}
    assert changed == STAGES[example.name]


def test_it_has_the_style_of_the_house(example: Example) -> None:
    ruff = (sys.executable, "-m", "ruff")
    example.run(*ruff, "check", "--no-cache", *example.modules)
    example.run(*ruff, "format", "--check", "--no-cache", *example.modules)


def test_its_tests_pass_its_params_are_valid_and_its_stages_declare_what_they_use(
    example: Example,
) -> None:
    brought = [module for module in example.modules if module.startswith("tests/")]
    assert brought
    always = ["tests/params/test_params.py", "tests/pipeline/test_declarations.py"]
    chosen = [
        *(Path(file).stem for file in brought),
        "the_params_of_the_repository",
        *STAGES[example.name],
    ]
    pytest_here = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider"]
    example.run(*pytest_here, *brought, *always, "-k", " or ".join(chosen))

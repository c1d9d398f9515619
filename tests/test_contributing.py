"""The worked changes of CONTRIBUTING.md, examples/patches/*.patch, apply to the current tree.

To remake a patch whose context has changed, in a clean tree:

    git apply --reject examples/patches/stage.patch    # then edit what was rejected, remove *.rej
    python -m tools.deps
    git add --intent-to-add .
    git diff -U1 -- . ':!examples' > examples/patches/stage.patch
    git reset --quiet && git restore . ':!examples' && git clean -d --force src stages tests

One line of context keeps the patches independent of neighbouring changes.
"""

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
PATCHES = {path.stem: path for path in sorted((ROOT / "examples" / "patches").glob("*.patch"))}

# The stages in dvc.yaml that each patch adds or changes.
STAGES = {
    "attack": set[str](),
    "network": {"train_linear"},
    "stage": {"measure_calibration"},
}


class Example(NamedTuple):
    """A copy of the tree to which a patch was applied."""

    name: str
    tree: Path

    @property
    def modules(self) -> list[str]:
        """The Python files that the patch adds or changes."""
        text = PATCHES[self.name].read_text(encoding="utf-8")
        return re.findall(r"^\+\+\+ b/(\S+\.py)$", text, re.MULTILINE)

    def run(self, *command: str) -> None:
        """Run a command in the copy, with its code; it must succeed."""
        done = subprocess.run(
            command,
            cwd=self.tree,
            # More threads would only wait for each other in computations this small.
            env={**os.environ, "PYTHONPATH": str(self.tree / "src"), "OMP_NUM_THREADS": "1"},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr


@pytest.fixture(scope="module", params=PATCHES)
def example(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Example:
    """Apply a patch to a copy of the current files, committed or not."""
    example = Example(request.param, tmp_path_factory.mktemp("tree"))
    for folder in ("src", "stages", "tests", "tools"):
        ignored = shutil.ignore_patterns("__pycache__", "*.egg-info")
        shutil.copytree(ROOT / folder, example.tree / folder, ignore=ignored)
    (example.tree / ".dvc").mkdir()
    for file in (".dvc/config", "dvc.yaml", "params.yaml", "pyproject.toml"):
        shutil.copyfile(ROOT / file, example.tree / file)
    example.run("git", "init", "--quiet")
    patch = str(PATCHES[example.name])
    example.run("git", "apply", "--check", patch)
    example.run("git", "apply", patch)
    return example


def stages_in(tree: Path) -> dict[str, Any]:
    """Read the stages of a tree by name."""
    content = yaml.safe_load((tree / "dvc.yaml").read_text(encoding="utf-8"))
    stages: dict[str, Any] = content["stages"]
    return stages


def test_contributing_links_every_patch() -> None:
    linked = re.findall(r"\]\(examples/patches/(\w+)\.patch\)", TEXT)
    assert sorted(linked) == list(PATCHES) == list(STAGES)


def test_contributing_is_short() -> None:
    assert len(TEXT.splitlines()) <= 120


def test_patch_changes_only_its_stages(example: Example) -> None:
    before, after = stages_in(ROOT), stages_in(example.tree)
    assert before.keys() <= after.keys()
    changed = {name for name, stage in after.items() if before.get(name) != stage}
    assert changed == STAGES[example.name]


def test_patched_files_pass_ruff(example: Example) -> None:
    ruff = (sys.executable, "-m", "ruff")
    example.run(*ruff, "check", "--no-cache", *example.modules)
    example.run(*ruff, "format", "--check", "--no-cache", *example.modules)


def test_patched_tree_passes_the_tests_of_the_patch(example: Example) -> None:
    """These include the validity of the params and the declarations of its stages."""
    brought = [
        module
        for module in example.modules
        # Running the pipeline takes minutes.
        if module.startswith("tests/") and not module.startswith("tests/pipeline/")
    ]
    assert brought
    always = ["tests/params/test_params.py", "tests/pipeline/test_declarations.py"]
    chosen = [
        *(Path(file).stem for file in brought),
        "the_params_of_the_repository",
        *STAGES[example.name],
    ]
    pytest_here = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider"]
    example.run(*pytest_here, *brought, *always, "-k", " or ".join(chosen))

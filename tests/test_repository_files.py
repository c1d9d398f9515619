"""What a public repository has besides code: line ends, continuous integration, hooks."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.repository import ROOT, classified_pythons, copy_repository, pyproject, repository_files

WORKFLOW = ".github/workflows/test.yml"
HOOKS = ".pre-commit-config.yaml"


def load(path: str) -> dict[str, Any]:
    """Read a YAML file; the key `on` of a workflow is true in YAML 1.1."""
    content: dict[str, Any] = yaml.safe_load((ROOT / path).read_text(encoding="utf-8"))
    return content


def git(*command: str, cwd: Path) -> str:
    """Run Git without the user's settings."""
    options = ["-c", "user.name=test", "-c", "user.email=test@example.org", "-c", "gc.auto=0"]
    return subprocess.run(
        ["git", *options, *command], cwd=cwd, capture_output=True, check=True, text=True
    ).stdout


@pytest.fixture(scope="module")
def commit(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Commit the repository's files as they are to a new repository."""
    folder = tmp_path_factory.mktemp("origin")
    copy_repository(folder)
    git("init", "--quiet", cwd=folder)
    git("add", "--all", "--force", cwd=folder)
    git("commit", "--quiet", "--message", "Files as they are", cwd=folder)
    return folder


def test_clone_with_windows_line_ends_equals_repository(commit: Path, tmp_path: Path) -> None:
    """Other bytes would be other hashes for DVC, and a `.ci/run` that does not start."""
    git("clone", "--quiet", "--config", "core.autocrlf=true", str(commit), "clone", cwd=tmp_path)
    changed = [
        name
        for name in repository_files()
        if (tmp_path / "clone" / name).read_bytes() != (ROOT / name).read_bytes()
    ]
    assert changed == []


def test_text_files_have_unix_line_ends(commit: Path) -> None:
    listed = git("ls-files", "--eol", cwd=commit).splitlines()
    assert [line for line in listed if re.match(r"i/(crlf|mixed)", line)] == []


def test_binary_files_have_the_binary_attribute(commit: Path) -> None:
    """Git guesses by content; a file that happens to look like text would be converted."""
    listed = git("ls-files", "--eol", cwd=commit).splitlines()
    binary = [line.partition("\t") for line in listed if line.startswith("i/-text")]
    assert binary
    assert [name for attributes, _, name in binary if "attr/-text" not in attributes] == []


def test_workflow_tests_every_classified_python() -> None:
    (job,) = load(WORKFLOW)["jobs"].values()
    assert job["strategy"]["matrix"] == {"python": classified_pythons()}
    (setup,) = [step for step in job["steps"] if "setup-python" in step.get("uses", "")]
    assert setup["with"]["python-version"] == "${{ matrix.python }}"


def test_lowest_classified_python_is_that_of_pyproject_and_ruff() -> None:
    lowest = classified_pythons()[0]
    settings = pyproject()
    assert settings["project"]["requires-python"] == f">={lowest}"
    assert settings["tool"]["ruff"]["target-version"] == f"py{lowest.replace('.', '')}"


def test_workflow_runs_make_test_on_ubuntu() -> None:
    (job,) = load(WORKFLOW)["jobs"].values()
    assert job["runs-on"] == "ubuntu-latest"
    assert "make test" in [step.get("run") for step in job["steps"]]


def test_workflow_reads_only_and_cancels_superseded_runs() -> None:
    workflow = load(WORKFLOW)
    assert workflow["permissions"] == {"contents": "read"}
    assert workflow["concurrency"]["cancel-in-progress"] is True


def test_workflow_actions_name_a_version() -> None:
    (job,) = load(WORKFLOW)["jobs"].values()
    used = [step["uses"] for step in job["steps"] if "uses" in step]
    assert used
    assert all(re.fullmatch(r"[\w./-]+@v\d[\d.]*", action) for action in used)


def test_hooks_run_the_programs_of_make_test() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    (local,) = [group for group in load(HOOKS)["repos"] if group["repo"] == "local"]
    programs = {hook["entry"].split()[0] for hook in local["hooks"]}
    assert programs == {".venv/bin/ruff", ".venv/bin/mypy"}
    assert all(hook["language"] == "system" for hook in local["hooks"])
    for command in ("ruff check", "ruff format", "mypy"):
        assert any(command in hook["entry"] for hook in local["hooks"])
        assert f"\n\t{command}" in makefile


def test_hooks_of_others_are_pinned() -> None:
    others = [group for group in load(HOOKS)["repos"] if group["repo"] != "local"]
    assert others
    assert all(re.fullmatch(r"v\d+\.\d+\.\d+", group["rev"]) for group in others)


@pytest.mark.skipif(shutil.which("bash") is None, reason="there is no bash")
def test_ci_script_has_valid_syntax() -> None:
    subprocess.run(["bash", "-n", ".ci/run"], cwd=ROOT, check=True)


def test_an_archive_without_git_is_told_so_before_anything_is_installed(tmp_path: Path) -> None:
    for name in ("Makefile", "requirements.lock", "pyproject.toml"):
        (tmp_path / name).write_bytes((ROOT / name).read_bytes())
    done = subprocess.run(
        ["make", "repro", f"PYTHON={sys.executable}"],
        cwd=tmp_path,
        env=os.environ | {"GIT_CEILING_DIRECTORIES": str(tmp_path.parent)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    assert "This folder is no Git repository" in done.stderr
    assert "git init && git add . && git commit -m start" in done.stderr
    assert not (tmp_path / ".venv").exists()

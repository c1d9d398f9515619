"""The repository's own files, for the tests of what a clone or an archive of them gives."""

import shutil
import subprocess
import tomllib
from pathlib import Path
from typing import Any

from packaging.requirements import Requirement

ROOT = Path(__file__).parents[1]

_CLASSIFIER = "Programming Language :: Python :: "


def repository_files() -> list[str]:
    """List the files that Git holds or would add, relative to the repository."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        check=True,
    ).stdout
    names = sorted({name.decode() for name in listed.split(b"\0") if name})
    return [name for name in names if (ROOT / name).is_file()]


def copy_repository(folder: Path) -> None:
    """Copy the files that Git holds or would add."""
    for name in repository_files():
        copy = folder / name
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, copy)


def pyproject() -> dict[str, Any]:
    """Read pyproject.toml."""
    return tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


def classified_pythons() -> list[str]:
    """List the versions of Python that the classifiers name, as 3.x."""
    classifiers: list[str] = pyproject()["project"]["classifiers"]
    versions = [name.removeprefix(_CLASSIFIER) for name in classifiers if _CLASSIFIER in name]
    return [version for version in versions if version.startswith("3.")]


def dependencies() -> list[Requirement]:
    """List what the package needs."""
    return [Requirement(line) for line in pyproject()["project"]["dependencies"]]


def dev_dependencies() -> list[Requirement]:
    """List what the tests and tools need besides."""
    return [Requirement(line) for line in pyproject()["dependency-groups"]["dev"]]

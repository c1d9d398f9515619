"""The repository's own files, for the tests of what a clone or an archive of them gives."""

import shutil
import subprocess
import tomllib
from importlib.metadata import Distribution, distribution
from pathlib import Path
from typing import Any

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

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
    """List what the library needs."""
    return [Requirement(line) for line in pyproject()["project"]["dependencies"]]


def extra_dependencies(extra: str) -> list[Requirement]:
    """List what an extra of the package, such as `pipeline`, needs besides."""
    return [Requirement(line) for line in pyproject()["project"]["optional-dependencies"][extra]]


def group_dependencies(group: str) -> list[Requirement]:
    """List what a dependency group, such as `dev`, adds for work on the repository."""
    return [Requirement(line) for line in pyproject()["dependency-groups"][group]]


def installed_closure(*names: str) -> dict[str, Distribution]:
    """Find installed distributions and what they need here, by canonical name."""
    found: dict[str, Distribution] = {}
    wanted = {(canonicalize_name(name), "") for name in names}
    seen = set[tuple[str, str]]()
    while wanted:
        name, extra = wanted.pop()
        seen.add((name, extra))
        found[name] = distribution(name)
        for needed in map(Requirement, found[name].requires or []):
            if needed.marker is None or needed.marker.evaluate({"extra": extra}):
                extras = ("", *needed.extras)
                wanted |= {(canonicalize_name(needed.name), each) for each in extras} - seen
    return found

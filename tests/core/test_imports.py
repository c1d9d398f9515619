"""Imports between the packages of foolproof point one way, and `core` needs no numerics."""

import ast
import sys
from pathlib import Path

import pytest

from tools.deps import PACKAGE, ROOT, imported_names, module_path

SOURCE = ROOT / PACKAGE

ORDER = (
    "core",
    "compute",
    "data",
    "assets",
    "photos",
    "networks",
    "classifiers",
    "trained",
    "pretrained",
    "training",
    "optimize",
    "attacks",
    "explain",
    "probes",
    "toys",
    "figures",
    "answers",
    "reports",
)
"""Each package imports from itself and from those before it. `params` has a rule of its own."""

IN_CORE = {"foolproof", "pydantic", "yaml"}
"""What `core` imports besides the standard library."""


def modules_of(package: str) -> list[Path]:
    return sorted((SOURCE / package).rglob("*.py"))


def foolproof_imports(module: Path) -> set[str]:
    """List the modules of foolproof that a module imports, as paths below src/foolproof."""
    found = filter(None, map(module_path, imported_names(module)))
    paths = {path.relative_to(SOURCE) for path in found if path.is_relative_to(SOURCE)}
    return {path.as_posix() for path in paths if path.name != "__init__.py"}


def third_party(module: Path) -> set[str]:
    """List the top-level packages outside the standard library that a module imports."""
    tree = ast.walk(ast.parse(module.read_text(encoding="utf-8")))
    names = set()
    for node in tree:
        if isinstance(node, ast.Import):
            names |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names.add(node.module.split(".")[0])
    return names - sys.stdlib_module_names


def test_every_package_has_a_place_in_the_order() -> None:
    packages = {path.parent.name for path in SOURCE.glob("*/__init__.py")}
    assert packages == {*ORDER, "params"}


def test_core_imports_no_numerics() -> None:
    """Numerics in `core` could change results, and no stage depends on `core`."""
    violations = {
        module.name: names
        for module in modules_of("core")
        if (names := third_party(module) - IN_CORE)
    }
    assert violations == {}


@pytest.mark.parametrize("package", ORDER)
def test_package_imports_only_packages_before_it(package: str) -> None:
    allowed = {*ORDER[: ORDER.index(package) + 1], "params"}
    violations = [
        f"{module.relative_to(SOURCE)} imports {imported}"
        for module in modules_of(package)
        for imported in sorted(foolproof_imports(module))
        if imported.split("/")[0] not in allowed
    ]
    assert violations == []


def test_params_imports_only_core() -> None:
    violations = [
        f"{module.relative_to(SOURCE)} imports {imported}"
        for module in modules_of("params")
        for imported in sorted(foolproof_imports(module))
        if imported.split("/")[0] not in {"core", "params"}
    ]
    assert violations == []


def test_only_stage_modules_import_params() -> None:
    """The library takes plain values; `stage.py` of a package and stages/ read the sections."""
    importers = {
        module.relative_to(SOURCE).as_posix()
        for package in ORDER
        for module in modules_of(package)
        if module.name != "stage.py"
        and any(imported.startswith("params/") for imported in foolproof_imports(module))
    }
    assert importers == set()


def test_arrow_against_the_order_is_noticed(tmp_path: Path) -> None:
    module = tmp_path / "wrong.py"
    module.write_text(
        "def late():\n    from foolproof.figures import style\n    import numpy as np\n"
    )
    assert foolproof_imports(module) == {"figures/style.py"}
    assert third_party(module) == {"foolproof", "numpy"}

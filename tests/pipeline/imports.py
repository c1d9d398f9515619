"""The modules of this repository that a script imports, found without running it."""

import ast
from importlib.util import find_spec
from pathlib import Path

ROOT = Path(__file__).parents[2]


def imported_names(path: Path) -> set[str]:
    """List every `foolproof...` name in the import statements of a file, wherever they stand.

    `from package import name` may mean a module `package.name`, so both are listed.
    """
    names = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            names |= {node.module} | {f"{node.module}.{alias.name}" for alias in node.names}
    return {name for name in names if name.split(".")[0] == "foolproof"}


def module_path(name: str) -> Path | None:
    """Find the file of a module; None for a name that is something inside a module."""
    try:
        spec = find_spec(name)
    except ModuleNotFoundError:
        return None
    return Path(spec.origin) if spec and spec.origin else None


def import_closure(script: Path) -> set[str]:
    """List `script` and all modules that it imports, directly or not, relative to the repository.

    Package files (`__init__.py`) are left out: another test asserts that they do nothing.
    """
    found: set[Path] = set()
    pending = [script]
    while pending:
        path = pending.pop()
        if path not in found:
            found.add(path)
            pending += filter(None, map(module_path, imported_names(path)))
    return {path.relative_to(ROOT).as_posix() for path in found if path.name != "__init__.py"}

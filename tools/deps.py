"""Write the code dependencies of each stage into dvc.yaml, from the imports of its script.

    python -m tools.deps

A folder in `UNITS` changes for one reason and is declared whole; of other folders a stage declares
the modules that it imports. No stage declares `core` and `params`, since nothing in them may change
a result; tests/pipeline/test_core.py checks what can be checked of that. (A section validates
values of params.yaml, which are params of the stage; only `check_params` declares the schema.)
The reports print functions, whose modules they declare as well.

A script's name may hold `${item}` or `${key}`. DVC gives all items of a `foreach` the same deps:
their code is what any of them imports.
"""

import ast
import re
from collections.abc import Iterable, Sequence
from pathlib import Path
from textwrap import fill

import yaml

ROOT = Path(__file__).parents[1]
PACKAGE = "src/foolproof"
DVC_YAML = ROOT / "dvc.yaml"

UNITS = (
    "answers",
    "assets",
    "classifiers",
    "compute",
    "data",
    "networks",
    "optimize",
    "photos",
    "pretrained",
    "reports",
    "trained",
    "training",
)
ANSWERS = f"{PACKAGE}/answers/"
EXEMPT = (f"{PACKAGE}/core/", f"{PACKAGE}/params/")

_STAGE = re.compile(r"^  (\w+):\n(.*?)(?=^  \w+:\n|^\S|\Z)", re.MULTILINE | re.DOTALL)
_DEPS = re.compile(r"^( +)deps: \[(.*?)\]\n", re.MULTILINE | re.DOTALL)


def imported_names(path: Path) -> set[str]:
    """List every `foolproof...` name in the import statements of a file, nested ones included.

    `from package import name` may import a module `package.name`, so both are listed.
    """
    names = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            names |= {node.module} | {f"{node.module}.{alias.name}" for alias in node.names}
    return {name for name in names if name.split(".")[0] == "foolproof"}


def module_path(name: str) -> Path | None:
    """Find the file of a module of the package, unimported; None for a name that is no module."""
    path = ROOT / "src" / name.replace(".", "/")
    found = (each for each in (path.with_suffix(".py"), path / "__init__.py") if each.is_file())
    return next(found, None)


def import_closure(script: Path) -> set[str]:
    """List `script` and all modules that it imports, directly or not, relative to the repository.

    Package files (`__init__.py`) are left out: they hold a docstring and lazy names.
    """
    found: set[Path] = set()
    pending = [script]
    while pending:
        path = pending.pop()
        if path not in found:
            found.add(path)
            pending += filter(None, map(module_path, imported_names(path)))
    return {path.relative_to(ROOT).as_posix() for path in found if path.name != "__init__.py"}


def quoted_modules(path: Path) -> set[str]:
    """List the modules whose functions a module of the answers names, as `module:function`."""
    texts = (
        node.value
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    )
    named = (re.fullmatch(r"([a-z_.0-9]+):\w+(\.\w+)*", text) for text in texts)
    paths = (module_path(f"foolproof.{found[1]}") for found in named if found)
    return {_relative(each) for each in paths if each}


def code_deps(script: Path, others: Iterable[Path] = ()) -> list[str]:
    """List the code deps of a stage: its script, units, and single modules.

    Args:
        script: of the stage.
        others: scripts of the other items of its `foreach`.
    """
    deps = set()
    scripts = {script, *others}
    closure = set().union(*map(import_closure, scripts)) - {_relative(each) for each in scripts}
    closure |= set().union(*(quoted_modules(ROOT / file) for file in closure if ANSWERS in file))
    whole = UNITS + (("params",) if f"{PACKAGE}/params/schema.py" in closure else ())
    for file in closure:
        unit = re.fullmatch(rf"{PACKAGE}/(\w+)/.+", file)
        if unit and unit[1] in whole:
            deps.add(f"{PACKAGE}/{unit[1]}")
        elif not file.startswith(EXEMPT):
            deps.add(file)
    return [_relative(script), *sorted(deps)]


def _relative(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def scripts_of(command: str, items: Iterable[str]) -> list[Path]:
    """List the scripts of a command for the items of its `foreach`, keys if that is a mapping."""
    script = command.split()[1]
    return [ROOT / re.sub(r"\$\{(item|key)\}", item, script) for item in items]


def with_code_deps(text: str) -> str:
    """Replace the code in the `deps` of every stage; it comes first."""
    items = {
        name: list(map(str, stage.get("foreach", [""])))
        for name, stage in yaml.safe_load(text)["stages"].items()
    }
    return _STAGE.sub(lambda stage: _rewrite(stage[0], items.get(stage[1], [""])), text)


def _rewrite(stage: str, items: Sequence[str]) -> str:
    """Rewrite the `deps` of a stage; `items` are those of its `foreach`."""
    called = re.search(r"cmd: (python (\S+))", stage)
    if called is None:
        return stage
    script, *others = scripts_of(called[1], items)
    deps = code_deps(script, others)
    deps[0] = called[2]
    if "${" in deps[0]:
        deps[0] = f'"{deps[0]}"'

    def line(found: re.Match[str]) -> str:
        others = [each.strip() for each in found[2].split(",") if each.strip()]
        kept = [each for each in others if not re.match(rf'"?(stages/|{PACKAGE}\b)', each)]
        return _wrapped(found[1], [*deps, *kept])

    return _DEPS.sub(line, stage)


def _wrapped(indent: str, entries: list[str]) -> str:
    """Write the deps in flow style, wrapped at 110 characters."""
    text = f"{indent}deps: [{', '.join(entries)}]"
    return (
        fill(
            text,
            width=110,
            subsequent_indent=f"{indent}  ",
            break_long_words=False,
            break_on_hyphens=False,
        )
        + "\n"
    )


def main() -> None:
    """Rewrite dvc.yaml."""
    DVC_YAML.write_text(with_code_deps(DVC_YAML.read_text(encoding="utf-8")), encoding="utf-8")


if __name__ == "__main__":
    main()

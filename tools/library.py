"""docs/LIBRARY.md: the public names of the library, one line each.

    python -m tools.library

The names are those of `dir(foolproof)` and of its public packages, the lines begin the docstrings.
"""

import inspect
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import foolproof
from foolproof.core.files import atomic_write
from foolproof.core.stage import run_tool

DOCUMENT = Path(__file__).parents[1] / "docs" / "LIBRARY.md"

HEAD = """# Library

Written by `python -m tools.library`. Names are as after `import foolproof as fp`; arguments with a
default are not listed. `help(fp.classifier)` shows all arguments of a function with shapes and
ranges, its errors, its source and an example.
"""


def public_packages() -> list[ModuleType]:
    """List `foolproof` and its public packages."""
    members = (getattr(foolproof, name) for name in dir(foolproof))
    return [foolproof, *(member for member in members if inspect.ismodule(member))]


def public_members(package: ModuleType) -> Iterator[tuple[str, Any]]:
    """List the public functions and classes of a package with their names in user code."""
    prefix = package.__name__.replace("foolproof", "fp", 1)
    for name in getattr(package, "__all__", ()):
        member = getattr(package, name)
        if inspect.isfunction(member) or inspect.isclass(member):
            yield f"{prefix}.{name}", member


def public_functions() -> dict[str, Any]:
    """Map the names of all public functions in user code to the functions."""
    return {
        name: member
        for package in public_packages()
        for name, member in public_members(package)
        if inspect.isfunction(member)
    }


def summary_of(member: object) -> str:
    """Take the first sentence of a docstring, with `|` as a table needs it."""
    first, _, _ = inspect.cleandoc(member.__doc__ or "").partition("\n\n")
    return " ".join(first.split()).replace("|", "\\|")


def call_of(name: str, function: Any) -> str:
    """Write a call with the arguments that have no default; those after `*` go by name."""
    parts = []
    for parameter in inspect.signature(function).parameters.values():
        if parameter.default is parameter.empty:
            if parameter.kind is parameter.KEYWORD_ONLY and "*" not in parts:
                parts.append("*")
            parts.append(parameter.name)
    return f"{name}({', '.join(parts)})"


def document() -> str:
    """Build the text of docs/LIBRARY.md."""
    parts = [HEAD]
    for package in public_packages():
        members = dict(public_members(package))
        functions = [name for name, member in members.items() if inspect.isfunction(member)]
        classes = [name for name in members if name not in functions]
        lines = [f"## {package.__name__}\n", summary_of(package) + "\n", "| | |", "|---|---|"]
        lines += [
            f"| `{call_of(name, members[name])}` | {summary_of(members[name])} |"
            for name in functions
        ]
        lines += [f"| `{name}` | {summary_of(members[name])} |" for name in classes]
        parts.append("\n".join(lines) + "\n")
    return "\n".join(parts)


def main() -> None:
    """Write docs/LIBRARY.md."""
    with atomic_write(DOCUMENT) as temporary:
        temporary.write_text(document(), encoding="utf-8")


if __name__ == "__main__":
    run_tool(main)

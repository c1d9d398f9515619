"""The sizes of text that the modules of figures set."""

import ast
from pathlib import Path

import pytest

import foolproof.figures
from foolproof.figures.style import STYLE
from tools.print_sizes import SMALLEST

MODULES = sorted(Path(foolproof.figures.__file__).parent.glob("*.py"))


def font_sizes(source: str) -> list[float]:
    """Find the numbers of `fontsize=`, `labelsize=`, `set_fontsize()` and constants `FONT`."""
    found: list[ast.expr] = []
    for node in ast.walk(ast.parse(source)):
        match node:
            case ast.keyword(arg="fontsize" | "labelsize", value=value):
                found.append(value)
            case ast.Call(func=ast.Attribute(attr="set_fontsize"), args=[value]):
                found.append(value)
            case ast.Assign(targets=[ast.Name(id="FONT")], value=value):
                found.append(value)
    return [float(ast.literal_eval(each)) for each in found if isinstance(each, ast.Constant)]


def test_sizes_are_found_in_each_form() -> None:
    source = "FONT = 5\naxis.text(0, 0, '', fontsize=6)\naxis.tick_params(labelsize=7)\n"
    assert sorted(font_sizes(f"{source}title.set_fontsize(8)")) == [5, 6, 7, 8]


@pytest.mark.parametrize("module", MODULES, ids=lambda path: path.stem)
def test_no_text_is_drawn_below_the_smallest_size(module: Path) -> None:
    assert all(size >= SMALLEST for size in font_sizes(module.read_text(encoding="utf-8")))


def test_the_style_has_larger_text() -> None:
    assert min(size for key, size in STYLE.items() if key.endswith("size")) >= SMALLEST

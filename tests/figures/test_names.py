"""Names of a user's files in figures, as they are written."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from matplotlib.font_manager import fontManager

from foolproof.figures import style
from foolproof.figures.style import draw_name, family_for, new_figure, save_figure

CAT = "\u732b"


@pytest.fixture(autouse=True)
def uncached() -> Iterator[None]:
    family_for.cache_clear()
    yield
    family_for.cache_clear()


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("a_$b_$c.jpg", r"a_\$b_\$c.jpg"),
        ("costs $5.jpg", r"costs \$5.jpg"),
        ("\u00e9t\u00e9 \u0416 \u03b1.jpg", "\u00e9t\u00e9 \u0416 \u03b1.jpg"),
        ("dog\n\U000fffff.jpg", "dog\nU+FFFFF.jpg"),  # in no font
    ],
)
def test_a_name_is_drawn_as_it_is_written(name: str, text: str, tmp_path: Path) -> None:
    figure, axes = new_figure(width=2, height=1, title="")
    draw_name(axes[0, 0], name)
    assert axes[0, 0].get_title() == text
    save_figure(figure, tmp_path / "name.png", source="")  # without a warning of a missing glyph


def test_characters_beyond_dejavu_come_from_an_installed_font(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    other = next(font for font in fontManager.ttflist if font.name == "STIXGeneral")
    fonts = {other.fname: frozenset({ord(CAT)})}
    monkeypatch.setattr(style, "characters_of", lambda file: fonts.get(file, frozenset()))
    family, known = family_for(CAT)
    assert family == ["DejaVu Sans", "STIXGeneral"]
    assert ord(CAT) in known

"""Figures of photos with their top classes."""

from pathlib import Path

import numpy as np
import pytest
from matplotlib.axes import Axes
from matplotlib.colors import to_hex, to_rgb
from matplotlib.figure import Figure

from foolproof.figures.classify_photos import (
    OTHER,
    SHEET,
    Classified,
    draw_classified,
    sheets_of,
)
from foolproof.figures.show_predictions import RIGHT, WRONG
from tests.figures.conftest import assert_reproducible

PIXELS = np.full((8, 8, 3), 0.5)
CLASSES = ("bell pepper", "cucumber", "Granny Smith")


def classified(label: str | None) -> Classified:
    return Classified("mine.jpg", PIXELS, label, CLASSES, (0.94, 0.0123, 0.0049))


def draw(*labels: str | None) -> Figure:
    return draw_classified([classified(label) for label in labels], architecture="resnet18")


def bars_of(figure: Figure, count: int) -> list[Axes]:
    columns = min(5, count)
    rows = [figure.axes[start : start + columns] for start in range(0, len(figure.axes), columns)]
    return [axis for row in rows[1::2] for axis in row][:count]


def colours(axis: Axes) -> list[str]:
    return [to_hex(bar.get_facecolor()) for bar in axis.patches]


def test_bars_are_the_top_classes_with_their_probabilities() -> None:
    figure = draw("bell pepper")
    (axis,) = bars_of(figure, 1)
    assert [text.get_text() for text in axis.texts] == [
        "94.0 %  bell pepper",
        "1.2 %  cucumber",
        "0.5 %  Granny Smith",
    ]
    widths = [bar.get_width() for bar in axis.patches]  # type: ignore[attr-defined]
    assert widths == [0.94, 0.0123, 0.0049]
    assert axis.get_xlim() == (0, 1)
    assert figure.get_suptitle().startswith("resnet18: top-3 classes")


def test_colours_mark_the_true_class_and_a_wrong_top_class() -> None:
    other = to_hex(to_rgb(OTHER))
    right, wrong, missed, unknown = bars_of(draw("bell pepper", "cucumber", "zebra", None), 4)
    assert colours(right) == [RIGHT.lower(), other, other]
    assert colours(wrong) == [WRONG.lower(), RIGHT.lower(), other]
    assert colours(missed) == [WRONG.lower(), other, other]
    assert colours(unknown) == [other] * 3


def test_photo_without_label_is_named_by_its_file() -> None:
    long = classified(None)._replace(name="a-very-long-name-from-a-camera-20240101.jpg")
    figure = draw_classified(
        [classified("cucumber"), classified(None), long], architecture="resnet18"
    )
    titles = [axis.get_title() for axis in figure.axes[:3]]
    assert titles == ["cucumber", "mine.jpg", "a-very-long-name-from-a…"]


@pytest.mark.parametrize("count", [1, 3, 7])
def test_equal_data_give_equal_bytes_for_any_number_of_photos(tmp_path: Path, count: int) -> None:
    assert_reproducible(lambda: draw(*["zebra"] * count), tmp_path)


def test_own_photos_fill_figures_of_a_page_whose_names_sort_as_numbered() -> None:
    own = [classified(None)._replace(name=f"{number}.jpg") for number in range(11 * SHEET + 3)]
    sheets = dict(sheets_of(own))
    assert list(sheets) == sorted(sheets)
    assert [photo.name for sheet in sheets.values() for photo in sheet] == [p.name for p in own]
    assert [len(sheet) for sheet in sheets.values()] == [SHEET] * 11 + [3]

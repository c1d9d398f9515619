"""Classified images and the confusion matrix."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from matplotlib.figure import Figure

from foolproof.figures.show_predictions import RIGHT, WRONG, draw_confusion, draw_predictions
from foolproof.figures.style import save_figure
from tests.figures.conftest import assert_reproducible

NAMES = [str(digit) for digit in range(10)]
SOURCE = "Data: mnist, real data (mirror)"


def sheet(count: int = 12) -> Figure:
    images = np.random.default_rng(0).integers(0, 256, (count, 28, 28), np.uint8)
    true = np.arange(count) % 10
    predicted = np.where(np.arange(count) == 1, 7, true)
    confidences = np.linspace(0.5, 1, count)
    return draw_predictions(images, true, predicted, confidences, title="Random test images")


def confusion() -> Figure:
    return draw_confusion(np.arange(100).reshape(10, 10), NAMES)


def test_misclassified_images_differ_by_colour_and_weight() -> None:
    figure = sheet(3)
    assert figure.get_suptitle() == "Random test images"
    titles = [axis.title for axis in figure.axes if axis.images]
    assert [title.get_text() for title in titles] == [
        "0 → 0\n50 %",
        "1 → 7\n75 %",
        "2 → 2\n100 %",
    ]
    assert [title.get_color() for title in titles] == [RIGHT, WRONG, RIGHT]
    assert [title.get_fontweight() for title in titles] == ["normal", "bold", "normal"]


@pytest.mark.parametrize(("count", "rows"), [(0, 1), (1, 1), (10, 1), (11, 2), (30, 3)])
def test_number_of_rows_follows_the_number_of_images(tmp_path: Path, count: int, rows: int) -> None:
    figure = sheet(count)
    assert len(figure.axes) == 10 * rows
    assert sum(bool(axis.images) for axis in figure.axes) == count
    assert not any(axis.axison for axis in figure.axes)
    save_figure(figure, tmp_path / "sheet.png", source=SOURCE)


def test_matrix_shows_all_counts_and_colours_only_errors() -> None:
    axis, colour_bar = confusion().axes
    assert (axis.get_xlabel(), axis.get_ylabel()) == ("predicted class", "true class")
    assert colour_bar.get_ylabel() == "mistakes (images)"
    assert [label.get_text() for label in axis.get_xticklabels()] == NAMES
    assert [label.get_text() for label in axis.get_yticklabels()] == NAMES
    found = {text.get_position(): text.get_text() for text in axis.texts}
    assert found == {
        (column, row): str(10 * row + column) for row in range(10) for column in range(10)
    }
    drawn = np.ma.masked_invalid(np.ma.masked_array(axis.images[0].get_array()).data)
    assert drawn.mask.tolist() == np.eye(10, dtype=bool).tolist()
    assert (drawn.min(), drawn.max()) == (1, 98)


@pytest.mark.parametrize("mistakes", [0, 1])
def test_matrix_with_at_most_one_error_is_legible(tmp_path: Path, mistakes: int) -> None:
    """No warning either, which a colour scale without extent would give."""
    counts = np.diag(np.full(10, 100))
    counts[3, 5] = mistakes
    figure = draw_confusion(counts, NAMES)
    low, high = figure.axes[0].images[0].get_clim()
    assert low == 0
    assert high >= 1
    by_place = {text.get_position(): text for text in figure.axes[0].texts}
    assert by_place[(0, 1)].get_color() == "white"
    assert by_place[(5, 3)].get_color() == ("black" if mistakes else "white")
    assert by_place[(4, 4)].get_color() == "black"
    save_figure(figure, tmp_path / "confusion.png", source=SOURCE)


@pytest.mark.parametrize("draw", [sheet, confusion])
def test_equal_data_give_equal_bytes_with_a_source_line(
    tmp_path: Path, draw: Callable[[], Figure]
) -> None:
    assert_reproducible(draw, tmp_path)

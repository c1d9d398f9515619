"""Figures of class-maximizing images."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from matplotlib.figure import Figure
from numpy.typing import NDArray

from foolproof.figures.attack_nontargeted import cost_rows, draw_class_images, draw_cost_curves
from foolproof.figures.style import save_figure
from tests.figures.conftest import assert_reproducible

SOURCE = "Data: mnist, real data (mirror)"
DIGITS = list(range(10))


def probabilities(predicted: list[int], confidence: float) -> NDArray[np.float64]:
    """Give each predicted class the confidence, and divide the rest among the others."""
    table = np.full((len(predicted), 10), (1 - confidence) / 9)
    table[np.arange(len(predicted)), predicted] = confidence
    return table


def class_images() -> Figure:
    images = np.random.default_rng(0).random((2, 3, 28, 28))
    shown = {
        "100 steps": (images[0], probabilities([4, 0, 9], 0.5)),
        "500 steps": (images[1], probabilities([4, 7, 9], 0.99987)),
    }
    return draw_class_images(shown, [4, 7, 9])


def cost_curves(classes: int = 10) -> Figure:
    steps, starts = np.arange(21.0), np.arange(3.0)
    costs = steps[:, None, None] + starts[:, None] + 100 * np.arange(classes)
    return draw_cost_curves(costs, DIGITS[:classes])


def test_class_images_have_a_row_per_number_of_steps_and_the_predicted_classes() -> None:
    figure = class_images()
    assert [axis.get_title() for axis in figure.axes] == [
        "target 4\npredicted 4\n50.00 %",
        "target 7\npredicted 0\n50.00 %",
        "target 9\npredicted 9\n50.00 %",
        "target 4\npredicted 4\n99.99 %",
        "target 7\npredicted 7\n99.99 %",
        "target 9\npredicted 9\n99.99 %",
    ]
    assert [axis.get_ylabel() for axis in figure.axes] == ["100 steps", "", "", "500 steps", "", ""]
    assert {axis.images[0].get_clim() for axis in figure.axes} == {(0, 1)}


def test_cost_curves_are_means_over_starts_with_a_band() -> None:
    figure = cost_curves()
    for digit, axis in enumerate(figure.axes):
        assert axis.get_title() == f"class {digit}"
        (line,) = axis.lines
        np.testing.assert_array_equal(line.get_ydata(), np.arange(21) + 1 + 100 * digit)
        band = axis.collections[0].get_paths()[0].vertices
        assert sorted({y for x, y in np.asarray(band) if x == 20}) == [
            20 + 100 * digit,
            22 + 100 * digit,
        ]
    assert {axis.get_ylabel() for axis in figure.axes[::5]} == {"logit"}
    assert {axis.get_xlabel() for axis in figure.axes[5:]} == {"step"}


@pytest.mark.parametrize("classes", [1, 4, 7])
def test_cost_curves_of_few_classes_label_every_column(tmp_path: Path, classes: int) -> None:
    figure = cost_curves(classes)
    shown = [axis for axis in figure.axes if axis.axison]
    assert len(shown) == classes
    lowest = shown[-min(classes, 5) :]
    assert {axis.get_xlabel() for axis in lowest} == {"step"}
    assert all(axis.xaxis.get_tick_params()["labelbottom"] for axis in lowest)
    save_figure(figure, tmp_path / "cost.png", source=SOURCE)


def test_cost_rows_list_about_a_hundred_points_of_each_class() -> None:
    costs = np.arange(1004.0).reshape(502, 2)
    rows = cost_rows(costs, [3, 7])
    assert len(rows) == 2 * len(range(0, 502, 5))
    assert rows[1] == {"step": 5, "series": "class 3", "logit": 10}
    assert rows[-1] == {"step": 500, "series": "class 7", "logit": 1001}


@pytest.mark.parametrize("draw", [class_images, cost_curves])
def test_equal_data_give_equal_bytes_with_the_source_at_the_foot(
    tmp_path: Path, draw: Callable[[], Figure]
) -> None:
    assert_reproducible(draw, tmp_path)

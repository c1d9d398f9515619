"""Figures of the images made for classes."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from matplotlib.figure import Figure
from numpy.typing import NDArray

from foolproof.figures.attack_nontargeted import (
    draw_beta_tuning,
    draw_class_images,
    draw_cost_curves,
    draw_targeted_grid,
    draw_targeted_tables,
)
from foolproof.figures.style import save_figure
from tests.figures.conftest import assert_reproducible

SOURCE = "Data: mnist, real data (mirror)"
DIGITS = list(range(10))
NONE: dict[str, float | None] = {"solved": 0, "mean_mse": None}


def probabilities(seen: list[int], confidence: float) -> NDArray[np.float64]:
    """Give each image its class with the confidence, and the rest evenly to the others."""
    table = np.full((len(seen), 10), (1 - confidence) / 9)
    table[np.arange(len(seen)), seen] = confidence
    return table


def class_images() -> Figure:
    images = np.random.default_rng(0).random((2, 3, 28, 28))
    made = {
        "100 steps": (images[0], probabilities([4, 0, 9], 0.5)),
        "500 steps": (images[1], probabilities([4, 7, 9], 0.99987)),
    }
    return draw_class_images(made, [4, 7, 9])


def cost_curves(classes: int = 10) -> Figure:
    steps, starts = np.arange(21.0), np.arange(3.0)
    costs = steps[:, None, None] + starts[:, None] + 100 * np.arange(classes)
    return draw_cost_curves(costs, DIGITS[:classes])


def targeted_grid() -> Figure:
    images = np.random.default_rng(0).random((3, 4, 28, 28))
    confidences = np.full((3, 4), 0.9512)
    confidences[2, 3] = 0.4
    return draw_targeted_grid(images, confidences, [5, 0, 4, 1], title="Made for one, like another")


def targeted_tables() -> Figure:
    confidences = np.linspace(0, 1, 100).reshape(10, 10)
    return draw_targeted_tables(
        {"noise": (confidences, 0.02 * confidences), "digit": (confidences.T, 0.04 * confidences)},
        DIGITS,
    )


def beta_tuning() -> Figure:
    tuning: dict[str, list[dict[str, float | None]]] = {
        "noise": [{"solved": 5, "mean_mse": 0.01}, NONE, {"solved": 3, "mean_mse": 0.03}],
        "digit": [NONE, NONE, NONE],
    }
    return draw_beta_tuning([100, 10, 1], tuning, 10)


def test_class_images_have_a_row_a_number_of_steps_and_say_what_is_seen() -> None:
    figure = class_images()
    assert [axis.get_title() for axis in figure.axes] == [
        "for 4\nseen as 4\n50.00 %",
        "for 7\nseen as 0\n50.00 %",
        "for 9\nseen as 9\n50.00 %",
        "for 4\nseen as 4\n99.99 %",
        "for 7\nseen as 7\n99.99 %",
        "for 9\nseen as 9\n99.99 %",
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
def test_with_fewer_classes_every_column_still_has_its_steps(tmp_path: Path, classes: int) -> None:
    figure = cost_curves(classes)
    shown = [axis for axis in figure.axes if axis.axison]
    assert len(shown) == classes
    lowest = shown[-min(classes, 5) :]
    assert {axis.get_xlabel() for axis in lowest} == {"step"}
    assert all(axis.xaxis.get_tick_params()["labelbottom"] for axis in lowest)
    save_figure(figure, tmp_path / "cost.png", source=SOURCE)


def test_the_targeted_grid_names_rows_and_columns_and_marks_failures() -> None:
    figure = targeted_grid()
    assert figure.get_suptitle() == "Made for one, like another"
    assert [axis.get_ylabel() for axis in figure.axes[::4]] == ["for 0", "for 1", "for 2"]
    assert [axis.get_xlabel() for axis in figure.axes[8:]] == [
        "like 5",
        "like 0",
        "like 4",
        "like 1",
    ]
    titles = [axis.title for axis in figure.axes]
    assert [title.get_text() for title in titles] == 11 * ["95.1 %"] + ["40.0 %"]
    assert [index for index, title in enumerate(titles) if title.get_color() != "black"] == [11]


def test_the_tables_write_every_number_on_one_scale_for_all_starts() -> None:
    figure = targeted_tables()
    confidence, distance = figure.axes[0], figure.axes[1]
    tables, bars = figure.axes[:4], figure.axes[4:]
    assert [axis.get_title() for axis in tables] == ["start: noise"] * 2 + ["start: digit"] * 2
    assert {(a.get_xlabel(), a.get_ylabel()) for a in tables} == {
        ("look-alike digit", "target class")
    }
    assert [axis.get_ylabel() for axis in bars] == [
        "probability of the target class",
        "1000 × MSE to the look-alike",
    ] * 2
    assert [axis.images[0].get_clim() for axis in tables] == [(0, 1), (0, 40)] * 2
    for axis, last in ((confidence, "1.00"), (distance, "20")):
        texts = {text.get_position(): text.get_text() for text in axis.texts}
        assert len(texts) == 100
        assert texts[(9, 9)] == last


def test_the_tuning_of_beta_adds_up_what_is_solved_at_larger_ones() -> None:
    reached, distance = beta_tuning().axes
    assert [(line.get_label(), list(np.asarray(line.get_ydata()))) for line in reached.lines] == [
        ("start: noise", [50, 50, 80]),
        ("start: digit", [0, 0, 0]),
    ]
    noise, digit = distance.lines
    assert np.asarray(noise.get_xydata()).tolist() == [[100, 0.01], [1, 0.03]]
    assert len(np.asarray(digit.get_xydata())) == 0
    for axis in (reached, distance):
        assert axis.get_xlabel() == "β (logits per mean squared pixel)"
    assert reached.get_ylabel().endswith("(%)")


def test_a_tuning_without_a_success_is_drawn(tmp_path: Path) -> None:
    figure = draw_beta_tuning([100, 10], {"noise": [NONE, NONE]}, 3)
    save_figure(figure, tmp_path / "beta.png", source=SOURCE)


@pytest.mark.parametrize(
    "draw", [class_images, cost_curves, targeted_grid, targeted_tables, beta_tuning]
)
def test_equal_data_give_equal_bytes_with_the_source_at_the_foot(
    tmp_path: Path, draw: Callable[[], Figure]
) -> None:
    assert_reproducible(draw, tmp_path)

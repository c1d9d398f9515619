"""Figures of class-maximizing images near a reference."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from matplotlib.figure import Figure

from foolproof.figures.attack_targeted import (
    OWN_CLASS,
    draw_beta_tuning,
    draw_targeted_grid,
    draw_targeted_tables,
)
from foolproof.figures.style import COLOURS, save_figure
from tests.figures.conftest import assert_reproducible

SOURCE = "Data: mnist, real data (mirror)"
DIGITS = list(range(10))
NONE: dict[str, float | None] = {"successes": 0, "mean_mse": None}


def targeted_grid() -> Figure:
    images = np.random.default_rng(0).random((3, 4, 28, 28))
    confidences = np.full((3, 4), 0.9512)
    confidences[2, 3] = 0.4
    return draw_targeted_grid(images, confidences, [5, 0, 4, 1], title="Target and reference")


def targeted_tables() -> Figure:
    confidences = np.linspace(0, 1, 100).reshape(10, 10)
    return draw_targeted_tables(
        {"noise": (confidences, 0.02 * confidences), "digit": (confidences.T, 0.04 * confidences)},
        DIGITS,
    )


def beta_tuning() -> Figure:
    tuning: dict[str, list[dict[str, float | None]]] = {
        "noise": [{"successes": 5, "mean_mse": 0.01}, NONE, {"successes": 3, "mean_mse": 0.03}],
        "digit": [NONE, NONE, NONE],
    }
    return draw_beta_tuning([100, 10, 1], tuning, 10)


def test_targeted_grid_names_rows_and_columns_and_marks_failures() -> None:
    figure = targeted_grid()
    assert figure.get_suptitle() == "Target and reference"
    assert [axis.get_ylabel() for axis in figure.axes[::4]] == ["target 0", "target 1", "target 2"]
    assert [axis.get_xlabel() for axis in figure.axes[8:]] == [
        "ref. 5",
        "ref. 0",
        "ref. 4",
        "ref. 1",
    ]
    titles = [axis.title for axis in figure.axes]
    assert [title.get_text() for title in titles] == 11 * ["95.1 %"] + ["40.0 %"]
    colours = {index: title.get_color() for index, title in enumerate(titles)}
    marked = {index: colour for index, colour in colours.items() if colour != "black"}
    assert marked == {1: OWN_CLASS, 7: OWN_CLASS, 11: COLOURS[1]}
    framed = [axis.spines["left"].get_visible() for axis in figure.axes]
    assert [index for index, visible in enumerate(framed) if visible] == [1, 7]


def test_tables_write_every_number_on_one_scale_for_all_starts() -> None:
    figure = targeted_tables()
    confidence, distance = figure.axes[0], figure.axes[1]
    tables, bars = figure.axes[:4], figure.axes[4:]
    assert [axis.get_title() for axis in tables] == ["start: noise"] * 2 + ["start: digit"] * 2
    assert {(a.get_xlabel(), a.get_ylabel()) for a in tables} == {
        ("reference digit", "target class")
    }
    assert [axis.get_ylabel() for axis in bars] == [
        "probability of the target class",
        "1000 × MSE to the reference image",
    ] * 2
    assert [axis.images[0].get_clim() for axis in tables] == [
        (0, 1),
        (0, pytest.approx(40 * 98 / 99)),
    ] * 2
    for axis, last in ((confidence, "0.99"), (distance, "20")):
        texts = {text.get_position(): text.get_text() for text in axis.texts}
        assert len(texts) == 90, "without the references' own classes"
        assert texts[(8, 9)] == last


def test_beta_tuning_accumulates_successes_from_larger_betas() -> None:
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


def test_beta_tuning_without_success_is_drawn(tmp_path: Path) -> None:
    figure = draw_beta_tuning([100, 10], {"noise": [NONE, NONE]}, 3)
    save_figure(figure, tmp_path / "beta.png", source=SOURCE)


@pytest.mark.parametrize("draw", [targeted_grid, targeted_tables, beta_tuning])
def test_equal_data_give_equal_bytes_with_the_source_at_the_foot(
    tmp_path: Path, draw: Callable[[], Figure]
) -> None:
    assert_reproducible(draw, tmp_path)

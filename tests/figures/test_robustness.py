"""Figures of adversarial photos under manipulations."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from matplotlib.figure import Figure

from foolproof.compute.intervals import rate_with_interval
from foolproof.figures.predicted_image import PredictedImage
from foolproof.figures.robustness import (
    OTHER,
    STRENGTHS,
    TARGET,
    TRUE,
    draw_manipulations,
    draw_strengths,
    strength_rows,
)
from tests.figures.conftest import assert_reproducible

SERIES = {"clean": "original (its true class)", "eot": "PGD with EOT"}
POINTS: dict[str, dict[float, float]] = {
    "rotation": {0: 1.0, 20: 0.5},
    "crop": {1: 1.0, 0.5: 0.25},
    "jpeg": {95: 0.75, 10: 0.5},
    "blur": {0: 1.0, 3: 0.0},
    "noise": {0: 1.0, 0.2: 0.125},
}


def found(mean_probability: float) -> dict[str, Any]:
    """Give the measures of each kind; those of originals are 1."""
    return {
        kind: {
            "mean_probability": {"mean": mean, "ci95": 0.25, "n": 16},
            "top1_rate": rate_with_interval(round(16 * share), 16),
        }
        for kind, mean, share in (
            ("clean", 1.0, 1.0),
            ("eot", mean_probability, mean_probability / 2),
        )
    }


CURVES = {
    name: {strength: found(value) for strength, value in points.items()}
    for name, points in POINTS.items()
}


def manipulations(targets: tuple[str, ...] | None = ("rocket", "teapot")) -> Figure:
    pixels = np.full((8, 8, 3), 0.5)
    names = {"unchanged": ("rocket", "dog"), "mirrored": ("cat", "a very long name of a zebra")}
    images = {
        how: [PredictedImage(pixels, name, 0.5) for name in pictures]
        for how, pictures in names.items()
    }
    return draw_manipulations(
        images, ["cat", "dog"], targets, title="resnet18: adversarial", origin="true"
    )


def strengths() -> Figure:
    return draw_strengths(CURVES, SERIES)


def test_colours_mark_the_target_and_the_true_class() -> None:
    figure = manipulations()
    assert figure.get_suptitle() == (
        "resnet18: adversarial\nblue: the true class; orange: the target"
    )
    titles = [(axis.get_title(), axis.title.get_color()) for axis in figure.axes]
    assert titles == [
        ("rocket\n50.0 %", TARGET),
        ("cat\n50.0 %", TRUE),
        ("dog\n50.0 %", TRUE),
        ("a very long name of a\nzebra\n50.0 %", OTHER),
    ]
    assert [axis.get_ylabel() for axis in figure.axes] == ["cat\n→ rocket", "", "dog\n→ teapot", ""]
    assert [axis.get_xlabel() for axis in figure.axes] == ["", "", "unchanged", "mirrored"]


def test_figure_of_originals_has_no_targets() -> None:
    figure = manipulations(None)
    assert figure.get_suptitle() == "resnet18: adversarial\nblue: the true class"
    assert [axis.title.get_color() for axis in figure.axes] == [OTHER, TRUE, TRUE, OTHER]
    assert [axis.get_ylabel() for axis in figure.axes] == ["cat", "", "dog", ""]


def test_strength_grows_to_the_right_for_each_manipulation() -> None:
    figure = strengths()
    upper, lower = figure.axes[:5], figure.axes[5:]
    labels = [axis.get_xlabel().replace("\n", " ") for axis in lower]
    assert labels == list(STRENGTHS.values())
    assert upper[0].get_ylabel() == "mean probability\n(%)"
    assert lower[0].get_ylabel() == "photos classified\nas that class (%)"
    for axes, factor in ((upper, 100), (lower, 50)):
        for axis, points in zip(axes, POINTS.values(), strict=True):
            first, second = axis.lines
            assert [first.get_label(), second.get_label()] == list(SERIES.values())
            assert list(np.asarray(first.get_ydata())) == [100, 100]
            heights = [factor * value for value in points.values()]
            assert list(np.asarray(second.get_ydata())) == heights
            places = axis.transData.transform(np.column_stack([second.get_xdata(), heights]))
            assert places[0, 0] < places[1, 0]
    assert [list(np.asarray(axis.lines[0].get_xdata())) for axis in upper] == [
        [0, 20],
        [100, 50],
        [95, 10],
        [0, 3],
        [0, 51],
    ]
    (legend,) = figure.legends
    assert [text.get_text() for text in legend.get_texts()] == list(SERIES.values())


def test_bands_are_95_percent_intervals_within_0_and_100() -> None:
    bands = [axis.collections[1] for axis in strengths().axes[::5]]
    mean, top1 = (band.get_paths()[0].get_extents().intervaly for band in bands)
    assert tuple(mean) == (25, 100)
    low, high = rate_with_interval(4, 16)["low"], rate_with_interval(8, 16)["high"]
    assert tuple(top1) == pytest.approx((100 * low, 100 * high))


def test_strength_rows_are_the_drawn_points() -> None:
    rows = strength_rows(CURVES, SERIES)
    assert len(rows) == 5 * 2 * 2
    assert rows[3] == {
        "manipulation": "rotation (degrees)",
        "strength": 20,
        "series": "PGD with EOT",
        "mean_probability": 0.5,
        "ci95": 0.25,
        "top1_rate": 0.25,
        "top1": 4,
        "photos": 16,
    }
    noise = [row for row in rows if row["manipulation"] == STRENGTHS["noise"]]
    assert [row["strength"] for row in noise] == [0, 51, 0, 51]
    assert {row["manipulation"] for row in rows} == set(STRENGTHS.values())


@pytest.mark.parametrize("draw", [manipulations, strengths])
def test_equal_data_give_equal_bytes_with_the_source_below(
    tmp_path: Path, draw: Callable[[], Figure]
) -> None:
    assert_reproducible(draw, tmp_path)

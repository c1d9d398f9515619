"""Figures of one-sided attacks."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from matplotlib.figure import Figure

from foolproof.compute.intervals import rate_with_interval
from foolproof.figures.evaluate_one_sided import (
    draw_examples,
    draw_grid,
    draw_transfer,
    transfer_rows,
)
from foolproof.figures.style import save_figure
from tests.figures.conftest import assert_reproducible

SOURCE = "Data: mnist, real data (mirror)"
NETWORKS = ("first", "second", "nobn", "bn")


def adversarial(count: int) -> dict[str, Any]:
    """Give images of all classes, targeted at the next class, with increasing perturbations."""
    originals = np.full((count, 28, 28), 0.25)
    images = originals.copy()
    images[:, 5, 5] += 0.125 * np.arange(1, count + 1) / max(1, count)
    labels = np.arange(count) % 10
    return {
        "originals": originals,
        "images": images,
        "labels": labels,
        "targets": (labels + 1) % 10,
        "confidences": np.linspace(0.95, 0.905, count),
    }


def examples(count: int = 2) -> Figure:
    attacks = ["untargeted", "targeted"][:count]
    return draw_examples(**adversarial(count), before=np.full(count, 0.998), attacks=attacks)


def grid(count: int = 20) -> Figure:
    images = adversarial(count)
    return draw_grid(**images, success=images["confidences"] >= 0.92)


def found(error: float | None) -> dict[str, Any]:
    """Give the rates of all networks."""
    shares = {"clean_error_rate": 0.004, "shuffled_error_rate": 0.06, "error_rate": error}
    rates = {
        name: None
        if error is None or share is None
        else rate_with_interval(round(500 * share), 500)
        for name, share in shares.items()
    }
    return {"networks": dict.fromkeys(NETWORKS, rates)}


def transfer(error: float | None = 0.5) -> Figure:
    return draw_transfer(
        {
            "confidence": [{"confidence": c, **found(error)} for c in (0.5, 0.999)],
            "steps": [{"steps": s, **found(0.25)} for s in (20, 40, 80)],
        }
    )


def test_example_is_original_perturbation_and_result_with_their_classes() -> None:
    axes = examples().axes
    rows = [axes[:3], axes[3:6]]
    assert [[axis.get_title() for axis in row] for row in rows] == [
        ["0: 99.8 %", "0.00 to 0.06", "1: 95.0 %"],
        ["1: 99.8 %", "0.00 to 0.12", "2: 90.5 %"],
    ]
    assert [row[0].get_ylabel() for row in rows] == [
        "untargeted",
        "targeted",
    ]
    for row in rows:
        original, added, image = (np.asarray(axis.images[0].get_array()) for axis in row)
        np.testing.assert_allclose(original + added, image)
        assert row[1].images[0].get_clim() == (0, 0.125)
        assert row[0].images[0].get_clim() == row[2].images[0].get_clim() == (0, 1)


def test_grid_has_the_first_of_each_pair_and_marks_failures() -> None:
    figure = grid()
    axes = [figure.axes[row : row + 10] for row in range(0, 100, 10)]
    expected = adversarial(20)
    for digit in range(10):
        assert axes[digit][digit].get_title() == "original"
        axis = axes[digit][(digit + 1) % 10]
        np.testing.assert_array_equal(axis.images[0].get_array(), expected["images"][digit])
        assert axis.get_title() == f"{100 * expected['confidences'][digit]:.1f} %"
        success = expected["confidences"][digit] >= 0.92
        assert (axis.title.get_color() == "black") == success
    assert axes[3][0].get_ylabel() == "true 3"
    assert axes[9][4].get_xlabel() == "target 4"
    assert not axes[0][5].images


def test_transfer_is_drawn_and_listed_alike() -> None:
    figure = transfer()
    curves = figure.axes[1].lines
    assert [list(np.asarray(line.get_ydata())) for line in curves[:2]] == [[25] * 3, [6] * 3]
    assert [tick.get_text() for tick in figure.axes[0].get_xticklabels()] == ["0.5", "0.999"]
    rows = transfer_rows("steps", [{"steps": 20, **found(0.25)}])
    assert len(rows) == 8
    assert rows[2] == {"steps": 20, "series": "retrained network, adversarial", "error": 0.25}


@pytest.mark.parametrize(
    "draw",
    [
        lambda: examples(0),
        lambda: grid(0),
        lambda: transfer(None),
    ],
)
def test_figures_without_success_are_drawn_without_warning(
    tmp_path: Path, draw: Callable[[], Figure]
) -> None:
    """No warning either."""
    save_figure(draw(), tmp_path / "empty.png", source=SOURCE)


def test_curves_show_the_intervals() -> None:
    rate = rate_with_interval(250, 500)
    band = transfer().axes[0].collections[0].get_paths()[0].get_extents()
    np.testing.assert_allclose([band.y0, band.y1], [100 * rate["low"], 100 * rate["high"]])


@pytest.mark.parametrize("draw", [examples, grid, transfer])
def test_equal_data_give_equal_bytes_with_the_source_at_the_foot(
    tmp_path: Path, draw: Callable[[], Figure]
) -> None:
    assert_reproducible(draw, tmp_path)

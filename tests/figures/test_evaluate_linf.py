"""Figures of targeted PGD."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from matplotlib.figure import Figure

from foolproof.compute.intervals import rate_with_interval
from foolproof.figures.evaluate_linf import RATES, draw_examples, draw_sweep, sweep_rows
from foolproof.figures.predicted_image import PredictedImage
from foolproof.figures.style import save_figure
from tests.figures.conftest import assert_reproducible

SOURCE = "Data: made up"
PIXELS = np.full((8, 8, 3), 0.5, np.float32)
SHARES = {0.5: 0.25, 2.0: 0.75, 8.0: 1.0}
SWEEP = {
    epsilon: {
        rate: {"mean": share} if rate.startswith("mean") else rate_with_interval(int(4 * share), 4)
        for rate in RATES
    }
    for epsilon, share in SHARES.items()
}


def examples(count: int = 2, change: float = 2 / 255) -> Figure:
    changed = PIXELS.copy()
    changed[0, 0], changed[1, 1] = 0.5 + change, 0.5 - change / 2
    return draw_examples(
        [PredictedImage(PIXELS, "bell pepper", 0.93)] * count,
        [PredictedImage(changed, "space shuttle", 0.99999)] * count,
        epsilon=2.0,
        architecture="resnet18",
    )


def sweep() -> Figure:
    probabilities = np.stack([np.linspace(0, share, 11) for share in SHARES.values()])
    return draw_sweep(SWEEP, probabilities, confidence=0.95, title="resnet18: 11 pairs")


def test_example_shows_original_perturbation_and_result_with_predicted_classes() -> None:
    figure = examples()
    assert figure.get_suptitle() == "resnet18: targeted PGD, ε = 2/255"
    rows = [figure.axes[:3], figure.axes[3:]]
    for row in rows:
        assert [axis.get_title() for axis in row] == [
            "bell pepper\n93.0 %",
            "from -1.0 to +2.0\n(of 255)",
            "space shuttle\n> 99.9 %",
        ]
    assert [[axis.get_xlabel() for axis in row] for row in rows] == [
        ["", "", ""],
        ["original", "perturbation,\nscaled to full contrast", "original + perturbation"],
    ]
    original, noise, result = (np.asarray(axis.images[0].get_array()) for axis in rows[0])
    np.testing.assert_array_equal(original, PIXELS)
    np.testing.assert_allclose(noise[0, 0], 1, atol=1e-5)
    np.testing.assert_allclose(noise[1, 1], 0.25, atol=1e-5)
    np.testing.assert_allclose(noise[2:], 0.5)
    np.testing.assert_allclose(original + (noise - 0.5) * 4 / 255, result, atol=1e-6)


def test_zero_perturbation_is_uniform(tmp_path: Path) -> None:
    figure = examples(1, change=0)
    assert np.ptp(np.asarray(figure.axes[1].images[0].get_array())) == 0
    save_figure(figure, tmp_path / "none.png", source=SOURCE)


def test_sweep_shows_rates_in_percent_against_epsilon() -> None:
    figure = sweep()
    assert figure.get_suptitle() == "resnet18: 11 pairs"
    success, spread = figure.axes
    assert [line.get_label() for line in success.lines] == list(RATES.values())[:3]
    for line in [*success.lines, *spread.lines[1:3]]:
        assert list(np.asarray(line.get_xdata())) == list(SHARES)
        assert list(np.asarray(line.get_ydata())) == [25, 75, 100]
    np.testing.assert_allclose(np.asarray(spread.lines[0].get_ydata()), [12.5, 37.5, 50])
    assert list(np.asarray(spread.lines[3].get_ydata())) == [95, 95]
    low, high = spread.collections[0].get_paths()[0].get_extents().intervaly
    assert (low, high) == pytest.approx((2.5, 90))
    for axis in figure.axes:
        assert axis.get_xlabel() == "ε (in units of 1/255)"
        assert [tick.get_text() for tick in axis.get_xticklabels()] == ["0.5", "2", "8"]


def test_sweep_rows_are_the_drawn_rates() -> None:
    rows = sweep_rows(SWEEP)
    assert len(rows) == len(SWEEP) * len(RATES)
    assert rows[0] == {"epsilon_255": 0.5, "series": "target is top-1", "value": 0.25}
    assert {row["series"] for row in rows} == set(RATES.values())
    assert all(SHARES[row["epsilon_255"]] == row["value"] for row in rows)


@pytest.mark.parametrize("draw", [examples, sweep])
def test_equal_data_give_equal_bytes_with_the_source_below(
    tmp_path: Path, draw: Callable[[], Figure]
) -> None:
    assert_reproducible(draw, tmp_path)

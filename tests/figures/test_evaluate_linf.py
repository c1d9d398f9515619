"""Figures of photos that are taken for another class."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from matplotlib.figure import Figure

from foolproof.figures.attack_linf import (
    RATES,
    Seen,
    draw_examples,
    draw_sweep,
    percent,
    see,
    sweep_rows,
)
from foolproof.figures.style import save_figure
from tests.figures.conftest import assert_reproducible

SOURCE = "Data: made up"
PIXELS = np.full((8, 8, 3), 0.5, np.float32)
SHARES = {0.5: 0.25, 2.0: 0.75, 8.0: 1.0}
SWEEP = {epsilon: dict.fromkeys(RATES, share) for epsilon, share in SHARES.items()}


def examples(count: int = 2, change: float = 2 / 255) -> Figure:
    changed = PIXELS.copy()
    changed[0, 0], changed[1, 1] = 0.5 + change, 0.5 - change / 2
    return draw_examples(
        [Seen(PIXELS, "bell pepper", 0.93)] * count,
        [Seen(changed, "space shuttle", 0.99999)] * count,
        epsilon=2.0,
        architecture="resnet18",
    )


def sweep() -> Figure:
    probabilities = np.stack([np.linspace(0, share, 11) for share in SHARES.values()])
    return draw_sweep(SWEEP, probabilities, confidence=0.95, title="resnet18: 11 pairs")


@pytest.mark.parametrize(
    ("share", "expected"),
    [
        (0.0, "0.0 %"),
        (1e-9, "< 0.1 %"),
        (0.00049, "< 0.1 %"),
        (0.0006, "0.1 %"),
        (0.5, "50.0 %"),
        (0.9994, "99.9 %"),
        (0.9995, "> 99.9 %"),
        (0.9999999, "> 99.9 %"),
        (1.0, "100.0 %"),
    ],
)
def test_nothing_is_called_certain_or_impossible_that_is_not(share: float, expected: str) -> None:
    assert percent(share) == expected


def test_the_likeliest_class_is_named() -> None:
    images = np.random.default_rng(0).random((2, 3, 4, 5))
    first, second = see(images, np.array([[0.1, 0.9], [0.6, 0.4]]), ("cat", "dog"))
    assert (first.name, first.probability) == ("dog", 0.9)
    assert (second.name, second.probability) == ("cat", 0.6)
    assert first.pixels.shape == (4, 5, 3)
    assert second.pixels[3, 4, 2] == images[1, 2, 3, 4]


def test_an_example_is_original_noise_and_result_with_what_is_seen() -> None:
    figure = examples()
    assert figure.get_suptitle() == "resnet18: no pixel changes by more than 2/255"
    rows = [figure.axes[:3], figure.axes[3:]]
    for row in rows:
        assert [axis.get_title() for axis in row] == [
            "bell pepper\n93.0 %",
            "from -1.0 to +2.0\n(of 255)",
            "space shuttle\n> 99.9 %",
        ]
    assert [[axis.get_xlabel() for axis in row] for row in rows] == [
        ["", "", ""],
        ["original", "noise, stretched to full contrast", "original + noise"],
    ]
    original, noise, result = (np.asarray(axis.images[0].get_array()) for axis in rows[0])
    np.testing.assert_array_equal(original, PIXELS)
    np.testing.assert_allclose(noise[0, 0], 1, atol=1e-5)
    np.testing.assert_allclose(noise[1, 1], 0.25, atol=1e-5)
    np.testing.assert_allclose(noise[2:], 0.5)
    np.testing.assert_allclose(original + (noise - 0.5) * 4 / 255, result, atol=1e-6)


def test_an_example_without_noise_has_an_even_picture_of_it(tmp_path: Path) -> None:
    figure = examples(1, change=0)
    assert np.ptp(np.asarray(figure.axes[1].images[0].get_array())) == 0
    save_figure(figure, tmp_path / "none.png", source=SOURCE)


def test_success_is_drawn_in_percent_against_the_size_of_the_ball() -> None:
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


def test_the_listed_rates_are_those_drawn() -> None:
    rows = sweep_rows(SWEEP)
    assert len(rows) == len(SWEEP) * len(RATES)
    assert rows[0] == {"epsilon_255": 0.5, "series": "target likeliest", "value": 0.25}
    assert {row["series"] for row in rows} == set(RATES.values())
    assert all(SHARES[row["epsilon_255"]] == row["value"] for row in rows)


@pytest.mark.parametrize("draw", [examples, sweep])
def test_equal_data_give_equal_bytes_with_the_source_at_the_foot(
    tmp_path: Path, draw: Callable[[], Figure]
) -> None:
    assert_reproducible(draw, tmp_path)

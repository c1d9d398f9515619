"""What is measured of filters that are known."""

import numpy as np
import pytest
from scipy.stats import mannwhitneyu

from foolproof.explain.filter_measures import (
    Filters,
    measure,
    probability_of_superiority,
    random_filters,
    summarize,
)

RANDOM = np.random.default_rng(1)
GREY, RED_GREEN, RED = (1, 1, 1), (1, -1, 0), (1, 0, 0)


def painted(pattern: Filters, colour: tuple[int, ...]) -> Filters:
    """Give a pattern (side, side) to the channels in the proportions of a colour."""
    filters: Filters = np.array(colour)[None, :, None, None] * pattern
    return filters


def grating(down: int, across: int, colour: tuple[int, ...] = GREY, side: int = 11) -> Filters:
    """A wave with so many cycles down and across the filter, (1, 3, side, side)."""
    y, x = np.mgrid[:side, :side]
    wave = np.cos(2 * np.pi * (down * y + across * x) / side + 0.3)
    return painted(wave, colour)


def blob(colour: tuple[int, ...] = GREY) -> Filters:
    y, x = np.mgrid[-5:6, -5:6]
    return painted(np.exp(-(x**2 + y**2) / 6), colour)


@pytest.mark.parametrize(
    ("filters", "smoothness", "orientation"),
    [
        pytest.param(np.ones((1, 3, 11, 11)), 1, 0, id="constant"),
        pytest.param(grating(0, 2), 1, 1, id="broad vertical bars"),
        pytest.param(grating(5, 0), 0, 1, id="fine horizontal bars"),
        pytest.param(grating(1, 2), 1, 1, id="broad slanted bars"),
        pytest.param(grating(2, 2), 0, 1, id="diagonal bars, 0.257 cycles a pixel"),
        pytest.param(grating(0, 1) + grating(4, 0), 1 / 2, 0, id="two directions"),
        pytest.param(grating(3, 1) + grating(3, -1), 0, 0.8, id="within 18.4 degrees"),
        pytest.param(np.zeros((1, 3, 11, 11)), 0, 0, id="nothing"),
    ],
)
def test_waves_have_the_frequency_and_the_direction_they_were_made_with(
    filters: Filters, smoothness: float, orientation: float
) -> None:
    (found,) = zip(*measure(filters), strict=True)
    _, smooth, _, oriented = found
    assert smooth == pytest.approx(smoothness, abs=1e-12)
    assert oriented == pytest.approx(orientation, abs=1e-12)


@pytest.mark.parametrize(
    ("colour", "share"), [(GREY, 0), (RED_GREEN, 1), (RED, 2 / 3), ((2, 1, 1), 1 / 9)]
)
def test_colour_is_the_share_outside_the_grey_axis(colour: tuple[int, ...], share: float) -> None:
    for filters in (blob(colour), grating(1, 0, colour)):
        (found,) = measure(filters).colour
        assert found == pytest.approx(share, abs=1e-12)
        # The squared sine of the angle to (1, 1, 1) / sqrt 3.
        across = np.cross(colour, np.ones(3)) / 3**0.5
        assert found == pytest.approx(np.dot(across, across) / np.dot(colour, colour), abs=1e-12)


def test_measures_do_not_depend_on_scale_nor_orientation_on_quarter_turns() -> None:
    filters = RANDOM.normal(size=(20, 3, 11, 11))
    found, larger = measure(filters), measure(-3 * filters)
    np.testing.assert_allclose(larger.norm, 3 * found.norm)
    np.testing.assert_allclose(found.norm, np.linalg.norm(filters.reshape(20, -1), axis=1))
    turned = measure(np.rot90(filters, axes=(2, 3)))
    for name in ("smoothness", "colour", "orientation"):
        np.testing.assert_allclose(getattr(larger, name), getattr(found, name))
        np.testing.assert_allclose(getattr(turned, name), getattr(found, name))


def test_random_filters_have_their_energy_everywhere() -> None:
    found = measure(random_filters((3, 11, 11)))
    # Of 121 frequencies, 21 are within a quarter of a cycle a pixel.
    assert found.smoothness.mean() == pytest.approx(21 / 121, abs=0.003)
    assert found.colour.mean() == pytest.approx(2 / 3, abs=0.003)
    assert found.orientation.max() < 0.3
    np.testing.assert_array_equal(random_filters((3, 2, 2)), random_filters((3, 2, 2)))


def test_kinds_of_filters_are_counted() -> None:
    filters = np.concatenate(
        [
            blob(),
            blob(RED_GREEN),
            grating(0, 1),
            0.001 * grating(1, 0),
            random_filters((3, 11, 11))[:2],
        ]
    )
    found = summarize(filters)
    assert (found["filters"], found["side"]) == (6, 11)
    assert found["grey"] == 3
    assert found["coloured"] == 1 + 2
    assert found["oriented"] == 2
    assert found["noisy"] == 2
    assert found["faint"] == 1
    assert found["smoothness"] == pytest.approx(np.median(measure(filters).smoothness))
    assert found["random"]["smoothness"] == pytest.approx(21 / 121, abs=0.01)


def test_two_sets_are_compared_as_the_mann_whitney_test_does() -> None:
    some, others = measure(RANDOM.normal(size=(30, 3, 5, 5))), measure(np.ones((9, 3, 5, 5)))
    some.norm[:4] = others.norm[0]
    for name, share in probability_of_superiority(some, others).items():
        statistic = mannwhitneyu(getattr(some, name), getattr(others, name)).statistic
        assert share == pytest.approx(statistic / (30 * 9))
    assert probability_of_superiority(some, others)["smoothness"] == 0

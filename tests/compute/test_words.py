"""Results in a few words."""

import pytest

from foolproof.compute.intervals import Interval, Median, rate_with_interval
from foolproof.compute.words import (
    mean_in_words,
    median_in_words,
    percent_in_words,
    points_in_words,
    rate_in_words,
    share_in_words,
    success_in_words,
)


@pytest.mark.parametrize(
    ("count", "n", "words"),
    [
        (35, 50, "35 of 50, 70 % (56 to 81 %)"),
        (50, 50, "50 of 50, 100 % (93 to 100 %)"),
        (9933, 10000, "9,933 of 10,000, 99.33 % (99.15 to 99.47 %)"),
        (900, 1000, "900 of 1,000, 90.0 % (88.0 to 91.7 %)"),
    ],
)
def test_a_rate_has_the_digits_that_its_interval_supports(count: int, n: int, words: str) -> None:
    found = rate_with_interval(count, n)
    assert rate_in_words(found) == words
    assert rate_in_words(found).endswith(share_in_words(found))


def test_a_missing_rate_or_median_is_a_dash() -> None:
    assert rate_in_words(None) == median_in_words(None) == percent_in_words(None) == "–"


@pytest.mark.parametrize(
    ("ci95", "n", "words"),
    [(0.0004, 5, "99.33 ± 0.04 % (n = 5 seeds)"), (None, 1, "99.33 % (n = 1 seed)")],
)
def test_a_mean_has_its_interval_and_n(ci95: float | None, n: int, words: str) -> None:
    assert percent_in_words(Interval(mean=0.9933, ci95=ci95, n=n)) == words


@pytest.mark.parametrize(
    ("mean", "ci95", "words"),
    [
        (0.0004, 0.0007, "+0.04 ± 0.07 points (n = 5 images)"),
        (-0.01, None, "−1.00 points (n = 5 images)"),
    ],
)
def test_a_difference_has_its_sign(mean: float, ci95: float | None, words: str) -> None:
    assert points_in_words(Interval(mean=mean, ci95=ci95, n=5), "image") == words


def test_a_median_has_its_limits() -> None:
    assert median_in_words(Median(value=0.37, low=0.31, high=0.44, n=20)) == (
        "0.37 (0.31 to 0.44), n = 20"
    )
    assert median_in_words(Median(value=0.37, low=None, high=None, n=2)) == "0.37, n = 2"


def test_a_mean_of_anything_and_a_count() -> None:
    assert mean_in_words(Interval(mean=0.0518, ci95=0.0657, n=20), "photo") == (
        "0.052 ± 0.066 (n = 20 photos)"
    )
    assert mean_in_words(Interval(mean=0.5, ci95=None, n=1), "photo") == "0.5 (n = 1 photo)"
    assert success_in_words([True, False, True]) == "2 of 3"

"""Intervals of means, medians and proportions."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from foolproof.compute.intervals import (
    mean_with_interval,
    median_with_interval,
    wilson_interval,
)


@given(st.lists(st.floats(-1e6, 1e6), min_size=2, max_size=20))
def test_interval_of_a_mean_is_that_of_scipy(values: list[float]) -> None:
    found = mean_with_interval(values)
    assert found["n"] == len(values)
    assert found["mean"] == pytest.approx(np.mean(values))
    assert found["ci95"] is not None
    low, high = stats.t.interval(
        0.95, len(values) - 1, loc=np.mean(values), scale=stats.sem(values) or 1e-300
    )
    assert found["ci95"] == pytest.approx((high - low) / 2, rel=1e-6, abs=1e-6)


def test_interval_of_two_values_by_hand() -> None:
    """Of 1 and 3: s = sqrt(2), s / sqrt(2) = 1, and t(0.975, 1) = tan(0.475 pi)."""
    found = mean_with_interval([1, 3])
    assert found == {"mean": 2, "ci95": pytest.approx(np.tan(0.475 * np.pi)), "n": 2}


def test_a_single_value_has_no_interval() -> None:
    assert mean_with_interval([0.99]) == {"mean": 0.99, "ci95": None, "n": 1}


@given(st.integers(1, 1000), st.data())
def test_wilson_limits_solve_their_equation_and_equal_scipys(n: int, data: st.DataObject) -> None:
    """The limits p solve (k / n - p)² = z² p (1 - p) / n."""
    k = data.draw(st.integers(0, n))
    low, high = wilson_interval(k / n, n)
    assert 0 <= low <= k / n <= high <= 1
    for limit in (low, high):
        assert (k / n - limit) ** 2 == pytest.approx(
            1.959964**2 * limit * (1 - limit) / n, rel=1e-5, abs=1e-12
        )
    expected = stats.binomtest(k, n).proportion_ci(method="wilson")
    assert (low, high) == pytest.approx((expected.low, expected.high))


@given(st.lists(st.floats(-1e6, 1e6), min_size=6, max_size=60))
def test_interval_of_a_median_is_that_of_scipy(values: list[float]) -> None:
    found = median_with_interval(values)
    expected = stats.quantile_test(values, p=0.5).confidence_interval(0.95)
    assert (found["low"], found["high"]) == (expected.low, expected.high)
    assert (found["value"], found["n"]) == (np.median(values), len(values))


@pytest.mark.parametrize("n", [6, 9, 20])
def test_interval_of_a_median_has_the_smallest_coverage_of_at_least_95_percent(n: int) -> None:
    """Of the 2^n ways in which the values fall below and above the median, counted by how many."""
    found = median_with_interval(list(range(n)))
    assert found["low"] is not None
    k = int(found["low"]) + 1
    ways = np.array([math.comb(n, below) for below in range(n + 1)]) / 2**n
    assert 1 - 2 * ways[:k].sum() >= 0.95
    assert 1 - 2 * ways[: k + 1].sum() < 0.95


def test_median_of_few_values_has_no_interval() -> None:
    found = median_with_interval([5, 1, 2, 3, 4])
    assert found == {"value": 3, "low": None, "high": None, "n": 5}

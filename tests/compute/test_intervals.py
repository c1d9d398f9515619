"""Intervals of means and proportions."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from foolproof.compute.intervals import mean_with_interval, wilson_interval


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

"""Intervals of means, medians, rates and ratios, and McNemar's test, against SciPy."""

import json
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from foolproof.compute.intervals import (
    mcnemar,
    mean_with_interval,
    median_with_interval,
    rate_with_interval,
    ratio_with_interval,
    sign_of,
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


@pytest.mark.parametrize(
    ("mean", "ci95", "sign"),
    [(0.2, 0.1, 1), (-0.2, 0.1, -1), (0.1, 0.1, 0), (0.1, 0.2, 0), (0, 0, 0), (1, None, 0)],
)
def test_sign_of_a_mean_is_that_of_an_interval_without_zero(
    mean: float, ci95: float | None, sign: int
) -> None:
    assert sign_of({"mean": mean, "ci95": ci95, "n": 3}) == sign
    assert sign_of({"mean": math.nan, "ci95": ci95, "n": 3}) == 0


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


@given(st.integers(1, 1000), st.data())
def test_rate_has_its_count_and_wilsons_interval(n: int, data: st.DataObject) -> None:
    count = data.draw(st.integers(0, n))
    expected = stats.binomtest(count, n).proportion_ci(method="wilson")
    assert rate_with_interval(count, n) == {
        "value": count / n,
        "low": pytest.approx(expected.low),
        "high": pytest.approx(expected.high),
        "count": count,
        "n": n,
    }


def test_rate_of_all_or_none_has_an_interval_inside_0_and_1() -> None:
    """Of 50: the limits n / (n + z²) and z² / (n + z²)."""
    z = 1.959964
    all_of_them, none = rate_with_interval(50, 50), rate_with_interval(0, 50)
    assert [all_of_them["low"], all_of_them["high"]] == pytest.approx([50 / (50 + z**2), 1])
    assert [none["low"], none["high"]] == pytest.approx([0, z**2 / (50 + z**2)])


POSITIVE = st.floats(1e-3, 1e3)


@given(st.lists(st.tuples(POSITIVE, POSITIVE), min_size=2, max_size=20))
def test_ratio_is_the_geometric_mean_with_the_t_interval_of_its_logarithm(
    pairs: list[tuple[float, float]],
) -> None:
    numerators, denominators = zip(*pairs, strict=True)
    found = ratio_with_interval(numerators, denominators)
    logs = np.log(numerators) - np.log(denominators)
    low, high = stats.t.interval(
        0.95, len(logs) - 1, loc=logs.mean(), scale=stats.sem(logs) or 1e-300
    )
    assert found == {
        "value": pytest.approx(stats.gmean(np.divide(numerators, denominators))),
        "low": pytest.approx(np.exp(low)),
        "high": pytest.approx(np.exp(high)),
        "n": len(pairs),
    }


def test_ratio_of_two_pairs_by_hand() -> None:
    """The logarithms are 0 and 2: their mean is 1, and their interval 1 ± tan(0.475 pi)."""
    half = np.tan(0.475 * np.pi)
    assert ratio_with_interval([3, 2 * np.exp(2)], [3, 2]) == {
        "value": pytest.approx(np.e),
        "low": pytest.approx(np.exp(1 - half)),
        "high": pytest.approx(np.exp(1 + half)),
        "n": 2,
    }


def test_inverse_ratio_has_the_inverse_interval() -> None:
    first, second = [2.0, 3.0, 5.0], [1.0, 2.0, 2.0]
    there, back = ratio_with_interval(first, second), ratio_with_interval(second, first)
    assert there["low"] is not None
    assert back["high"] == pytest.approx(1 / there["low"])
    assert back["value"] == pytest.approx(1 / there["value"])


def test_ratio_of_a_single_pair_has_no_interval() -> None:
    assert ratio_with_interval([3], [2]) == {
        "value": pytest.approx(1.5),
        "low": None,
        "high": None,
        "n": 1,
    }


@given(st.lists(st.tuples(st.booleans(), st.booleans()), min_size=1, max_size=20))
def test_mcnemar_equals_the_binomial_distribution(pairs: list[tuple[bool, bool]]) -> None:
    first, second = np.array(pairs).T
    found = mcnemar(first, second)
    b, c = pairs.count((True, False)), pairs.count((False, True))
    assert (found["only_first"], found["only_second"]) == (b, c)
    assert found["p_value"] == pytest.approx(min(1, 2 * stats.binom.cdf(min(b, c), b + c, 0.5)))


def test_all_are_plain_numbers_that_json_can_hold() -> None:
    first, second = np.array([True, False, True]), np.array([True, True, True])
    for found in (
        mean_with_interval([0.5, 1.0]),
        rate_with_interval(1, 3),
        ratio_with_interval([1, 2], [2, 3]),
        mcnemar(first, second),
    ):
        assert json.loads(json.dumps(found)) == found


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

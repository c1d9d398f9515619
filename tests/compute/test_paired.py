"""Comparisons against SciPy, enumeration and simulation."""

from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from foolproof.compute.paired import (
    paired_difference,
    rate_difference,
    superiority,
    unpaired_difference,
)

RANDOM = np.random.default_rng(0)


def test_paired_difference_is_that_of_scipys_paired_test() -> None:
    first, second = RANDOM.normal(size=(2, 12))
    found = paired_difference(first.tolist(), second.tolist())
    expected = stats.ttest_rel(first, second).confidence_interval()
    assert found["ci95"] is not None
    assert found["mean"] - found["ci95"] == pytest.approx(expected.low)
    assert found["mean"] + found["ci95"] == pytest.approx(expected.high)


@pytest.mark.parametrize("sizes", [(5, 5), (4, 30)])
def test_unpaired_difference_is_welchs(sizes: tuple[int, int]) -> None:
    first, second = RANDOM.normal(size=sizes[0]), 3 * RANDOM.normal(size=sizes[1])
    found = unpaired_difference(first.tolist(), second.tolist())
    expected = stats.ttest_ind(first, second, equal_var=False).confidence_interval()
    assert found["n"] == sum(sizes)
    assert found["ci95"] is not None
    assert found["mean"] - found["ci95"] == pytest.approx(expected.low)
    assert found["mean"] + found["ci95"] == pytest.approx(expected.high)


def test_unpaired_difference_of_single_or_constant_values() -> None:
    assert unpaired_difference([1.0], [0.0, 2.0]) == {"mean": 0, "ci95": None, "n": 3}
    assert unpaired_difference([2.0, 2.0], [1.0, 1.0]) == {"mean": 1, "ci95": 0, "n": 4}


def rates(both: int, only_first: int, only_second: int, neither: int) -> tuple[float, float, float]:
    first = np.repeat([True, True, False, False], [both, only_first, only_second, neither])
    second = np.repeat([True, False, True, False], [both, only_first, only_second, neither])
    found = rate_difference(first, second)
    assert (found["only_first"], found["only_second"]) == (only_first, only_second)
    assert found["n"] == len(first)
    return found["value"], found["low"], found["high"]


def test_rate_difference_by_hand() -> None:
    """6 and 1 of 18: (7 - 2) / 20 ± 1.96 sqrt((9 / 20 - (1 / 4)²) / 20)."""
    value, low, high = rates(5, 6, 1, 6)
    half = 1.959964 * np.sqrt((9 / 20 - 1 / 16) / 20)
    assert (value, low, high) == pytest.approx((5 / 18, 0.25 - half, 0.25 + half))


def test_rate_difference_has_a_width_without_discordant_pairs() -> None:
    value, low, high = rates(10, 0, 0, 0)
    assert value == 0
    assert low == pytest.approx(-high)
    assert 0.1 < high < 0.3


@pytest.mark.parametrize("shares", [(0.2, 0.2), (0.3, 0.05), (0.02, 0.1)])
def test_interval_of_a_rate_difference_covers_95_percent(shares: tuple[float, float]) -> None:
    """By enumeration of all outcomes of 40 examples."""
    n = 40
    one, other = shares
    outcomes = [pair for pair in product(range(n + 1), repeat=2) if sum(pair) <= n]
    probabilities = stats.multinomial.pmf(
        [[a, b, n - a - b] for a, b in outcomes], n, [one, other, 1 - one - other]
    )
    covered = 0.0
    for (a, b), probability in zip(outcomes, probabilities, strict=True):
        if probability > 1e-9:
            _, low, high = rates(0, a, b, n - a - b)
            covered += probability * (low <= one - other <= high)
    assert 0.94 <= covered <= 0.985


@pytest.mark.parametrize(("discordant", "excludes"), [((6, 0), True), ((5, 0), False)])
def test_interval_excludes_zero_where_mcnemars_test_is_significant(
    discordant: tuple[int, int], *, excludes: bool
) -> None:
    _, low, _ = rates(494, *discordant, 0)
    assert (low > 0) == excludes
    assert (stats.binomtest(discordant[0], sum(discordant)).pvalue < 0.05) == excludes


@given(st.lists(st.integers(0, 5), min_size=2, max_size=12), st.integers(2, 12))
def test_limits_of_superiority_solve_their_equation(first: list[int], count: int) -> None:
    second = list(range(count))
    found = superiority(first, second)
    statistic = stats.mannwhitneyu(first, second).statistic
    assert found["value"] == pytest.approx(statistic / (len(first) * count))
    assert found["n"] == (len(first), count)
    for limit in (found["low"], found["high"]):
        others = (len(first) + count) / 2 - 1
        spread = 1 + others * (1 - limit) / (2 - limit) + others * limit / (1 + limit)
        variance = limit * (1 - limit) * spread / (len(first) * count)
        z = stats.norm.ppf(0.975)
        assert abs(limit - found["value"]) == pytest.approx(z * variance**0.5, abs=1e-5)
    assert found["low"] <= found["value"] <= found["high"]
    swapped = superiority(second, first)
    assert swapped["low"] == pytest.approx(1 - found["high"], abs=1e-9)


def test_superiority_of_separate_samples_has_a_width() -> None:
    found = superiority([5, 6, 7], [1, 2, 3])
    assert (found["value"], found["high"]) == (1, 1)
    assert 0.3 < found["low"] < 0.9


def test_interval_of_superiority_covers_95_percent() -> None:
    """Normal samples, with P = Phi(shift / sqrt(2))."""
    true = stats.norm.cdf(0.7 / np.sqrt(2))
    covered = 0
    for _ in range(600):
        found = superiority(RANDOM.normal(0.7, 1, 20).tolist(), RANDOM.normal(0, 1, 20).tolist())
        covered += found["low"] <= true <= found["high"]
    assert 0.93 <= covered / 600 <= 0.98

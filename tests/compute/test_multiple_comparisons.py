"""Comparisons with a default, against SciPy's paired t-test, and Holm's method."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from foolproof.compute.intervals import mean_with_interval
from foolproof.compute.multiple_comparisons import (
    Comparison,
    compare,
    holm,
    paired_p_value,
    verdict,
)

P_VALUES = st.lists(st.floats(0, 1), min_size=1, max_size=8)


@given(st.integers(2, 10), st.integers(0, 1000))
def test_comparison_is_the_paired_t_test_of_scipy(seeds: int, number: int) -> None:
    random = np.random.default_rng(number)
    default, other = random.random((2, seeds))
    found = compare({"default": dict(enumerate(default)), "other": dict(enumerate(other))})
    expected = stats.ttest_rel(other, default)
    interval = expected.confidence_interval(0.95)
    difference = found["other"].difference
    assert difference is not None
    assert difference["ci95"] is not None
    assert difference["mean"] - difference["ci95"] == pytest.approx(interval.low)
    assert difference["mean"] + difference["ci95"] == pytest.approx(interval.high)
    assert found["other"].p_value == pytest.approx(expected.pvalue)
    assert found["other"].accuracy == mean_with_interval(other.tolist())
    assert (found["default"].difference, found["default"].p_value) == (None, None)


def test_pairs_are_the_seeds_that_both_have() -> None:
    accuracies = {"default": {0: 0.5, 1: 0.6, 2: 0.9}, "other": {2: 1.0, 1: 0.8, 7: 0.1}}
    found = compare(accuracies)["other"]
    assert found.difference == mean_with_interval([0.8 - 0.6, 1.0 - 0.9])
    assert found.accuracy["n"] == 3
    assert compare({"default": {0: 0.5}, "other": {1: 0.5}})["other"].difference is None
    assert compare({"other": {1: 0.5}})["other"].difference is None


def test_single_pair_has_no_p_value_and_equal_differences_have_0_or_1() -> None:
    assert paired_p_value(mean_with_interval([0.5])) is None
    assert paired_p_value(mean_with_interval([0.5, 0.5])) == 0
    assert paired_p_value(mean_with_interval([0, 0, 0])) == 1
    assert paired_p_value(mean_with_interval([0.5, float("nan")])) is None


@given(P_VALUES)
def test_holm_rejects_what_its_step_down_procedure_rejects(p_values: list[float]) -> None:
    """Rejected are the smallest, as long as the k-th of m is below level / (m - k)."""
    adjusted = holm(p_values)
    for level in (0.01, 0.05, 0.3):
        rejected = set()
        for rank, index in enumerate(np.argsort(p_values, kind="stable")):
            if (len(p_values) - rank) * p_values[index] >= level:
                break
            rejected.add(int(index))
        assert {index for index, value in enumerate(adjusted) if value < level} == rejected


def test_holm_by_hand() -> None:
    assert holm([0.01, 0.04, 0.03]) == pytest.approx([0.03, 0.06, 0.06])
    assert holm([0.9, 0.6]) == [1, 1]
    assert holm([]) == []


@given(P_VALUES)
def test_holm_never_lowers_a_p_value_and_keeps_their_order(p_values: list[float]) -> None:
    adjusted = holm(p_values)
    assert all(after >= before for before, after in zip(p_values, adjusted, strict=True))
    in_order = [adjusted[index] for index in np.argsort(p_values, kind="stable")]
    assert in_order == sorted(in_order)
    assert max(adjusted) <= 1


@pytest.mark.parametrize(
    ("values", "adjusted", "expected"),
    [
        ([0.01, 0.011, 0.012], 0.01, "better"),
        ([-0.01, -0.011, -0.012], 0.01, "worse"),
        ([0.01, 0.011, 0.012], 0.06, "better, not after Holm's correction"),
        ([0.01, -0.01, 0.012], 0.5, "no significant difference"),
        ([0.01], None, "one seed: no interval"),
        ([0.01, float("nan")], None, "diverged"),
    ],
)
def test_verdict_names_a_direction_only_where_the_interval_excludes_zero(
    values: list[float], adjusted: float | None, expected: str
) -> None:
    difference = mean_with_interval(values)
    found = Comparison(mean_with_interval([0.9]), difference, paired_p_value(difference))
    assert verdict(found, adjusted) == expected


def test_default_has_no_verdict() -> None:
    assert verdict(compare({"default": {0: 0.5}})["default"], None) == ""

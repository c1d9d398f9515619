"""Mean paired differences, against SciPy and by hand."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from foolproof.compute.paired import paired_difference


@given(st.lists(st.tuples(st.floats(0.5, 1), st.floats(0.5, 1)), min_size=2, max_size=6))
def test_interval_is_that_of_scipys_paired_t_test(pairs: list[tuple[float, float]]) -> None:
    first, second = np.transpose(pairs)
    if np.ptp(first - second) > 1e-9:
        found = paired_difference(first, second)
        expected = stats.ttest_rel(first, second).confidence_interval()
        assert found["ci95"] is not None
        assert found["n"] == len(pairs)
        assert found["mean"] - found["ci95"] == pytest.approx(expected.low, abs=1e-12)
        assert found["mean"] + found["ci95"] == pytest.approx(expected.high, abs=1e-12)


def test_difference_of_truth_values_by_hand() -> None:
    """Of 1, 0, 0, -1: mean 0, s = sqrt(2 / 3), t(0.975, 3) = 3.1824."""
    found = paired_difference(np.array([1, 1, 0, 0], bool), np.array([0, 1, 0, 1], bool))
    assert found == {"mean": 0, "ci95": pytest.approx(3.1824463 * np.sqrt(2 / 3) / 2), "n": 4}


def test_equal_differences_of_counts_have_an_interval_of_exactly_zero() -> None:
    assert paired_difference([9, 8], [8, 7], of=10) == {"mean": 0.1, "ci95": 0, "n": 2}
    assert paired_difference([0.9, 0.8], [0.8, 0.7])["ci95"] != 0


@pytest.mark.parametrize(("first", "second"), [([1, 2], [1]), ([[1], [2]], [[1], [2]]), (1, 2)])
def test_other_shapes_are_refused(first: object, second: object) -> None:
    with pytest.raises(ValueError, match="expected equal shapes"):
        paired_difference(first, second)  # type: ignore[arg-type]

"""Confusion matrices against scikit-learn's."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import confusion_matrix

from foolproof.compute.confusion import confusion_counts


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3)), min_size=1))
def test_counts_are_those_of_scikit_learn(pairs: list[tuple[int, int]]) -> None:
    labels, predicted = zip(*pairs, strict=True)
    found = confusion_counts(labels, predicted, 4)
    assert found.dtype == np.int64
    assert (found == confusion_matrix(labels, predicted, labels=range(4))).all()


def test_rows_are_true_and_columns_predicted_classes() -> None:
    assert confusion_counts([0, 0, 1], [0, 1, 1], 3).tolist() == [[1, 1, 0], [0, 1, 0], [0, 0, 0]]


def test_no_images_count_as_zeros() -> None:
    assert confusion_counts([], [], 2).tolist() == [[0, 0], [0, 0]]


@pytest.mark.parametrize(("labels", "predicted"), [([2], [0]), ([0], [-1]), ([0, 1], [0, 1, 1])])
def test_classes_out_of_range_and_unequal_lengths_are_refused(
    labels: list[int], predicted: list[int]
) -> None:
    with pytest.raises(ValueError, match=r"invalid entry|broadcast|same"):
        confusion_counts(labels, predicted, 2)

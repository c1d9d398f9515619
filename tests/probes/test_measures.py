"""Measures against scikit-learn, SciPy, enumeration and simulation."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy.stats import binom, binomtest
from sklearn.metrics import balanced_accuracy_score, confusion_matrix

from foolproof.core.errors import FoolproofError
from foolproof.probes.measures import (
    class_accuracies,
    compare,
    count_confusions,
    mean_per_class,
    most_confused,
)

CLASSES = 4
# Every class has an image: scikit-learn warns where one is only predicted.
LABELS = st.lists(st.integers(0, CLASSES - 1), max_size=30).map(
    lambda drawn: np.array([*range(CLASSES), *drawn])
)


@given(LABELS, st.integers(0, 1000))
def test_counts_and_mean_are_scikit_learns(labels: NDArray[Any], seed: int) -> None:
    predicted = np.random.default_rng(seed).integers(0, CLASSES, len(labels))
    counts = count_confusions(labels, predicted, CLASSES)
    np.testing.assert_array_equal(counts, confusion_matrix(labels, predicted))
    found = mean_per_class(counts)
    assert found["value"] == pytest.approx(balanced_accuracy_score(labels, predicted))
    assert found["value"] == pytest.approx(np.mean(np.array(class_accuracies(counts), float)))
    assert 0 <= found["low"] <= found["value"] <= found["high"] <= 1
    assert found["ci95"] == pytest.approx((found["high"] - found["low"]) / 2)
    assert found["ci95"] > 0


@pytest.mark.parametrize("rights", [(5, 5, 5), (4, 2, 5), (0, 0, 0), (1, 0, 3)])
def test_with_equal_classes_the_interval_is_wilsons(rights: tuple[int, ...]) -> None:
    counts = np.diag(rights)
    counts[[0, 1, 2], [1, 2, 0]] = 5 - np.array(rights)
    found = mean_per_class(counts)
    expected = binomtest(sum(rights), 15).proportion_ci(method="wilson")
    assert (found["low"], found["high"]) == pytest.approx((expected.low, expected.high))


def test_the_interval_holds_the_truth_as_often_as_it_says() -> None:
    """Also with classes of different size and difficulty."""
    sizes, difficulties = np.array([2, 4, 4, 8, 20, 30]), np.array([0.6, 0.95, 0.7, 0.9, 0.8, 0.85])
    generator = np.random.default_rng(0)
    inside = 0
    for _ in range(2000):
        rights = generator.binomial(sizes, difficulties)
        counts = np.diag(rights)
        counts[np.arange(6), (np.arange(6) + 1) % 6] = sizes - rights
        found = mean_per_class(counts)
        inside += found["low"] <= difficulties.mean() <= found["high"]
    assert 0.94 <= inside / 2000 <= 0.985


def test_classes_without_images_are_left_out() -> None:
    counts = np.array([[3, 1, 0], [0, 0, 0], [0, 1, 1]])
    assert class_accuracies(counts) == [0.75, None, 0.5]
    assert mean_per_class(counts)["value"] == pytest.approx(0.625)


def test_without_images_there_is_no_accuracy() -> None:
    with pytest.raises(FoolproofError, match=r"^no test image: there is no accuracy to measure$"):
        mean_per_class(np.zeros((3, 3), dtype=int))


def test_pairs_come_by_their_share_of_the_true_class() -> None:
    counts = np.array([[5, 5, 0], [2, 1, 0], [1, 0, 1]])
    found = most_confused(counts, ["ant", "bee", "cat"], 3)
    assert [(pair["true"], pair["predicted"], pair["images"]) for pair in found] == [
        ("bee", "ant", 2),
        ("ant", "bee", 5),
        ("cat", "ant", 1),
    ]
    assert [pair["share"] for pair in found] == pytest.approx([2 / 3, 1 / 2, 1 / 2])
    assert most_confused(counts, ["ant", "bee", "cat"], 1) == found[:1]


def test_where_all_is_right_no_pair_is_confused() -> None:
    assert most_confused(np.diag([3, 0, 2]), ["ant", "bee", "cat"], 5) == []


@given(st.lists(st.tuples(st.booleans(), st.booleans()), min_size=1, max_size=20))
def test_comparison_is_mcnemars(pairs: list[tuple[bool, bool]]) -> None:
    first, second = np.array(pairs).T
    found = compare(first, second)
    b, c = pairs.count((True, False)), pairs.count((False, True))
    assert (found["only_first"], found["only_second"]) == (b, c)
    assert found["p_value"] == pytest.approx(min(1, 2 * binom.cdf(min(b, c), b + c, 0.5)))

"""Evaluation against scikit-learn, SciPy, enumeration and simulation."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy.stats import binomtest, ttest_1samp
from sklearn.metrics import balanced_accuracy_score, confusion_matrix

from foolproof.compute.intervals import mcnemar
from foolproof.core.errors import FoolproofError
from foolproof.probes.evaluation import (
    compare_classifiers,
    evaluate,
    mean_per_class,
    most_confused,
)

CLASSES = 4
# Every class has an image: scikit-learn warns where one is only predicted.
LABELS = st.lists(st.integers(0, CLASSES - 1), max_size=30).map(
    lambda drawn: np.array([*range(CLASSES), *drawn])
)


@given(LABELS, st.integers(0, 1000))
def test_evaluate_equals_scikit_learn(labels: NDArray[Any], seed: int) -> None:
    predicted = np.random.default_rng(seed).integers(0, CLASSES, len(labels))
    found = evaluate(labels, predicted, CLASSES)
    np.testing.assert_array_equal(found.confusions, confusion_matrix(labels, predicted))
    accuracy = found.accuracy
    assert accuracy["value"] == pytest.approx(balanced_accuracy_score(labels, predicted))
    assert accuracy["value"] == pytest.approx(np.mean(np.array(found.class_accuracies, float)))
    assert 0 <= accuracy["low"] <= accuracy["value"] <= accuracy["high"] <= 1
    assert accuracy["ci95"] == pytest.approx((accuracy["high"] - accuracy["low"]) / 2)
    assert accuracy["ci95"] > 0


@pytest.mark.parametrize("correct", [(5, 5, 5), (4, 2, 5), (0, 0, 0), (1, 0, 3)])
def test_interval_is_wilsons_for_classes_of_equal_size(correct: tuple[int, ...]) -> None:
    found = mean_per_class(np.array(correct), np.array([5, 5, 5]))
    expected = binomtest(sum(correct), 15).proportion_ci(method="wilson")
    assert (found["low"], found["high"]) == pytest.approx((expected.low, expected.high))


def test_interval_has_95_percent_coverage() -> None:
    """Also with classes of different size and difficulty."""
    sizes, difficulties = np.array([2, 4, 4, 8, 20, 30]), np.array([0.6, 0.95, 0.7, 0.9, 0.8, 0.85])
    generator = np.random.default_rng(0)
    inside = 0
    for _ in range(2000):
        found = mean_per_class(generator.binomial(sizes, difficulties), sizes)
        inside += bool(found["low"] <= difficulties.mean() <= found["high"])
    assert 0.94 <= inside / 2000 <= 0.985


def test_classes_without_images_are_left_out() -> None:
    found = evaluate(np.array([0, 0, 0, 0, 2, 2]), np.array([0, 0, 0, 1, 1, 2]), 3)
    assert found.confusions.tolist() == [[3, 1, 0], [0, 0, 0], [0, 1, 1]]
    assert found.class_accuracies == [0.75, None, 0.5]
    assert found.accuracy["value"] == pytest.approx(0.625)


def test_evaluate_without_images_is_an_error() -> None:
    nothing = np.array([], dtype=int)
    with pytest.raises(FoolproofError, match=r"^no test image: there is no accuracy to measure$"):
        evaluate(nothing, nothing, 3)


def test_most_confused_sorts_pairs_by_their_share_of_the_true_class() -> None:
    counts = np.array([[5, 5, 0], [2, 1, 0], [1, 0, 1]])
    found = most_confused(counts, ["ant", "bee", "cat"], 3)
    assert [(pair["true"], pair["predicted"], pair["images"]) for pair in found] == [
        ("bee", "ant", 2),
        ("ant", "bee", 5),
        ("cat", "ant", 1),
    ]
    assert [pair["share"] for pair in found] == pytest.approx([2 / 3, 1 / 2, 1 / 2])
    assert most_confused(counts, ["ant", "bee", "cat"], 1) == found[:1]


def test_most_confused_is_empty_without_errors() -> None:
    assert most_confused(np.diag([3, 0, 2]), ["ant", "bee", "cat"], 5) == []


def test_classifiers_are_compared_class_by_class() -> None:
    """Class differences 1/2 and 0 and 1: SciPy's interval of their mean."""
    labels = np.array([0, 0, 1, 1, 1, 2])
    first, second = np.array([0, 0, 1, 1, 0, 2]), np.array([0, 1, 1, 0, 1, 0])
    found = compare_classifiers(labels, first, second)
    assert found["difference"]["mean"] == pytest.approx(0.5)
    expected = ttest_1samp([0.5, 0, 1], 0).confidence_interval()
    assert found["difference"]["ci95"] == pytest.approx((expected.high - expected.low) / 2)
    assert (found["only_first"], found["only_second"]) == (3, 1)
    assert found["p_value"] == mcnemar(first == labels, second == labels)["p_value"]

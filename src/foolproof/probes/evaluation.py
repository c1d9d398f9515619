"""Evaluation of classifiers whose classes may have different numbers of test images."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, TypedDict

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import confusion_matrix

from foolproof.compute.intervals import (
    Interval,
    McNemar,
    Rate,
    mcnemar,
    mean_with_interval,
    rate_with_interval,
    wilson_interval,
)
from foolproof.core.errors import FoolproofError


class Accuracy(TypedDict):
    """A mean-per-class accuracy with its 95 % confidence interval."""

    value: float
    ci95: float
    """Half the width of the interval, which is not symmetric around the value."""

    low: float
    high: float


@dataclass(frozen=True, eq=False)
class Evaluation:
    """A classifier on test images."""

    predicted: NDArray[Any]
    """Indices of the predicted classes, (N,)."""

    confusions: NDArray[Any]
    """Images by true (rows) and predicted class (columns), (classes, classes)."""

    accuracy: Accuracy
    """Mean over the classes."""

    class_accuracies: list[float | None]
    """Per class; None for a class without test images."""

    class_rates: list[Rate | None]
    """The same with intervals."""


def evaluate(labels: NDArray[Any], predicted: NDArray[Any], classes: int) -> Evaluation:
    """Evaluate predicted labels against the true ones, both (N,) indices of classes.

    Raises:
        FoolproofError: when there is no image.
    """
    if not len(labels):
        raise FoolproofError("no test image: there is no accuracy to measure")
    confusions = confusion_matrix(labels, predicted, labels=range(classes))
    correct, totals = confusions.diagonal(), confusions.sum(1)
    rates = [
        rate_with_interval(hits, total) if total else None
        for hits, total in zip(correct.tolist(), totals.tolist(), strict=True)
    ]
    return Evaluation(
        predicted,
        confusions,
        mean_per_class(correct[totals > 0], totals[totals > 0]),
        [rate["value"] if rate else None for rate in rates],
        rates,
    )


class ClassifierComparison(McNemar):
    """Two classifiers on the same images."""

    difference: Interval
    """Of their mean-per-class accuracies, first minus second; n is the number of classes."""


def compare_classifiers(
    labels: NDArray[Any], first: NDArray[Any], second: NDArray[Any]
) -> ClassifierComparison:
    """Compare two classifiers on the same images, by mean-per-class accuracy and by McNemar's test.

    The interval of the difference is Student's over the classes' differences, paired by class.

    Args:
        labels: indices of the true classes, (N,), N at least 1.
        first: indices that the first predicts, (N,).
        second: likewise for the second.
    """
    hits, others = first == labels, second == labels
    gains = hits.astype(float) - others
    by_class = [float(gains[labels == label].mean()) for label in np.unique(labels)]
    return ClassifierComparison(difference=mean_with_interval(by_class), **mcnemar(hits, others))


def mean_per_class(correct: NDArray[Any], totals: NDArray[Any]) -> Accuracy:
    """Compute the mean of K accuracies per class with its 95 % interval.

    The interval is Wilson's (1927) with the effective sample size n = K² / Σ 1/n_c for n_c images
    per class, which gives the variance of this weighted mean; for classes of equal size it is the
    number of images. Unlike a bootstrap interval it has a width where every image is correct, and
    it needs no second image of a class. It is conservative where classes differ in difficulty.

    Args:
        correct: correctly classified images per class, (K,).
        totals: images per class, at least one each, (K,).
    """
    value = float(np.mean(correct / totals))
    count = len(totals) ** 2 / np.sum(1 / totals)
    low, high = wilson_interval(value, count)
    return Accuracy(value=value, ci95=(high - low) / 2, low=low, high=high)


def most_confused(
    confusions: NDArray[Any], names: Sequence[str], number: int
) -> list[dict[str, Any]]:
    """List the most confused pairs of classes, by their share of the images of the true class.

    Args:
        confusions: images by true and predicted class, (classes, classes).
        names: of the classes.
        number: maximum number of pairs; only pairs with errors are listed.

    Returns:
        For each pair the names `true` and `predicted`, the number of `images`, and their `share`
        of the images of the true class; ties in order of the classes.
    """
    shares = confusions / np.maximum(1, confusions.sum(1, keepdims=True))
    np.fill_diagonal(shares, 0)
    order = np.argsort(-shares, axis=None, kind="stable")[:number]
    return [
        {
            "true": names[true],
            "predicted": names[predicted],
            "images": int(confusions[true, predicted]),
            "share": float(shares[true, predicted]),
        }
        for true, predicted in zip(*np.unravel_index(order, shares.shape), strict=True)
        if shares[true, predicted]
    ]

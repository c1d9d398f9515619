"""How well a classifier does, with classes that may have different numbers of images."""

from collections.abc import Sequence
from typing import Any, TypedDict

import numpy as np
from numpy.typing import NDArray
from scipy.stats import binomtest, norm

from foolproof.core.errors import FoolproofError


class Accuracy(TypedDict):
    """A mean-per-class accuracy with its 95 % confidence interval."""

    value: float
    ci95: float
    """Half the width of the interval, which does not lie symmetrically around the value."""

    low: float
    high: float


def count_confusions(labels: NDArray[Any], predicted: NDArray[Any], classes: int) -> NDArray[Any]:
    """Count images by true (rows) and predicted class (columns), (classes, classes)."""
    counts = np.zeros((classes, classes), dtype=np.int64)
    np.add.at(counts, (labels, predicted), 1)
    return counts


def class_accuracies(confusions: NDArray[Any]) -> list[float | None]:
    """Compute the share of each class's images that are right; None for a class without images."""
    return [
        right / total if total else None
        for right, total in zip(
            confusions.diagonal().tolist(), confusions.sum(1).tolist(), strict=True
        )
    ]


def mean_per_class(confusions: NDArray[Any]) -> Accuracy:
    """Compute the mean over the classes that have images of their accuracies, with an interval.

    The interval is Wilson's (1927) for a share of n independent images, where n is the number
    that gives the variance of this weighted mean: K classes with n_c images each count as
    n = K² / Σ 1/n_c, which is all images where the classes are equally large. Unlike one that is
    resampled, it does not shrink to a point where every image is right, and it needs no second
    image of a class. That classes are of different difficulty makes it a little too wide.

    Args:
        confusions: as `count_confusions` counts them.

    Raises:
        FoolproofError: when there is no image at all.
    """
    totals = confusions.sum(1)
    present = totals > 0
    if not present.any():
        raise FoolproofError("no test image: there is no accuracy to measure")
    value = float(np.mean(confusions.diagonal()[present] / totals[present]))
    count = present.sum() ** 2 / np.sum(1 / totals[present])
    z = norm.ppf(0.975)
    middle = (value + z**2 / (2 * count)) / (1 + z**2 / count)
    half = z / (1 + z**2 / count) * np.sqrt(value * (1 - value) / count + (z / (2 * count)) ** 2)
    low, high = float(np.clip(middle - half, 0, value)), float(np.clip(middle + half, value, 1))
    return Accuracy(value=value, ci95=(high - low) / 2, low=low, high=high)


def most_confused(
    confusions: NDArray[Any], names: Sequence[str], number: int
) -> list[dict[str, Any]]:
    """List the pairs of classes that are confused most often, by their share of the true class.

    Args:
        confusions: as `count_confusions` counts them.
        names: of the classes.
        number: of pairs at most; a pair without a mistake is not listed.

    Returns:
        For each pair the names `true` and `predicted`, the number of `images`, and the `share`
        that they are of the images of the true class; equal shares in order of the classes.
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


def compare(first: NDArray[Any], second: NDArray[Any]) -> dict[str, Any]:
    """Compare two classifiers on the same images by McNemar's exact test.

    Args:
        first: whether the first is right about each image, (N,) bool.
        second: likewise for the second.

    Returns:
        How many images `only_first` and `only_second` got right, and the two-sided `p_value` of
        such a difference where both are equally good: 1 where there is none.
    """
    only_first, only_second = int((first & ~second).sum()), int((second & ~first).sum())
    different = only_first + only_second
    p_value = float(binomtest(only_first, different).pvalue) if different else 1.0
    return {"only_first": only_first, "only_second": only_second, "p_value": p_value}

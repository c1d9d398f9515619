"""Comparison of the robust accuracy of two networks, each trained with the same seeds."""

from typing import TypedDict

import numpy as np
from numpy.typing import NDArray

from foolproof.attacks.robust_accuracy import RobustAccuracy
from foolproof.attacks.worst_case import UNPERTURBED
from foolproof.compute.intervals import Interval, McNemar, mcnemar, mean_with_interval
from foolproof.compute.paired import paired_difference

Correct = NDArray[np.bool_]
"""Whether each network of S seeds classifies each of N images correctly, (S, N)."""


class Comparison(TypedDict):
    """Two networks at one epsilon; what is listed has an element for each seed."""

    accuracy: dict[str, Interval]
    """Of each network, mean over the seeds."""

    accuracy_by_seed: dict[str, list[float]]

    difference: Interval
    """Accuracy of the second minus that of the first with the same seed, mean over the seeds."""

    mcnemar: list[McNemar]
    """The first and the second network of each seed on the same images."""


def robustly_correct(result: RobustAccuracy) -> dict[float, NDArray[np.bool_]]:
    """Tell by epsilon, 0 included, which images (N,) are correct under all attacks."""
    clean = np.array([name != UNPERTURBED for name in result.attack])
    robust = ~result.success.cpu().numpy()
    return {0.0: clean} | dict(zip(result.eps, robust, strict=True))


def compare(first: tuple[str, Correct], second: tuple[str, Correct]) -> Comparison:
    """Compare two networks on the same N images, paired by the S seeds of their trainings.

    The interval is Student's over the seeds, so that it holds for these images. McNemar's exact
    test compares the two networks of one seed on them.

    Args:
        first: name, and (S, N).
        second: likewise, with the same seeds and images in the same order.

    Raises:
        ValueError: for other shapes, or without a seed.
    """
    named = dict([first, second])
    a, b = first[1], second[1]
    if a.shape != b.shape or a.ndim != 2 or not a.size:
        raise ValueError(f"expected equal shapes (S, N), found {a.shape} and {b.shape}")
    by_seed: dict[str, list[float]] = {
        name: correct.mean(1).tolist() for name, correct in named.items()
    }
    return Comparison(
        accuracy={name: mean_with_interval(values) for name, values in by_seed.items()},
        accuracy_by_seed=by_seed,
        difference=paired_difference(b.sum(1), a.sum(1), of=a.shape[1]),
        mcnemar=[mcnemar(x, y) for x, y in zip(a, b, strict=True)],
    )

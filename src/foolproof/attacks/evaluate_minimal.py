"""Norms and success of minimal perturbations."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

METHODS = ("normalized_steps", "ddn")


class PairMeasures(NamedTuple):
    """An attack on a photo towards a target, by one method."""

    method: str
    photo: str
    target: str
    rank: int
    target_before: float
    """Probability of the target, like the next three."""
    target_after: float
    true_before: float
    true_after: float
    success: bool
    l2: float
    linf: float
    psnr: float | None
    """Peak signal-to-noise ratio in dB; None for a perturbation of zero."""


def measure_pairs(
    arrays: Mapping[str, NDArray[Any]],
    before: NDArray[Any],
    after: Mapping[str, NDArray[Any]],
    classes: Sequence[str],
) -> list[PairMeasures]:
    """Measure each pair, for one method after the other.

    Args:
        arrays: of the stage `attack_minimal`.
        before: probabilities of the originals, (N, classes).
        after: probabilities of the results, (P, classes), by method.
        classes: names.
    """
    measures = []
    for method in METHODS:
        changes = (arrays[method] - arrays["originals"][arrays["photos"]]).astype(np.float64)
        pairs = zip(arrays["photos"], arrays["targets"], strict=True)
        for pair, (photo, target) in enumerate(pairs):
            label = arrays["labels"][photo]
            mean_square = float(np.square(changes[pair]).mean())
            measures.append(
                PairMeasures(
                    method=method,
                    photo=str(arrays["names"][photo]),
                    target=classes[target],
                    rank=int(arrays["ranks"][pair]),
                    target_before=float(before[photo, target]),
                    target_after=float(after[method][pair, target]),
                    true_before=float(before[photo, label]),
                    true_after=float(after[method][pair, label]),
                    success=bool(after[method][pair].argmax() == target),
                    l2=float(np.sqrt(np.square(changes[pair]).sum())),
                    linf=float(np.abs(changes[pair]).max()),
                    psnr=float(-10 * np.log10(mean_square)) if mean_square else None,
                )
            )
    return measures


def summarize_by_method(measures: Sequence[PairMeasures]) -> dict[str, dict[str, Any]]:
    """Summarize the pairs of each method."""
    return {
        method: summarize([each for each in measures if each.method == method])
        for method in METHODS
    }


def summarize(measures: Sequence[PairMeasures]) -> dict[str, Any]:
    """Compute the success rate, and medians over the successful pairs; None without any."""
    successes = [each for each in measures if each.success]

    def median(values: Sequence[float | None]) -> float | None:
        known = [value for value in values if value is not None]
        return float(np.median(known)) if known else None

    return {
        "pairs": len(measures),
        "success_rate": len(successes) / len(measures) if measures else None,
        "median_l2": median([each.l2 for each in successes]),
        "median_linf": median([each.linf for each in successes]),
        "median_psnr": median([each.psnr for each in successes]),
        "median_target_before": median([each.target_before for each in successes]),
        "median_target_after": median([each.target_after for each in successes]),
    }

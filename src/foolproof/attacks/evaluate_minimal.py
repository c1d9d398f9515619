"""Norms and success of minimal perturbations of pictures with 8 bits a pixel."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from foolproof.compute.intervals import (
    Median,
    Ratio,
    median_with_interval,
    rate_with_interval,
    ratio_with_interval,
)
from foolproof.data.levels import LEVELS

METHODS = ("normalized_steps", "ddn", "confident_steps")


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
    *,
    confidence: float,
) -> list[PairMeasures]:
    """Measure each pair, for one method after the other.

    Args:
        arrays: of the stage `attack_minimal`; its images are uint8.
        before: probabilities of the originals, (N, classes).
        after: probabilities of the results, (P, classes), by method.
        classes: names.
        confidence: probability of the target that `confident_steps` must reach.
    """
    measures = []
    originals = arrays["originals"].astype(np.float64)
    for method in METHODS:
        pairs = zip(arrays["photos"], arrays["targets"], strict=True)
        for pair, (photo, target) in enumerate(pairs):
            change = (arrays[method][pair] - originals[photo]) / LEVELS
            label = arrays["labels"][photo]
            mean_square = float(np.square(change).mean())
            reached = method != "confident_steps" or after[method][pair, target] >= confidence
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
                    success=bool(after[method][pair].argmax() == target and reached),
                    l2=float(np.sqrt(np.square(change).sum())),
                    linf=float(np.abs(change).max()),
                    psnr=float(-10 * np.log10(mean_square)) if mean_square else None,
                )
            )
    return measures


def of_method(measures: Sequence[PairMeasures], method: str) -> list[PairMeasures]:
    """Select the pairs of a method."""
    return [each for each in measures if each.method == method]


def of_rank(measures: Sequence[PairMeasures], rank: int) -> list[PairMeasures]:
    """Select the pairs whose target has a rank."""
    return [each for each in measures if each.rank == rank]


def summarize_by_method(measures: Sequence[PairMeasures]) -> dict[str, dict[str, Any]]:
    """Summarize the pairs of each method."""
    return {method: summarize(of_method(measures, method)) for method in METHODS}


def summarize(measures: Sequence[PairMeasures]) -> dict[str, Any]:
    """Compute the success rate, and medians over the photos, see `median_over_photos`.

    Args:
        measures: of the pairs of one method.

    Returns:
        A Rate and Medians by name; None without pairs, and without successes.
    """
    medians = {
        f"median_{name}": median_over_photos(measures, name)
        for name in ("l2", "linf", "psnr", "target_before", "target_after")
    }
    count = sum(each.success for each in measures)
    rate = rate_with_interval(count, len(measures)) if measures else None
    return {"success_rate": rate, **medians}


def median_over_photos(measures: Sequence[PairMeasures], name: str) -> Median | None:
    """Compute the median over photos of the median over each photo's successful pairs.

    The pairs of one photo are not independent of each other, the photos are.

    Args:
        measures: of pairs.
        name: of the measure; a pair where it is None is left out.
    """
    by_photo = defaultdict(list)
    for each in measures:
        if each.success and (found := getattr(each, name)) is not None:
            by_photo[each.photo].append(found)
    medians = [float(np.median(values)) for values in by_photo.values()]
    return median_with_interval(medians) if medians else None


def norm_ratio(
    numerators: Sequence[PairMeasures], denominators: Sequence[PairMeasures]
) -> Ratio | None:
    """Compare L2 norms on pairs where both attacks succeed, with one ratio for each photo.

    Args:
        numerators: pairs, sorted by photo and rank.
        denominators: as many, of the same photos in the same order.

    Returns:
        The geometric mean over photos of the geometric mean over each photo's pairs; None without
        a pair where both norms are above zero.
    """
    logs = defaultdict(list)
    for above, below in zip(numerators, denominators, strict=True):
        if above.success and below.success and min(above.l2, below.l2) > 0:
            logs[above.photo].append(np.log(above.l2 / below.l2))
    ratios = [float(np.exp(np.mean(each))) for each in logs.values()]
    return ratio_with_interval(ratios, [1.0] * len(ratios)) if ratios else None

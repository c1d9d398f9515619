"""Ablation of parametrization and random views: paired comparisons on the same classes."""

from collections.abc import Mapping, Sequence
from itertools import combinations
from typing import Literal, TypedDict

import numpy as np
from numpy.typing import NDArray

from foolproof.compute.intervals import (
    Interval,
    McNemar,
    Rate,
    mcnemar,
    mean_with_interval,
    sign_of,
)
from foolproof.compute.paired import paired_difference
from foolproof.explain.evaluation import Classification, top_k_rate, top_k_success

Source = Literal[
    "parametrization", "views", "both", "interaction", "unclear", "no gain", "loss", "unknown"
]
"""What a gain is due to, see `source_of_gain`."""


class Pair(TypedDict):
    """Two methods on the same classes: second - first, and McNemar's exact test."""

    first: str
    second: str
    difference: Interval
    mcnemar: McNemar


class Effects(TypedDict):
    """Effects of two factors on a rate of success, means over the same n classes."""

    gain: Interval
    """Fourier parametrization with views against pixels without."""

    parametrization: Interval
    """Main effect: Fourier against pixels, the mean of the differences without and with views."""

    views: Interval
    """Main effect: with against without views, the mean of both parametrizations' differences."""

    interaction: Interval
    """How much more the parametrization gains with views than without."""

    parametrization_alone: Interval
    """Fourier against pixels without views."""

    views_alone: Interval
    """With against without views on pixels."""


class Ablation(TypedDict):
    """What `ablation` finds."""

    effects: Effects
    source: Source
    pairs: list[Pair]


def ablation(
    *,
    pixels: NDArray[np.bool_],
    fourier: NDArray[np.bool_],
    pixels_views: NDArray[np.bool_],
    fourier_views: NDArray[np.bool_],
) -> Ablation:
    """Compare four methods by the success of their images: all pairs, effects, source of the gain.

    Args:
        pixels: success of each class image, (N,) bool, N at least 1.
        fourier: likewise for the Fourier parametrization.
        pixels_views: likewise for pixels with random views.
        fourier_views: likewise for both.
    """
    methods = {
        "pixels": pixels,
        "fourier": fourier,
        "pixels_views": pixels_views,
        "fourier_views": fourier_views,
    }
    effects = factorial_effects(**methods)
    return Ablation(
        effects=effects, source=source_of_gain(effects), pairs=pairs_of_methods(methods)
    )


def pairs_of_methods(success: Mapping[str, NDArray[np.bool_]]) -> list[Pair]:
    """Compare each method with each later one on the same classes.

    Args:
        success: of each class image, (N,) bool, by method.
    """
    return [
        Pair(
            first=first,
            second=second,
            difference=paired_difference(success[second], success[first]),
            mcnemar=mcnemar(success[first], success[second]),
        )
        for first, second in combinations(success, 2)
    ]


def factorial_effects(
    *,
    pixels: NDArray[np.bool_],
    fourier: NDArray[np.bool_],
    pixels_views: NDArray[np.bool_],
    fourier_views: NDArray[np.bool_],
) -> Effects:
    """Compute the effects of parametrization and views on success, with paired intervals.

    An effect is a contrast of a class's four outcomes; the intervals are Student's over classes
    (2 x 2 factorial design, Box, Hunter and Hunter, Statistics for Experimenters, chapter 5).

    Args:
        pixels: success of each class image, as of `ablation`.
        fourier: likewise.
        pixels_views: likewise.
        fourier_views: likewise.

    Example:
        >>> import numpy as np
        >>> from foolproof.explain.ablation import factorial_effects
        >>> no, yes = np.zeros(4, bool), np.ones(4, bool)
        >>> effects = factorial_effects(pixels=no, fourier=yes, pixels_views=no, fourier_views=yes)
        >>> effects["parametrization"]["mean"], effects["views"]["mean"]
        (1.0, 0.0)
    """
    p, f, pv, fv = map(_number, (pixels, fourier, pixels_views, fourier_views))
    return Effects(
        gain=_mean(fv - p),
        parametrization=_mean((f - p + fv - pv) / 2),
        views=_mean((pv - p + fv - f) / 2),
        interaction=_mean(fv - pv - f + p),
        parametrization_alone=_mean(f - p),
        views_alone=_mean(pv - p),
    )


def source_of_gain(effects: Effects) -> Source:
    """Decide what the gain of Fourier with views over pixels without is due to, by 95 % intervals.

    Returns:
        `unknown` without intervals, `loss` or `no gain` where the gain is not above zero.
        `interaction` where neither factor alone gains, but the two together more than their sum.
        Otherwise the factors whose main effect is above zero; `unclear` where none is.
    """
    if effects["gain"]["ci95"] is None:
        return "unknown"
    if sign_of(effects["gain"]) <= 0:
        return "loss" if sign_of(effects["gain"]) < 0 else "no gain"
    alone = max(sign_of(effects["parametrization_alone"]), sign_of(effects["views_alone"]))
    if alone <= 0 and sign_of(effects["interaction"]) > 0:
        return "interaction"
    sources: dict[tuple[bool, bool], Source] = {
        (True, True): "both",
        (True, False): "parametrization",
        (False, True): "views",
        (False, False): "unclear",
    }
    return sources[sign_of(effects["parametrization"]) > 0, sign_of(effects["views"]) > 0]


class Transfer(TypedDict):
    """The transfer network's classifications of class images by method; null if not measurable."""

    transfer_top5: Rate | None
    """Of the Fourier parametrization with views."""

    transfer_top5_by_method: dict[str, Rate | None]

    transfer_top1_by_method: dict[str, Rate | None]

    own_minus_transfer_top1: dict[str, Interval | None]
    """By how much the network itself predicts the classes at a higher rate, paired."""

    ablation: dict[str, Ablation] | None
    """By `top1` and `top5`."""

    prior: Pair | None
    """Pixels with the spectral prior against pixels, by top 5."""


def compare_transfer(
    own: Mapping[str, Sequence[Classification]],
    others: Mapping[str, Sequence[Classification]],
) -> Transfer:
    """Compare methods by the transfer network's classifications of images of common classes.

    Args:
        own: classifications by the network itself, by method: the four of `ablation` for N
            classes, and `prior` for the first of these.
        others: by the transfer network. Nothing is measurable where it has none of the classes.
    """
    top5, top1 = ({key: top_k_success(found, k) for key, found in others.items()} for k in (5, 1))
    measurable = len(top5["pixels"]) > 0
    with_prior = len(top5["prior"])
    rates = {key: top_k_rate(found, 5) for key, found in others.items()}
    return Transfer(
        transfer_top5=rates["fourier_views"],
        transfer_top5_by_method=rates,
        transfer_top1_by_method={key: top_k_rate(found, 1) for key, found in others.items()},
        own_minus_transfer_top1={
            key: _own_minus_transfer(own[key], found) for key, found in others.items()
        },
        ablation={"top5": _of_four(top5), "top1": _of_four(top1)} if measurable else None,
        prior=pairs_of_methods({"pixels": top5["pixels"][:with_prior], "prior": top5["prior"]})[0]
        if with_prior
        else None,
    )


def _of_four(success: Mapping[str, NDArray[np.bool_]]) -> Ablation:
    return ablation(**{key: of for key, of in success.items() if key != "prior"})


def _own_minus_transfer(
    own: Sequence[Classification], transfer: Sequence[Classification]
) -> Interval | None:
    """Compare the top-1 rates of two networks on the images of common classes."""
    common = [found.rank is not None for found in transfer]
    if not any(common):
        return None
    return paired_difference(top_k_success(own, 1)[common], top_k_success(transfer, 1))


def _number(success: NDArray[np.bool_]) -> NDArray[np.float64]:
    return success.astype(np.float64)


def _mean(values: NDArray[np.float64]) -> Interval:
    return mean_with_interval(values.tolist())

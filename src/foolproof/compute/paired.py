"""Comparisons of two series of values or of successes, with 95 % confidence intervals."""

from collections.abc import Sequence
from typing import TypedDict

import numpy as np
from numpy.typing import ArrayLike, NDArray

from foolproof.compute.intervals import NORMAL_QUANTILE, Interval, mean_with_interval


class RateDifference(TypedDict):
    """The difference of two rates on the same n examples, first minus second."""

    value: float
    low: float
    high: float
    """Limits of the 95 % interval."""

    only_first: int
    only_second: int
    """Examples on which only one of the two succeeds."""

    n: int


class Superiority(TypedDict):
    """P(a value of the first sample > one of the second); 0.5 where they do not differ."""

    value: float
    low: float
    high: float
    """Limits of the 95 % interval."""

    n: tuple[int, int]
    """Sizes of the samples."""


def paired_difference(first: ArrayLike, second: ArrayLike, *, of: int = 1) -> Interval:
    """Compute the mean of first - second, with Student's 95 % interval of the differences.

    Args:
        first: values, counts or truth values, (N,), N at least 1.
        second: likewise, of the same N examples.
        of: of how many the counts are; the differences are divided by it. So equal differences of
            shares are equal in floats too.

    Raises:
        ValueError: for other shapes.
    """
    one, other = np.asarray(first, np.float64), np.asarray(second, np.float64)
    if one.shape != other.shape or one.ndim != 1:
        raise ValueError(f"expected equal shapes (N,), found {one.shape} and {other.shape}")
    return mean_with_interval(((one - other) / of).tolist())


def unpaired_difference(first: Sequence[float], second: Sequence[float]) -> Interval:
    """Compute the difference of the means of two independent samples with Welch's 95 % interval.

    The ci95 is None where a sample has a single value. `n` counts the values of both.
    """
    from scipy import stats  # noqa: PLC0415 (the library needs NumPy alone)

    counts = np.array([len(first), len(second)])
    half_width = None
    if min(counts) > 1:
        variances = np.array([np.var(first, ddof=1), np.var(second, ddof=1)]) / counts
        total = variances.sum()
        half_width = 0.0
        if total > 0:
            freedom = total**2 / np.sum(variances**2 / (counts - 1))
            half_width = float(stats.t.ppf(0.975, freedom) * np.sqrt(total))
    difference = float(np.mean(first) - np.mean(second))
    return Interval(mean=difference, ci95=half_width, n=int(counts.sum()))


def rate_difference(first: NDArray[np.bool_], second: NDArray[np.bool_]) -> RateDifference:
    """Compute the difference of two rates on the same examples with its 95 % interval.

    The interval is Wald's with one success added to each kind of discordant pair (Bonett and Price,
    2012, "Adjusted Wald confidence interval for a difference of binomial proportions based on
    paired data"). It has a width where no pair is discordant. It excludes zero nearly where
    McNemar's exact test gives p < 0.05.

    Args:
        first: whether the first succeeds on each example, (N,) bool, N at least 1.
        second: likewise for the second.
    """
    only_first, only_second = int((first & ~second).sum()), int((second & ~first).sum())
    n = len(first)
    one, other = (only_first + 1) / (n + 2), (only_second + 1) / (n + 2)
    middle = one - other
    half = NORMAL_QUANTILE * np.sqrt((one + other - middle**2) / (n + 2))
    return RateDifference(
        value=(only_first - only_second) / n,
        low=float(max(-1, middle - half)),
        high=float(min(1, middle + half)),
        only_first=only_first,
        only_second=only_second,
        n=n,
    )


def share_above(first: ArrayLike, second: ArrayLike) -> float:
    """Compute the share of all pairs whose first value is above the second; a tie counts half.

    Args:
        first: values, (M,).
        second: values, (N,).
    """
    differences = np.subtract.outer(np.asarray(first, float), np.asarray(second, float))
    return float(np.heaviside(differences, 0.5).mean())


def superiority(first: Sequence[float], second: Sequence[float]) -> Superiority:
    """Compute the probability of superiority of two independent samples with its 95 % interval.

    A tie counts half, as in the Mann-Whitney test. The limits p solve |p - value| = z s(p), with
    the variance s² of Hanley and McNeil (1982): method 5 of Newcombe (2006, "Confidence intervals
    for an effect size measure based on the Mann-Whitney statistic", part 2). Like Wilson's, the
    interval has a width where the samples do not overlap.
    """
    from scipy.optimize import brentq  # noqa: PLC0415 (the library needs NumPy alone)

    value, sizes = share_above(first, second), (len(first), len(second))

    def lower(share: float) -> float:
        if share == 0:
            return 0.0
        # At 1 the deviation is zero, which is not the limit of complete separation.
        end = min(share, 1 - 1e-12)
        return float(brentq(lambda p: share - p - NORMAL_QUANTILE * _deviation(p, *sizes), 0, end))

    return Superiority(value=value, low=lower(value), high=1 - lower(1 - value), n=sizes)


def _deviation(p: float, first: int, second: int) -> float:
    """Compute Hanley and McNeil's standard error of a probability of superiority p."""
    others = (first + second) / 2 - 1
    spread = 1 + others * (1 - p) / (2 - p) + others * p / (1 + p)
    return float(np.sqrt(p * (1 - p) * spread / (first * second)))

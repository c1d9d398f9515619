"""Means, medians, rates and ratios with 95 % confidence intervals, and a paired test."""

from collections.abc import Sequence
from typing import TypedDict, final

import numpy as np
from numpy.typing import NDArray

# The 97.5 % quantile of the standard normal distribution.
NORMAL_QUANTILE = 1.959963984540054


@final
class Interval(TypedDict):
    """A mean with its 95 % confidence interval, mean ± ci95, and the number of values."""

    mean: float
    ci95: float | None
    n: int


class Rate(TypedDict):
    """A share of n independent trials with Wilson's 95 % interval, from `low` to `high`."""

    value: float
    low: float
    high: float
    count: int
    n: int


class McNemar(TypedDict):
    """How many images only the first, and only the second, of two classifiers gets right."""

    only_first: int
    only_second: int
    p_value: float
    """Two-sided; 1 where both numbers are zero."""


class Ratio(TypedDict):
    """A geometric mean of ratios with its 95 % interval, from `low` to `high`."""

    value: float
    low: float | None
    high: float | None
    n: int


class Median(TypedDict):
    """A median with its distribution-free 95 % interval, from `low` to `high`."""

    value: float
    low: float | None
    high: float | None
    n: int


def mean_with_interval(values: Sequence[float]) -> Interval:
    """Compute a mean with Student's 95 % interval, mean ± t(0.975, n - 1) s / sqrt(n).

    The ci95 of a single value is None.
    """
    from scipy import stats  # noqa: PLC0415 (the library needs NumPy alone)

    count = len(values)
    half_width = None
    if count > 1:
        half_width = float(stats.t.ppf(0.975, count - 1) * stats.sem(values))
    return Interval(mean=float(np.mean(values)), ci95=half_width, n=count)


def sign_of(interval: Interval) -> int:
    """Compute the sign of a mean whose 95 % interval excludes zero; 0 for any other mean."""
    half_width = interval["ci95"]
    if half_width is None or not abs(interval["mean"]) > half_width:
        return 0
    return 1 if interval["mean"] > 0 else -1


def median_with_interval(values: Sequence[float]) -> Median:
    """Compute a median with the order statistics that enclose it with a chance of at least 95 %.

    The number B of n independent values below the median is binomial(n, 1/2). So the k-th smallest
    and the k-th largest enclose it with probability 1 - 2 P(B < k), for any distribution (Conover,
    Practical Nonparametric Statistics, 3.2). The interval of fewer than six values is None.

    Args:
        values: at least one.
    """
    from scipy.stats import binom  # noqa: PLC0415 (the library needs NumPy alone)

    ordered = np.sort(np.asarray(values, np.float64))
    n = len(ordered)
    k = int(binom.ppf(0.025, n, 0.5))
    return Median(
        value=float(np.median(ordered)),
        low=float(ordered[k - 1]) if k else None,
        high=float(ordered[n - k]) if k else None,
        n=n,
    )


def ratio_with_interval(numerators: Sequence[float], denominators: Sequence[float]) -> Ratio:
    """Compute the geometric mean of paired ratios with Student's 95 % interval of its logarithm.

    The interval of a single pair is None.

    Args:
        numerators: above 0.
        denominators: above 0, as many.
    """
    logs = mean_with_interval(np.log(np.divide(numerators, denominators)).tolist())
    middle, half = logs["mean"], logs["ci95"]
    return Ratio(
        value=float(np.exp(middle)),
        low=None if half is None else float(np.exp(middle - half)),
        high=None if half is None else float(np.exp(middle + half)),
        n=logs["n"],
    )


def rate_with_interval(count: int, n: int) -> Rate:
    """Compute the share of `count` in n > 0 independent trials with Wilson's 95 % interval."""
    low, high = wilson_interval(count / n, n)
    return Rate(value=count / n, low=low, high=high, count=count, n=n)


def wilson_interval(proportion: float, n: float) -> tuple[float, float]:
    """Compute Wilson's 95 % interval of a proportion of n independent trials (Wilson, 1927).

    An effective sample size n need not be an integer, which `scipy.stats.binomtest` asks for.

    Args:
        proportion: in [0, 1].
        n: above 0.
    """
    z = NORMAL_QUANTILE
    middle = (proportion + z**2 / (2 * n)) / (1 + z**2 / n)
    half = z / (1 + z**2 / n) * np.sqrt(proportion * (1 - proportion) / n + (z / (2 * n)) ** 2)
    return float(np.clip(middle - half, 0, proportion)), float(
        np.clip(middle + half, proportion, 1)
    )


def mcnemar(first: NDArray[np.bool_], second: NDArray[np.bool_]) -> McNemar:
    """Compare two classifiers on the same images by McNemar's exact test.

    It is a binomial test on the images that only one classifies correctly; statsmodels, which has
    the test by name, would be a heavy dependency for these lines.

    Args:
        first: whether the first classifies each image correctly, (N,) bool.
        second: likewise for the second.

    """
    from scipy.stats import binomtest  # noqa: PLC0415 (the library needs NumPy alone)

    only_first, only_second = int((first & ~second).sum()), int((second & ~first).sum())
    different = only_first + only_second
    p_value = float(binomtest(only_first, different).pvalue) if different else 1.0
    return McNemar(only_first=only_first, only_second=only_second, p_value=p_value)

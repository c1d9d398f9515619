"""Means and proportions with 95 % confidence intervals."""

from collections.abc import Sequence
from typing import TypedDict

import numpy as np
from scipy import stats


class Interval(TypedDict):
    """A mean with its 95 % confidence interval, mean ± ci95, and the number of values."""

    mean: float
    ci95: float | None
    n: int


class Proportion(TypedDict):
    """k of n trials with the 95 % confidence interval [low, high] of k / n."""

    k: int
    n: int
    value: float | None
    low: float | None
    high: float | None


def mean_with_interval(values: Sequence[float]) -> Interval:
    """Compute a mean with Student's 95 % interval, mean ± t(0.975, n - 1) s / sqrt(n).

    The ci95 of a single value is None.
    """
    count = len(values)
    half_width = None
    if count > 1:
        half_width = float(stats.t.ppf(0.975, count - 1) * stats.sem(values))
    return Interval(mean=float(np.mean(values)), ci95=half_width, n=count)


def proportion_with_interval(k: int, n: int) -> Proportion:
    """Compute k / n with Wilson's 95 % interval for n independent trials (Wilson, 1927).

    Without a trial (n = 0) the value and both limits are None.

    Raises:
        ValueError: when k is not from 0 to n.
    """
    if n == 0 == k:
        return Proportion(k=0, n=0, value=None, low=None, high=None)
    low, high = stats.binomtest(k, n).proportion_ci(method="wilson")
    return Proportion(k=k, n=n, value=k / n, low=float(low), high=float(high))

"""Means and proportions with 95 % confidence intervals."""

from collections.abc import Sequence
from typing import TypedDict

import numpy as np

# The 97.5 % quantile of the standard normal distribution.
NORMAL_QUANTILE = 1.959963984540054


class Interval(TypedDict):
    """A mean with its 95 % confidence interval, mean ± ci95, and the number of values."""

    mean: float
    ci95: float | None
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

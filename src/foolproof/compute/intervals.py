"""Means with the uncertainty that their number of values leaves."""

from collections.abc import Sequence
from typing import TypedDict

import numpy as np
from scipy import stats


class Interval(TypedDict):
    """A mean, half the width of its 95 % confidence interval, and how many values it is of."""

    mean: float
    ci95: float | None
    n: int


def mean_with_interval(values: Sequence[float]) -> Interval:
    """Compute a mean with Student's 95 % interval, mean ± t(0.975, n - 1) s / sqrt(n).

    A single value has no interval: its ci95 is None.
    """
    count = len(values)
    half_width = None
    if count > 1:
        half_width = float(stats.t.ppf(0.975, count - 1) * stats.sem(values))
    return Interval(mean=float(np.mean(values)), ci95=half_width, n=count)

"""Rates, means and differences of trials in clusters, such as several attacks on one image."""

import numpy as np
from torch import Tensor

from foolproof.compute.intervals import (
    Interval,
    Rate,
    mean_with_interval,
    rate_with_interval,
    wilson_interval,
)


class ClusteredRate(Rate):
    """A share of n trials in clusters, whose interval holds for any dependence within them."""

    clusters: int


def clustered_rate(count: int, n: int, clusters: int) -> ClusteredRate:
    """Compute a share of n trials in clusters with a 95 % interval.

    Trials of a cluster may depend on each other in any way. At worst all of them have one outcome:
    then Wilson's interval of as many trials as clusters holds. Otherwise it is too wide, if the
    clusters are of about equal size.

    Args:
        count: of successes.
        n: number of trials, at least 1.
        clusters: number of clusters, from 1 to n.
    """
    low, high = wilson_interval(count / n, clusters)
    return ClusteredRate(value=count / n, low=low, high=high, count=count, n=n, clusters=clusters)


def rate_of(successes: Tensor, clusters: Tensor | None = None) -> Rate | None:
    """Compute the share of true values (N,), independent or in clusters; None for N = 0.

    Args:
        successes: (N,) bool.
        clusters: the cluster of each, (N,); None for independent trials.
    """
    count, n = int(successes.sum()), len(successes)
    if not n:
        return None
    if clusters is None:
        return rate_with_interval(count, n)
    return clustered_rate(count, n, len(clusters.unique()))


def mean_of(values: Tensor, clusters: Tensor | None = None) -> Interval | None:
    """Compute the mean of values (N,) with its interval, of cluster means; None for N = 0.

    Args:
        values: (N,).
        clusters: the cluster of each, (N,); None for independent values. The mean and the interval
            are those of the means of the clusters, which count alike.
    """
    if not len(values):
        return None
    found = values.double() if clusters is None else cluster_means(values, clusters)
    return mean_with_interval(found.tolist())


def difference_of(first: Tensor, second: Tensor, clusters: Tensor | None = None) -> Interval | None:
    """Compute the mean paired difference of values or truth values (N,); None for N = 0.

    Args:
        first: (N,).
        second: of the same N trials; it is subtracted.
        clusters: as for `mean_of`.
    """
    return mean_of(first.double() - second.double(), clusters)


def cluster_means(values: Tensor, clusters: Tensor) -> Tensor:
    """Average values (N,) over each cluster, (clusters,) float64 in ascending order."""
    order, index, sizes = clusters.unique(return_inverse=True, return_counts=True)
    # On the CPU, where the order of the sum is fixed.
    sums = np.bincount(index.cpu(), weights=values.double().cpu(), minlength=len(order))
    means: Tensor = values.new_tensor(sums, dtype=sizes.double().dtype) / sizes
    return means

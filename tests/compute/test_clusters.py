"""Rates and means of clustered trials."""

import numpy as np
import pytest
import torch

from foolproof.compute.clusters import (
    cluster_means,
    clustered_rate,
    difference_of,
    mean_of,
    rate_of,
)
from foolproof.compute.intervals import mean_with_interval, rate_with_interval, wilson_interval


def test_interval_of_a_clustered_rate_is_that_of_as_many_trials_as_clusters() -> None:
    found = clustered_rate(85, 90, 10)
    assert (found["low"], found["high"]) == wilson_interval(85 / 90, 10)
    assert (found["value"], found["count"], found["n"], found["clusters"]) == (85 / 90, 85, 90, 10)


@pytest.mark.parametrize("correlation", [0.0, 0.5, 1.0])
def test_interval_of_a_clustered_rate_covers_the_true_one_at_any_correlation(
    correlation: float,
) -> None:
    """Each trial has the outcome of its cluster with the root of the correlation, else its own."""
    rng, rate, clusters, per_cluster, repeats = np.random.default_rng(0), 0.8, 20, 9, 2000
    shared = rng.random((repeats, clusters, 1)) < rate
    own = rng.random((repeats, clusters, per_cluster)) < rate
    of_cluster = rng.random(own.shape) < correlation**0.5
    counts = np.where(of_cluster, shared, own).sum((1, 2))
    found = [clustered_rate(count, clusters * per_cluster, clusters) for count in counts]
    coverage = np.mean([each["low"] <= rate <= each["high"] for each in found])
    assert coverage > 0.93
    if correlation == 1:
        assert coverage < 0.98


def test_rates_and_means_of_nothing_are_none() -> None:
    nothing = torch.arange(0)
    assert rate_of(nothing > 0) is rate_of(nothing > 0, nothing) is None
    assert mean_of(nothing) is mean_of(nothing, nothing) is None
    assert difference_of(nothing, nothing) is None


def test_clusters_count_alike_whatever_their_size() -> None:
    values, clusters = torch.tensor([1, 2, 9, 5.0]), torch.tensor([7, 7, 7, 3])
    assert cluster_means(values, clusters).tolist() == [5, 4]
    assert mean_of(values, clusters) == mean_with_interval([5, 4])
    assert mean_of(values) == mean_with_interval([1, 2, 9, 5])
    assert rate_of(values > 4, clusters) == clustered_rate(2, 4, 2)
    assert rate_of(values > 4) == rate_with_interval(2, 4)


def test_means_of_clusters_are_in_ascending_order() -> None:
    clusters = torch.tensor([7, 2, 7, 2, 5, 5])
    assert cluster_means(torch.tensor([1.0, 2, 3, 4, 5, 7]), clusters).tolist() == [3, 6, 2]


def test_difference_is_paired_and_of_clusters() -> None:
    first, second = torch.tensor([True, True, False]), torch.tensor([False, True, True])
    assert difference_of(first, second) == mean_with_interval([1, 0, -1])
    assert difference_of(first, second, torch.tensor([4, 4, 6])) == mean_with_interval([0.5, -1])

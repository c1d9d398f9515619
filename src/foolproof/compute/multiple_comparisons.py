"""Comparisons of several settings with a default, paired by seed."""

from collections.abc import Mapping, Sequence
from math import isnan
from typing import NamedTuple

from foolproof.compute.intervals import Interval, mean_with_interval
from foolproof.compute.paired import paired_difference

DEFAULT = "default"


class Comparison(NamedTuple):
    """A setting's accuracies, and their differences from those of the default, as fractions."""

    accuracy: Interval
    difference: Interval | None
    """Over the seeds that both have; None for the default and without such seeds."""

    p_value: float | None
    """Of the paired t-test; None for fewer than two seeds."""


def compare(accuracies: Mapping[str, Mapping[int, float]]) -> dict[str, Comparison]:
    """Compare settings with the one named `DEFAULT` by the paired t-test.

    Args:
        accuracies: fractions by the setting's name and the seed.
    """
    default = accuracies.get(DEFAULT, {})
    found = {}
    for name, own in accuracies.items():
        accuracy = mean_with_interval(list(own.values()))
        common = [] if name == DEFAULT else sorted(own.keys() & default.keys())
        pairs = [[each[seed] for seed in common] for each in (own, default)]
        difference = paired_difference(*pairs) if common else None
        found[name] = Comparison(accuracy, difference, difference and paired_p_value(difference))
    return found


def paired_p_value(difference: Interval) -> float | None:
    """Compute the two-sided p-value of Student's t-test from a mean with its 95 % interval."""
    mean, half, degrees = difference["mean"], difference["ci95"], difference["n"] - 1
    if half is None or isnan(mean):
        return None
    if half == 0:
        return float(mean == 0)
    from scipy import stats  # noqa: PLC0415 (the library needs NumPy alone)

    return float(2 * stats.t.sf(abs(mean) / half * stats.t.ppf(0.975, degrees), degrees))


def holm(p_values: Sequence[float]) -> list[float]:
    """Adjust p-values of several tests, in their order, by Holm's method (1979).

    Where a hypothesis is rejected if its adjusted value is below 5 %, the probability that any true
    one is rejected is at most 5 %. SciPy has the methods of Benjamini and Hochberg alone.
    """
    adjusted, largest = [0.0] * len(p_values), 0.0
    ascending = sorted(range(len(p_values)), key=p_values.__getitem__)
    for rank, index in enumerate(ascending):
        largest = max(largest, (len(p_values) - rank) * p_values[index])
        adjusted[index] = min(1.0, largest)
    return adjusted


def verdict(found: Comparison, adjusted: float | None) -> str:
    """Say whether a setting differs significantly from the default.

    Args:
        found: its comparison.
        adjusted: its p-value, adjusted for the number of settings.
    """
    if found.difference is None:
        return ""
    if found.p_value is None or adjusted is None:
        return "diverged" if isnan(found.difference["mean"]) else "one seed: no interval"
    if found.p_value >= 0.05:
        return "no significant difference"
    direction = "better" if found.difference["mean"] > 0 else "worse"
    return direction if adjusted < 0.05 else f"{direction}, not after Holm's correction"

"""Means of what may be empty."""

from torch import Tensor


def mean_or_none(values: Tensor) -> float | None:
    """Compute the mean of values (N,) in float64, or the share that is true; None for N = 0."""
    return values.double().mean().item() if len(values) else None

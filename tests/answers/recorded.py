"""Intervals and comparisons of trainings as the stages write them, for several sheets."""

from typing import Any

from foolproof.compute.intervals import Interval


def interval(mean: float, ci95: float | None = 0.05, n: int = 5) -> Interval:
    return Interval(mean=mean, ci95=ci95, n=n)


def losses(*means: float, ci95: float | None = 0.1, n: int = 5) -> dict[str, Any]:
    """Give the comparison of the training losses by epoch, by the differences' means."""
    half = 0 if ci95 is None else ci95
    return {
        "differences": [interval(mean, ci95, n) for mean in means],
        "lower": sum(mean < -half for mean in means) if ci95 else 0,
        "higher": sum(mean > half for mean in means) if ci95 else 0,
    }


def same_images(better: int, worse: int, n: int = 5) -> dict[str, Any]:
    """Give McNemar's tests of each seed."""
    each = {"seed": 0, "only_first": 12, "only_second": 34, "p_value": 0.01}
    return {"by_seed": [each] * n, "significant": {"better": better, "worse": worse, "n": n}}

"""Robust accuracy against epsilon."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from matplotlib.figure import Figure

from foolproof.figures.style import new_figure

Result = Mapping[str, Any]
"""What `evaluate_robustness` writes for a network."""


def robust_accuracy_rows(results: Mapping[str, Result]) -> list[dict[str, Any]]:
    """List the accuracies by network and epsilon, for a CSV file; those at 0 are clean.

    Args:
        results: by the network's name.
    """
    return [
        {"epsilon": epsilon, "series": name, "accuracy": found["value"]}
        | {key: found[key] for key in ("low", "high")}
        for name, result in results.items()
        for epsilon, found in _points(result).items()
    ]


def draw_robust_accuracy(results: Mapping[str, Result], *, title: str, unit: str) -> Figure:
    """Draw the accuracy of each network against epsilon, with its 95 % interval.

    Args:
        results: by the network's name in the figure, on equally many images.
        title: of the figure, without number of images.
        unit: of epsilon.
    """
    images = next(iter(results.values()))["images"]
    title = f"{title}: accuracy under L-infinity attacks, {images:,} test images"
    figure, axes = new_figure(width=4.65, height=3.1, title=title)
    axis = axes[0, 0]
    for (name, result), marker in zip(results.items(), "os^", strict=False):
        points = _points(result)
        values = np.array([[each[key] for each in points.values()] for key in _KEYS])
        accuracy, low, high = 100 * values
        margins = (accuracy - low, high - accuracy)
        axis.errorbar(
            list(points), accuracy, margins, fmt=f"{marker}-", ms=4, capsize=2, label=name
        )
    axis.set(xlabel=f"ε ({unit})", ylabel="accuracy, worst case over attacks (%)", ylim=(-2, 102))
    axis.set_xlim(left=0)
    axis.grid(alpha=0.3)
    axis.legend()
    return figure


_KEYS = ("value", "low", "high")


def _points(result: Result) -> dict[float, dict[str, float]]:
    """Collect accuracy and interval by epsilon, ascending from 0."""
    found = {0.0: result["clean"]} | {float(k): each for k, each in result["by_epsilon"].items()}
    return dict(sorted(found.items()))

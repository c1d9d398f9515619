"""Robust accuracy of two networks with several seeds each, and their paired difference."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from foolproof.figures.style import COLOURS, new_figure

Comparison = Mapping[str, Any]
"""What `compare_robustness` writes for an epsilon."""


def draw_robustness_comparison(
    by_epsilon: Mapping[str, Comparison], names: Mapping[str, str], *, title: str, unit: str
) -> Figure:
    """Draw the accuracies against epsilon, seeds as thin lines, and the difference beside them.

    Args:
        by_epsilon: comparisons by epsilon.
        names: of the two networks in the figure; the difference is second minus first.
        title: of the figure.
        unit: of epsilon.
    """
    points = sorted((float(key), found) for key, found in by_epsilon.items())
    figure, axes = new_figure(1, 2, width=5.9, height=3.2, title=title)
    seeds = points[0][1]["difference"]["n"]
    first, second = names.values()
    _draw_accuracies(axes[0, 0], points, names)
    _draw_difference(axes[0, 1], points, *names)
    figure.legend(loc="outside lower left", ncols=2)  # lines may be anywhere in the axes
    axes[0, 0].set(
        title=f"Accuracy, worst case over attacks:\nmean of {seeds} seeds (thick), each seed (thin)"
    )
    axes[0, 1].set(title=f"{second.capitalize()} minus\n{first}:\nmean ± 95 %, each seed (dots)")
    for axis in axes[0]:
        axis.set_xlabel(f"ε ({unit})")
        axis.set_xticks([epsilon for epsilon, _ in points])
        axis.grid(alpha=0.3)
    return figure


def _draw_accuracies(
    axis: Axes, points: list[tuple[float, Comparison]], names: Mapping[str, str]
) -> None:
    """Draw the accuracy of each network in per cent."""
    epsilons = [epsilon for epsilon, _ in points]
    for (key, name), colour, marker in zip(names.items(), COLOURS, "os", strict=False):
        by_seed = 100 * np.array([found["accuracy_by_seed"][key] for _, found in points])
        axis.plot(epsilons, by_seed, color=colour, lw=0.7, alpha=0.5)
        means = [100 * found["accuracy"][key]["mean"] for _, found in points]
        axis.plot(epsilons, means, f"{marker}-", color=colour, lw=2, ms=4.5, label=name)
    axis.set(ylabel="robust accuracy (%)", ylim=(-2, 102))


def _draw_difference(
    axis: Axes, points: list[tuple[float, Comparison]], first: str, second: str
) -> None:
    """Draw the difference in points: each seed, the mean and its interval."""
    axis.axhline(0, color="0.4", lw=0.8)
    aside = 0.03 * points[-1][0]  # so that the dots of the seeds are not below the mean
    for epsilon, found in points:
        accuracies = found["accuracy_by_seed"]
        by_seed = np.subtract(accuracies[second], accuracies[first])
        axis.plot([epsilon + aside] * len(by_seed), 100 * by_seed, "o", color="0.55", ms=3)
    differences = [found["difference"] for _, found in points]
    axis.errorbar(
        [epsilon for epsilon, _ in points],
        [100 * each["mean"] for each in differences],
        [100 * (each["ci95"] or 0) for each in differences],
        fmt="D",
        ms=4.5,
        capsize=4,
        color=COLOURS[2],
    )
    axis.set_ylabel("difference (points)")

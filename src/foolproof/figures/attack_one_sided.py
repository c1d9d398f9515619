"""Adversarial images that only add ink: examples, classes, ink, and other networks."""

from collections.abc import Mapping, Sequence
from textwrap import fill
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from foolproof.figures.style import (
    AMOUNT,
    COLOURS,
    INTENSITY,
    PROBABILITY,
    new_figure,
    remove_frame,
)

# What attacks, networks, and the images that these are shown are called in figures.
ATTACKS = {"any_class": "towards any wrong class", "target": "towards a target class"}
NETWORKS = {
    "first": "attacked network",
    "second": "retrained network",
    "nobn": "EE6132 without batch norm",
    "bn": "EE6132 with batch norm",
}
SHOWN = {
    "clean_error_rate": "originals",
    "random_ink_error_rate": "random ink",
    "error_rate": "adversarial ink",
}
CURVES = {"error_rate": "o-", "random_ink_error_rate": "s:"}  # those of SHOWN, with their lines
EFFORTS = {
    "steps": "steps until it stopped",
    "l0": "L0: pixels with added ink",
    "l1": "L1: sum of the added ink",
    "linf": "L∞: most ink in one pixel",
}
STRENGTHS = {
    "confidence": "stopped at a wrong class with probability",
    "steps": "steps taken, without stopping",
}


def draw_examples(
    originals: NDArray[Any],
    images: NDArray[Any],
    labels: NDArray[Any],
    goals: NDArray[Any],
    confidences: NDArray[Any],
    *,
    before: NDArray[Any],
    attacks: Sequence[str],
) -> Figure:
    """Draw a row for each adversarial image: the original, the ink that was added, the result.

    Args:
        originals: (N, H, W), pixels in [0, 1].
        images: likewise.
        labels: classes of the originals, (N,).
        goals: classes of the adversarial images, (N,).
        confidences: probability of the goal at the adversarial image, (N,).
        before: probability of the label at the original, (N,).
        attacks: which of ATTACKS each example is of, (N,).
    """
    rows = max(1, len(images))
    figure, axes = new_figure(
        rows, 3, width=6.6, height=2 * rows + 1.2, title="Adversarial images that only add ink"
    )
    ink = images - originals
    for axis in axes.flat:
        remove_frame(axis)
    for row, (original, added, adversarial) in enumerate(axes[: len(images)]):
        original.imshow(originals[row], cmap=INTENSITY, vmin=0, vmax=1)
        original.set_title(f"seen as {labels[row]}: {_percent(before[row])}")
        original.set_ylabel(ATTACKS[attacks[row]])
        shown = added.imshow(ink[row], cmap=AMOUNT, vmin=0, vmax=ink.max())
        added.set_title(f"ink from {ink[row].min():.2f} to {ink[row].max():.2f}")
        adversarial.imshow(images[row], cmap=INTENSITY, vmin=0, vmax=1)
        adversarial.set_title(f"seen as {goals[row]}: {_percent(confidences[row])}")
    for axis, name in zip(axes[-1], ("original", "added ink", "adversarial image"), strict=True):
        axis.set_xlabel(name)
    if len(images):
        label = "added ink (black = 0, white = 1)"
        figure.colorbar(shown, ax=axes, label=label, location="bottom", shrink=0.5, aspect=40)
    return figure


def draw_grid(
    originals: NDArray[Any],
    images: NDArray[Any],
    labels: NDArray[Any],
    goals: NDArray[Any],
    confidences: NDArray[Any],
    *,
    confidence: float,
) -> Figure:
    """Draw one image for every pair of true class (row) and target (column).

    The first of each pair is drawn; on the diagonal stands the original of the row's first.

    Args:
        originals: (N, H, W), pixels in [0, 1].
        images: likewise.
        labels: true classes, (N,).
        goals: target classes, (N,).
        confidences: probability of the target, (N,).
        confidence: that makes a success; a lower one is marked.
    """
    title = "One digit of each class towards every other class, and the target's probability"
    figure, axes = new_figure(10, 10, width=8.2, height=9.4, title=title)
    for axis in axes.flat:
        remove_frame(axis)
    for index in np.unique(labels, return_index=True)[1]:
        axis = axes[labels[index], labels[index]]
        axis.imshow(originals[index], cmap=INTENSITY, vmin=0, vmax=1)
        axis.set_title("original", fontsize=6.5, pad=2)
    for index in np.unique(10 * labels + goals, return_index=True)[1]:
        axis = axes[labels[index], goals[index]]
        axis.imshow(images[index], cmap=INTENSITY, vmin=0, vmax=1)
        axis.set_title(
            _percent(confidences[index]),
            fontsize=6.5,
            pad=2,
            color="black" if confidences[index] >= confidence else COLOURS[1],
        )
    for digit in range(10):
        axes[digit, 0].set_ylabel(f"true {digit}")
        axes[-1, digit].set_xlabel(f"target {digit}")
    return figure


def draw_classes(changes: NDArray[Any], success: NDArray[Any], steps: NDArray[Any]) -> Figure:
    """Draw what digits turn into when any class will do, and how hard each target is.

    Args:
        changes: images by true class (row) and class they are then seen as (column), (10, 10).
        success: rate of the attack on each target (column), (10, 10), NaN where none was tried.
        steps: mean number that the successful ones took, likewise.
    """
    figure, axes = new_figure(
        1, 3, width=13.2, height=4.6, title="Which digits become which by adding ink"
    )
    any_class, rates, mean_steps = axes[0]
    shares = changes / np.maximum(1, changes.sum(1, keepdims=True))
    shares[np.eye(10, dtype=bool)] = np.nan
    _draw_table(any_class, shares, changes, PROBABILITY, 1)
    any_class.set(title=f"{ATTACKS['any_class']}: number of images", xlabel="seen as")
    _draw_table(rates, success, 100 * success, PROBABILITY, 1)
    rates.set(title=f"{ATTACKS['target']}: success in %", xlabel="target class")
    _draw_table(mean_steps, steps, steps, AMOUNT, np.nanmax(steps, initial=1))
    mean_steps.set(title=f"{ATTACKS['target']}: mean steps", xlabel="target class")
    scales = ("share of the true class", "success rate", "steps")
    for axis, scale in zip(axes[0], scales, strict=True):
        axis.set(xticks=range(10), yticks=range(10), ylabel="true class")
        figure.colorbar(axis.images[0], ax=axis, label=scale, shrink=0.9)
    return figure


def draw_ink(efforts: Mapping[str, Mapping[str, NDArray[Any]]]) -> Figure:
    """Draw how steps and ink are distributed over the successful images of each attack.

    Args:
        efforts: by the attack, what EFFORTS names, each (N,).
    """
    title = "What the successful images took (black = 0, white = 1)"
    figure, axes = new_figure(2, 2, width=8.2, height=5.8, title=title, sharey=True)
    for axis, (effort, label) in zip(axes.flat, EFFORTS.items(), strict=True):
        for (attack, found), colour in zip(efforts.items(), COLOURS, strict=False):
            values = np.sort(found[effort])
            shares = 100 * np.arange(1, len(values) + 1) / max(1, len(values))
            name = f"{ATTACKS[attack]} ({len(values):,})"
            axis.plot(values, shares, color=colour, drawstyle="steps-post", label=name)
        axis.axhline(50, color="0.6", linestyle=":", lw=1)
        axis.set(xlabel=label, xlim=(0, None), ylim=(0, 101))
        axis.grid(alpha=0.3)
    for axis in axes[:, 0]:
        axis.set_ylabel("images with at most that (%)")
    axes[0, 0].legend(loc="lower right", fontsize=8)
    return figure


def transfer_rows(strength: str, points: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """List the error rates that `draw_transfer` draws against strength, for a CSV file.

    Args:
        strength: one of STRENGTHS.
        points: with their strength under that name, and `networks`.
    """
    return [
        {
            strength: point[strength],
            "series": f"{name}, {SHOWN[rate]}",
            "error": point["networks"][network][rate],
        }
        for point in points
        for network, name in NETWORKS.items()
        for rate in CURVES
    ]


def draw_transfer(
    attacks: Mapping[str, Mapping[str, Any]],
    strengths: Mapping[str, Sequence[Mapping[str, Any]]],
) -> Figure:
    """Draw how often networks err on the images of each attack, and how that grows.

    Args:
        attacks: by the attack, what was found in `networks`, by name: the rates of SHOWN.
        strengths: for each of STRENGTHS points of the attack towards any wrong class, with their
            strength under that name, and `networks` as above.
    """
    figure, axes = new_figure(
        2, 2, width=10.5, height=7.8, title="Images that fool one network, shown to others"
    )
    for axis, (attack, found) in zip(axes[0], attacks.items(), strict=True):
        _draw_bars(axis, found["networks"])
        axis.set(title=ATTACKS[attack], ylim=(0, 118))
    for axis, (strength, points) in zip(axes[1], strengths.items(), strict=True):
        _draw_curves(axis, points)
        axis.set_xticks(range(len(points)), [f"{point[strength]:.4g}" for point in points])
        axis.set(title=ATTACKS["any_class"], xlabel=STRENGTHS[strength], ylim=(-3, 103))
    for axis, place in ((axes[0, 0], "upper right"), (axes[1, 0], "center right")):
        axis.legend(loc=place, fontsize=8)
    for axis in axes.flat:
        axis.set_ylabel("wrongly classified (%)")
    return figure


def _draw_bars(axis: Axes, received: Mapping[str, Mapping[str, float | None]]) -> None:
    """Draw for each network a bar for all that it was shown, with the height above it."""
    width = 0.28
    for offset, colour, (rate, shown) in zip(
        (-width, 0, width), (COLOURS[5], COLOURS[4], COLOURS[1]), SHOWN.items(), strict=True
    ):
        heights = _percentages([received[network][rate] for network in NETWORKS])
        bars = axis.bar(
            np.arange(len(heights)) + offset,
            np.nan_to_num(heights),
            width,
            color=colour,
            label="random ink, the same amounts" if shown == "random ink" else shown,
        )
        texts = ["none" if np.isnan(h) else f"{h:.1f}" if h < 10 else f"{h:.0f}" for h in heights]
        axis.bar_label(bars, texts, fontsize=7)
    axis.set_xticks(range(len(NETWORKS)), [fill(name, 12) for name in NETWORKS.values()])


def _draw_curves(axis: Axes, points: Sequence[Mapping[str, Any]]) -> None:
    """Draw each network's errors on adversarial and on random ink, point by point."""
    for (network, name), colour in zip(NETWORKS.items(), COLOURS, strict=False):
        for rate, line in CURVES.items():
            errors = _percentages([point["networks"][network][rate] for point in points])
            label = name if rate == "error_rate" else None
            axis.plot(errors, line, ms=3.5, color=colour, label=label)
    axis.plot([], [], "ks:", ms=3.5, label="dotted: random ink")
    axis.grid(alpha=0.3)


def _draw_table(
    axis: Axes, colours: NDArray[Any], values: NDArray[Any], colour_map: str, limit: float
) -> None:
    """Draw a table with a number in each cell; cells whose colour is NaN stay blank."""
    axis.imshow(colours, cmap=colour_map, vmin=0, vmax=limit)
    for row, column in np.argwhere(np.isfinite(colours)):
        axis.text(
            column,
            row,
            f"{values[row, column]:.0f}",
            ha="center",
            va="center",
            fontsize=7,
            color="black" if colours[row, column] > 0.6 * limit else "white",
        )


def _percent(share: float) -> str:
    return f"{100 * share:.1f} %"


def _percentages(shares: Sequence[float | None]) -> NDArray[Any]:
    return np.array([np.nan if share is None else 100 * share for share in shares])

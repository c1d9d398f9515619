"""One-sided adversarial images: examples, and transfer to other networks."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from foolproof.compute.intervals import Rate
from foolproof.figures.style import (
    AMOUNT,
    COLOURS,
    draw_pixels,
    new_figure,
    percent,
    remove_frame,
)

# Widths on the page, in inches, lettering, and examples in a row.
WIDTH, GRID = 6.46, 5.2
FONT = 7
EXAMPLES = 2

# Names in figures: of networks, of what they are evaluated on with its lines, and of strengths.
NETWORKS = {
    "first": "attacked network",
    "second": "retrained network",
    "nobn": "EE6132 without batch norm",
    "bn": "EE6132 with batch norm",
}
INPUTS = {"error_rate": "adversarial", "shuffled_error_rate": "shuffled perturbation"}
LINES = {"error_rate": "o-", "shuffled_error_rate": "s:"}
STRENGTHS = {
    "confidence": "required probability of a wrong class",
    "steps": "number of steps, without a criterion",
}


def draw_examples(
    originals: NDArray[Any],
    images: NDArray[Any],
    labels: NDArray[Any],
    targets: NDArray[Any],
    confidences: NDArray[Any],
    *,
    before: NDArray[Any],
    attacks: Sequence[str],
) -> Figure:
    """Draw two adversarial images a row: the original, the perturbation, the result.

    Args:
        originals: (N, H, W), pixels in [0, 1].
        images: likewise.
        labels: classes of the originals, (N,).
        targets: classes of the adversarial images, (N,).
        confidences: probability of the target at the adversarial image, (N,).
        before: probability of the label at the original, (N,).
        attacks: name of the attack of each example, (N,).
    """
    rows = max(1, -(-len(images) // EXAMPLES))
    figure, axes = new_figure(rows, 3 * EXAMPLES, width=WIDTH, height=1.2 * rows + 0.4, title="")
    perturbations = images - originals
    for axis in axes.flat:
        remove_frame(axis)
    triples = axes.reshape(-1, 3)
    for row, (original, added, adversarial) in enumerate(triples[: len(images)]):
        draw_pixels(original, originals[row])
        original.set_title(f"{labels[row]}: {percent(before[row])}", fontsize=FONT)
        original.set_ylabel(attacks[row], fontsize=FONT)
        change = perturbations[row]
        shown = added.imshow(change, cmap=AMOUNT, vmin=0, vmax=perturbations.max())
        added.set_title(f"{change.min():.2f} to {change.max():.2f}", fontsize=FONT)
        draw_pixels(adversarial, images[row])
        adversarial.set_title(f"{targets[row]}: {percent(confidences[row])}", fontsize=FONT)
    names = ("original", "perturbation", "adversarial")
    for axis, name in zip(axes[-1], names * EXAMPLES, strict=True):
        axis.set_xlabel(name, fontsize=FONT)
    if len(images):
        bar = figure.colorbar(shown, ax=axes, pad=0.02, aspect=30)
        bar.set_label("perturbation (pixels: 0 to 1)", fontsize=FONT)
        bar.ax.tick_params(labelsize=FONT)
    return figure


def draw_grid(
    originals: NDArray[Any],
    images: NDArray[Any],
    labels: NDArray[Any],
    targets: NDArray[Any],
    confidences: NDArray[Any],
    *,
    success: NDArray[Any],
) -> Figure:
    """Draw one image for every pair of true class (row) and target (column).

    The first of each pair is drawn; the diagonal shows the first original of the row.

    Args:
        originals: (N, H, W), pixels in [0, 1].
        images: likewise.
        labels: true classes, (N,).
        targets: target classes, (N,).
        confidences: probability of the target, (N,).
        success: whether the attack succeeded, (N,) bool; others are marked.
    """
    figure, axes = new_figure(10, 10, width=GRID, height=1.1 * GRID, title="")
    for axis in axes.flat:
        remove_frame(axis)
    for index in np.unique(labels, return_index=True)[1]:
        axis = axes[labels[index], labels[index]]
        draw_pixels(axis, originals[index])
        axis.set_title("original", fontsize=FONT, pad=2)
    for index in np.unique(10 * labels + targets, return_index=True)[1]:
        axis = axes[labels[index], targets[index]]
        draw_pixels(axis, images[index])
        axis.set_title(
            percent(confidences[index]),
            fontsize=FONT,
            pad=2,
            color="black" if success[index] else COLOURS[1],
        )
    for digit in range(10):
        axes[digit, 0].set_ylabel(f"true {digit}", fontsize=FONT)
        axes[-1, digit].set_xlabel(f"target {digit}", fontsize=FONT)
    return figure


def transfer_rows(strength: str, points: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """List the error rates that `draw_transfer` draws by strength, for a CSV file.

    An error without an image is None.

    Args:
        strength: one of STRENGTHS.
        points: with their strength under that name, and `networks`.
    """
    return [
        {
            strength: point[strength],
            "series": f"{name}, {INPUTS[rate]}",
            "error": value(point["networks"][network][rate]),
        }
        for point in points
        for network, name in NETWORKS.items()
        for rate in INPUTS
    ]


def draw_transfer(strengths: Mapping[str, Sequence[Mapping[str, Any]]]) -> Figure:
    """Draw the error rates of the networks by the strength of the attack.

    Curves have bands: 95 % intervals.

    Args:
        strengths: for each of STRENGTHS points of the untargeted attack with their strength under
            that name, and `networks`, by name the rates of INPUTS.
    """
    figure, axes = new_figure(1, 2, width=WIDTH, height=3, title="", sharey=True)
    for axis, (strength, points) in zip(axes[0], strengths.items(), strict=True):
        _draw_curves(axis, points)
        axis.set_xticks(range(len(points)), [f"{point[strength]:.4g}" for point in points])
        axis.set_ylim(-3, 103)
        axis.set_xlabel(STRENGTHS[strength], fontsize=FONT)
        axis.tick_params(labelsize=FONT)
    axes[0, 0].set_ylabel("error rate (%)", fontsize=FONT)
    handles, labels = axes[0, 0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside upper left", ncols=3, fontsize=FONT)
    return figure


def _draw_curves(axis: Axes, points: Sequence[Mapping[str, Any]]) -> None:
    """Draw each network's errors on adversarial images and shuffled perturbations by strength."""
    places = range(len(points))
    for (network, name), colour in zip(NETWORKS.items(), COLOURS, strict=False):
        for rate, line in LINES.items():
            errors, below, above = _percentages(
                [point["networks"][network][rate] for point in points]
            )
            label = name if rate == "error_rate" else None
            axis.plot(places, errors, line, ms=3.5, color=colour, label=label)
            axis.fill_between(
                places, errors - below, errors + above, color=colour, alpha=0.15, lw=0
            )
    axis.plot([], [], "ks:", ms=3.5, label="dotted: shuffled perturbation")
    axis.grid(alpha=0.3)


def value(rate: Rate | None) -> float | None:
    """Give the share of a rate; None without."""
    return None if rate is None else rate["value"]


def _percentages(rates: Sequence[Rate | None]) -> NDArray[Any]:
    """Give shares and the lengths of their intervals to both sides, in per cent, (3, N)."""
    nothing = (np.nan,) * 3
    return (
        np.array(
            [
                nothing
                if rate is None
                else (rate["value"], rate["value"] - rate["low"], rate["high"] - rate["value"])
                for rate in rates
            ]
        ).T
        * 100
    )

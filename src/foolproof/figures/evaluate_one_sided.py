"""One-sided adversarial images: examples, classes, norms, and transfer to other networks."""

from collections.abc import Mapping, Sequence
from textwrap import fill
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from foolproof.compute.intervals import Rate
from foolproof.figures.style import (
    AMOUNT,
    COLOURS,
    PROBABILITY,
    draw_pixels,
    new_figure,
    percent,
    remove_frame,
)
from foolproof.figures.tables import annotate_cells, format_cells

# Names in figures: of networks, of what they are evaluated on, of measures and of strengths.
NETWORKS = {
    "first": "attacked network",
    "second": "retrained network",
    "nobn": "EE6132 without batch norm",
    "bn": "EE6132 with batch norm",
}
INPUTS = {
    "clean_error_rate": "originals",
    "shuffled_error_rate": "shuffled perturbation",
    "error_rate": "adversarial",
}
CURVES = {"error_rate": "o-", "shuffled_error_rate": "s:"}  # those of INPUTS, with their lines
MEASURES = {
    "steps": "steps until success",
    "l0": "L0: number of perturbed pixels",
    "l1": "L1: sum of the perturbation",
    "linf": "L∞: max perturbation of a pixel",
}
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
    """Draw a row for each adversarial image: the original, the perturbation, the result.

    Args:
        originals: (N, H, W), pixels in [0, 1].
        images: likewise.
        labels: classes of the originals, (N,).
        targets: classes of the adversarial images, (N,).
        confidences: probability of the target at the adversarial image, (N,).
        before: probability of the label at the original, (N,).
        attacks: name of the attack of each example, (N,).
    """
    rows = max(1, len(images))
    figure, axes = new_figure(
        rows, 3, width=6.6, height=2 * rows + 1.2, title="One-sided adversarial images"
    )
    perturbations = images - originals
    for axis in axes.flat:
        remove_frame(axis)
    for row, (original, added, adversarial) in enumerate(axes[: len(images)]):
        draw_pixels(original, originals[row])
        original.set_title(f"predicted {labels[row]}: {percent(before[row])}")
        original.set_ylabel(attacks[row])
        change = perturbations[row]
        shown = added.imshow(change, cmap=AMOUNT, vmin=0, vmax=perturbations.max())
        added.set_title(f"from {change.min():.2f} to {change.max():.2f}")
        draw_pixels(adversarial, images[row])
        adversarial.set_title(f"predicted {targets[row]}: {percent(confidences[row])}")
    for axis, name in zip(axes[-1], ("original", "perturbation", "adversarial image"), strict=True):
        axis.set_xlabel(name)
    if len(images):
        label = "perturbation (pixels from 0 = black to 1 = white)"
        figure.colorbar(shown, ax=axes, label=label, location="bottom", shrink=0.5, aspect=40)
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
    title = "One digit of each class, targeted at every other class: probability of the target"
    figure, axes = new_figure(10, 10, width=8.2, height=9.4, title=title)
    for axis in axes.flat:
        remove_frame(axis)
    for index in np.unique(labels, return_index=True)[1]:
        axis = axes[labels[index], labels[index]]
        draw_pixels(axis, originals[index])
        axis.set_title("original", fontsize=6.5, pad=2)
    for index in np.unique(10 * labels + targets, return_index=True)[1]:
        axis = axes[labels[index], targets[index]]
        draw_pixels(axis, images[index])
        axis.set_title(
            percent(confidences[index]),
            fontsize=6.5,
            pad=2,
            color="black" if success[index] else COLOURS[1],
        )
    for digit in range(10):
        axes[digit, 0].set_ylabel(f"true {digit}")
        axes[-1, digit].set_xlabel(f"target {digit}")
    return figure


def draw_classes(confusions: NDArray[Any], success: NDArray[Any], steps: NDArray[Any]) -> Figure:
    """Draw the confusions of the untargeted attack, and success and steps of the targeted one.

    Args:
        confusions: images by true (row) and predicted class (column), (10, 10).
        success: success rate by true class (row) and target (column), (10, 10); NaN for pairs
            without an attack.
        steps: mean number of steps of the successes, likewise.
    """
    figure, axes = new_figure(
        1, 3, width=13.2, height=4.6, title="One-sided attacks by class of the digit"
    )
    untargeted, rates, mean_steps = axes[0]
    shares = confusions / np.maximum(1, confusions.sum(1, keepdims=True))
    shares[np.eye(10, dtype=bool)] = np.nan
    untargeted.imshow(shares, cmap=PROBABILITY, vmin=0, vmax=1)
    annotate_cells(untargeted, shares, format_cells(confusions, ".0f"))
    untargeted.set(title="untargeted: number of images", xlabel="predicted class")
    rates.imshow(success, cmap=PROBABILITY, vmin=0, vmax=1)
    annotate_cells(rates, success, format_cells(100 * success, ".0f"))
    rates.set(title="targeted: success in %", xlabel="target class")
    mean_steps.imshow(steps, cmap=AMOUNT, vmin=0, vmax=np.nanmax(steps, initial=1))
    annotate_cells(mean_steps, steps, format_cells(steps, ".0f"))
    mean_steps.set(title="targeted: mean steps", xlabel="target class")
    scales = ("share of the true class", "success rate", "steps")
    for axis, scale in zip(axes[0], scales, strict=True):
        axis.set(xticks=range(10), yticks=range(10), ylabel="true class")
        figure.colorbar(axis.images[0], ax=axis, label=scale, shrink=0.9)
    return figure


def draw_norms(measured: Mapping[str, Mapping[str, NDArray[Any]]]) -> Figure:
    """Draw the distributions of steps and norms over the successes of each attack.

    Args:
        measured: by the attack, the MEASURES, each (N,).
    """
    title = "Steps and norms of the successful attacks (pixels from 0 to 1)"
    figure, axes = new_figure(2, 2, width=8.2, height=5.8, title=title, sharey=True)
    for axis, (measure, label) in zip(axes.flat, MEASURES.items(), strict=True):
        for (attack, found), colour in zip(measured.items(), COLOURS, strict=False):
            values = np.sort(found[measure])
            shares = 100 * np.arange(1, len(values) + 1) / max(1, len(values))
            name = f"{attack} ({len(values):,})"
            axis.plot(values, shares, color=colour, drawstyle="steps-post", label=name)
        axis.axhline(50, color="0.6", linestyle=":", lw=1)
        axis.set(xlabel=label, xlim=(0, None), ylim=(0, 101))
        axis.grid(alpha=0.3)
    for axis in axes[:, 0]:
        axis.set_ylabel("images with at most that (%)")
    axes[0, 0].legend(loc="lower right", fontsize=8)
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
        for rate in CURVES
    ]


def draw_transfer(
    attacks: Mapping[str, Mapping[str, Any]],
    strengths: Mapping[str, Sequence[Mapping[str, Any]]],
) -> Figure:
    """Draw the error rates of the networks on the images of each attack, and by its strength.

    Bars have error bars and curves have bands: 95 % intervals.

    Args:
        attacks: by the attack, its `networks`, by name the rates of INPUTS.
        strengths: for each of STRENGTHS points of the untargeted attack with their strength under
            that name, and `networks` as above.
    """
    figure, axes = new_figure(
        2, 2, width=10.5, height=7.8, title="Transfer of the adversarial images to other networks"
    )
    for axis, (attack, found) in zip(axes[0], attacks.items(), strict=True):
        _draw_bars(axis, found["networks"])
        axis.set(title=attack, ylim=(0, 118))
    for axis, (strength, points) in zip(axes[1], strengths.items(), strict=True):
        _draw_curves(axis, points)
        axis.set_xticks(range(len(points)), [f"{point[strength]:.4g}" for point in points])
        axis.set(title="untargeted", xlabel=STRENGTHS[strength], ylim=(-3, 103))
    axes[0, 0].legend(loc="upper right", fontsize=8)
    axes[1, 0].legend(loc="upper left", bbox_to_anchor=(0.01, 0.94), fontsize=8)
    for axis in axes.flat:
        axis.set_ylabel("error rate (%)")
    return figure


def _draw_bars(axis: Axes, rates: Mapping[str, Mapping[str, Rate | None]]) -> None:
    """Draw for each network a bar for each of INPUTS, with its interval and its height above it."""
    width = 0.28
    for offset, colour, (rate, name) in zip(
        (-width, 0, width), (COLOURS[5], COLOURS[4], COLOURS[1]), INPUTS.items(), strict=True
    ):
        heights, below, above = _percentages([rates[network][rate] for network in NETWORKS])
        places = np.arange(len(heights)) + offset
        bars = axis.bar(
            places,
            np.nan_to_num(heights),
            width,
            yerr=np.nan_to_num([below, above]),
            error_kw={"elinewidth": 0.8, "capsize": 1.5},
            color=colour,
            label=name,
        )
        texts = ["none" if np.isnan(h) else f"{h:.1f}" if h < 10 else f"{h:.0f}" for h in heights]
        axis.bar_label(bars, texts, fontsize=7)
    axis.set_xticks(range(len(NETWORKS)), [fill(name, 12) for name in NETWORKS.values()])


def _draw_curves(axis: Axes, points: Sequence[Mapping[str, Any]]) -> None:
    """Draw each network's errors on adversarial images and shuffled perturbations by strength."""
    places = range(len(points))
    for (network, name), colour in zip(NETWORKS.items(), COLOURS, strict=False):
        for rate, line in CURVES.items():
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

"""Additive perturbations for each target class, and their transfer to other images."""

from typing import Any

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray

from foolproof.figures.style import (
    COLOURS,
    SIGNED,
    draw_pixels,
    new_figure,
    percent,
    remove_frame,
)

OWN_CLASS = "0.55"
"""Grey: sums whose target is the image's own class, which are no attack."""


def draw_noises(
    images: NDArray[Any],
    noise: NDArray[Any],
    minimal: NDArray[Any],
    labels: NDArray[Any],
    probabilities: NDArray[Any],
) -> Figure:
    """Draw for each target class the image, the noise, their sum, and the minimal attack.

    Args:
        images: (targets, H, W), pixels in [0, 1].
        noise: (targets, H, W).
        minimal: images of a minimal attack with the same criterion, (targets, H, W).
        labels: true classes of the images, (targets,).
        probabilities: of the sums, (targets, classes).
    """
    figure, axes = new_figure(5, len(images), width=6.4, height=4.7, title="")
    limit = float(np.abs(noise).max())
    norms, minimal_norms = (
        np.linalg.norm((each - images).reshape(len(images), -1), axis=1)
        for each in (np.clip(images + noise, 0, 1), minimal)
    )
    signed = {"cmap": SIGNED, "vmin": -limit, "vmax": limit}
    for target, (original, added, total, change, result) in enumerate(axes.T):
        draw_pixels(original, images[target])
        original.set_title(f"digit {labels[target]}", fontsize=7)
        shown = added.imshow(noise[target], **signed)
        added.set_title(f"target {target}\nL2 {norms[target]:.1f}", fontsize=7)
        draw_pixels(total, images[target] + noise[target])
        predicted = probabilities[target].argmax()
        total.set_title(
            f"class {predicted}\n{percent(probabilities[target, predicted], 0)}", fontsize=7
        )
        change.imshow(minimal[target] - images[target], **signed)
        change.set_title(f"L2 {minimal_norms[target]:.1f}", fontsize=7)
        draw_pixels(result, minimal[target])
        for axis in (added, change):
            remove_frame(axis)
    names = ("image X", "noise N", "X + N", "minimal\n(DDN)", "X + minimal")
    for axis, name in zip(axes[:, 0], names, strict=True):
        axis.set_ylabel(name, fontsize=8)
    bar = figure.colorbar(shown, ax=axes[1:4], label="change of a pixel", shrink=0.6)
    bar.ax.tick_params(labelsize=7)
    return figure


def draw_transfer(sums: NDArray[Any], labels: NDArray[Any], probabilities: NDArray[Any]) -> Figure:
    """Draw every fixed image plus every noise, with the predicted class.

    Titles are grey where the target is the image's own class, which is no attack.

    Args:
        sums: (noises, images, H, W), pixels in [0, 1].
        labels: true classes of the fixed images, (images,).
        probabilities: (noises, images, classes).
    """
    figure, axes = new_figure(
        *sums.shape[:2],
        width=8.2,
        height=9.6,
        title="Each noise (row) added to each test image",
    )
    for (target, column), axis in np.ndenumerate(axes):
        draw_pixels(axis, sums[target, column])
        predicted = probabilities[target, column].argmax()
        correct = predicted == labels[column]
        own = target == labels[column]
        axis.set_title(
            f"{predicted} ({percent(probabilities[target, column, predicted], 0)})",
            fontsize=7,
            pad=2,
            color=OWN_CLASS if own else "black" if correct else COLOURS[1],
            fontweight="normal" if correct or own else "bold",
        )
    for target, axis in enumerate(axes[:, 0]):
        axis.set_ylabel(f"target {target}")
    for label, axis in zip(labels, axes[-1], strict=True):
        axis.set_xlabel(f"true {label}")
    return figure


def transfer_rows(probabilities: NDArray[Any], labels: NDArray[Any]) -> list[dict[str, Any]]:
    """List the predicted class of every fixed image plus every noise, for a CSV file.

    Args:
        probabilities: (noises, images, classes).
        labels: true classes of the fixed images, (images,).
    """
    return [
        {
            "target": target,
            "true": int(label),
            "predicted": int(probabilities[target, column].argmax()),
            "confidence": float(probabilities[target, column].max()),
        }
        for target in range(len(probabilities))
        for column, label in enumerate(labels)
    ]

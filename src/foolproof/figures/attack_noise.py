"""Noise that takes an image to another class, and what it does to other images."""

from typing import Any

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray

from foolproof.figures.style import COLOURS, INTENSITY, SIGNED, new_figure, remove_frame


def draw_noises(
    images: NDArray[Any],
    noise: NDArray[Any],
    labels: NDArray[Any],
    probabilities: NDArray[Any],
) -> Figure:
    """Draw for each target class the image, the noise and their sum.

    Args:
        images: (targets, H, W), pixels in [0, 1].
        noise: (targets, H, W).
        labels: true classes of the images, (targets,).
        probabilities: of the sums, (targets, classes).
    """
    figure, axes = new_figure(
        3, len(images), width=9.6, height=4.1, title="Noise that takes an image to each class"
    )
    limit = float(np.abs(noise).max())
    for target, column in enumerate(axes.T):
        column[0].imshow(images[target], cmap=INTENSITY, vmin=0, vmax=1)
        column[0].set_title(f"digit {labels[target]}")
        shown = column[1].imshow(noise[target], cmap=SIGNED, vmin=-limit, vmax=limit)
        column[1].set_title(f"noise for {target}\nL2 {np.linalg.norm(noise[target]):.1f}")
        column[2].imshow(images[target] + noise[target], cmap=INTENSITY, vmin=0, vmax=1)
        seen = probabilities[target].argmax()
        column[2].set_title(f"seen as {seen}\n{100 * probabilities[target, seen]:.0f} %")
    for axis in axes.flat:
        remove_frame(axis)
    for axis, name in zip(axes[:, 0], ("image X", "noise N", "X + N"), strict=True):
        axis.set_ylabel(name)
    figure.colorbar(shown, ax=axes[1], label="change of a pixel", shrink=0.9)
    return figure


def draw_transfer(sums: NDArray[Any], labels: NDArray[Any], probabilities: NDArray[Any]) -> Figure:
    """Draw every fixed image plus every noise, with the class that the network sees.

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
        axis.imshow(sums[target, column], cmap=INTENSITY, vmin=0, vmax=1)
        remove_frame(axis)
        seen = probabilities[target, column].argmax()
        right = seen == labels[column]
        axis.set_title(
            f"{seen} ({100 * probabilities[target, column, seen]:.0f} %)",
            fontsize=7,
            pad=2,
            color="black" if right else COLOURS[1],
            fontweight="normal" if right else "bold",
        )
    for target, axis in enumerate(axes[:, 0]):
        axis.set_ylabel(f"noise for {target}")
    for label, axis in zip(labels, axes[-1], strict=True):
        axis.set_xlabel(f"true {label}")
    return figure

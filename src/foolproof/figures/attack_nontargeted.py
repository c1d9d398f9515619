"""Class-maximizing images from noise, and their cost along the ascent."""

from collections.abc import Mapping, Sequence
from math import ceil
from typing import Any

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray

from foolproof.figures.style import COLOURS, draw_pixels, new_figure, percent

CURVE_POINTS = 100


def draw_class_images(
    images: Mapping[str, tuple[NDArray[Any], NDArray[Any]]], classes: Sequence[int]
) -> Figure:
    """Draw a row of images for each number of steps, with the predicted classes.

    Args:
        images: by the name of the row, images (classes, H, W) and probabilities (classes, 10).
        classes: target classes of the images.
    """
    figure, axes = new_figure(
        len(images),
        len(classes),
        width=0.6 * len(classes) + 0.4,
        height=0.98 * len(images) + 0.3,
        title="",
    )
    for row, (name, (pixels, probabilities)) in zip(axes, images.items(), strict=True):
        row[0].set_ylabel(name, fontsize=8)
        for axis, image, probability, target in zip(
            row, pixels, probabilities, classes, strict=True
        ):
            draw_pixels(axis, image)
            predicted = probability.argmax()
            axis.set_title(
                f"target {target}\npredicted {predicted}\n{percent(probability[predicted], 2)}",
                fontsize=7,
            )
    return figure


def draw_cost_curves(costs: NDArray[Any], classes: Sequence[int]) -> Figure:
    """Draw the logit of each class along the ascent: mean over the starts, band from min to max.

    Args:
        costs: (steps + 1, starts, classes).
        classes: in the order of the last axis.
    """
    count, columns = len(classes), min(5, len(classes))
    rows = ceil(count / columns)
    figure, axes = new_figure(
        rows,
        columns,
        width=5.6,
        height=1.05 * rows + 0.4,
        sharex=True,
        sharey=True,
        title="",
    )
    steps = np.arange(len(costs))
    for axis in axes.flat[count:]:
        axis.axis("off")
    for column, (axis, digit) in enumerate(zip(axes.flat, classes, strict=False)):
        of_class = costs[:, :, column]
        axis.fill_between(
            steps, of_class.min(1), of_class.max(1), color=COLOURS[0], alpha=0.25, lw=0
        )
        axis.plot(steps, of_class.mean(1), color=COLOURS[0])
        axis.set_title(f"class {digit}")
        axis.grid(alpha=0.3)
    for axis in axes.flat[:count][-columns:]:
        axis.set_xlabel("step")
        axis.tick_params(labelbottom=True)
    for axis in axes[:, 0]:
        axis.set_ylabel("logit")
    return figure


def cost_rows(costs: NDArray[Any], classes: Sequence[int]) -> list[dict[str, Any]]:
    """List about `CURVE_POINTS` points of each class's mean logit (steps + 1, classes), for CSV."""
    shown = range(0, len(costs), max(1, len(costs) // CURVE_POINTS))
    return [
        {"step": step, "series": f"class {digit}", "logit": float(costs[step, column])}
        for column, digit in enumerate(classes)
        for step in shown
    ]

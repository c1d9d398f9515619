"""Classified images and the confusion matrix."""

from collections.abc import Sequence
from math import ceil
from typing import Any

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray

from foolproof.figures.style import AMOUNT, COLOURS, INTENSITY, new_figure

RIGHT, WRONG = COLOURS[0], COLOURS[1]


def draw_predictions(
    images: NDArray[Any],
    true: NDArray[Any],
    predicted: NDArray[Any],
    confidences: NDArray[Any],
    *,
    title: str,
    columns: int = 10,
) -> Figure:
    """Draw images as "true → predicted class"; misclassified ones differ by colour and weight.

    Args:
        images: grey, (N, H, W).
        true: classes, (N,).
        predicted: classes, (N,).
        confidences: probability of the predicted class, (N,), in [0, 1].
        title: of the figure.
        columns: images in a row.
    """
    rows = max(1, ceil(len(images) / columns))
    figure, axes = new_figure(rows, columns, width=6.4, height=0.87 * rows + 0.45, title=title)
    for axis in axes.flat:
        axis.axis("off")
    for axis, image, label, guess, confidence in zip(
        axes.flat, images, true, predicted, confidences, strict=False
    ):
        axis.imshow(image, cmap=INTENSITY)
        axis.set_title(
            f"{label} → {guess}\n{100 * confidence:.0f} %",
            color=RIGHT if label == guess else WRONG,
            fontweight="normal" if label == guess else "bold",
            fontsize=7,
        )
    return figure


def draw_confusion(counts: NDArray[Any], names: Sequence[str]) -> Figure:
    """Draw the confusion matrix, with colours for misclassified images only.

    Args:
        counts: images by true (rows) and predicted class (columns), (classes, classes).
        names: of the classes.
    """
    figure, axes = new_figure(width=5.6, height=5.4, title="Confusion matrix of the test images")
    axis = axes[0, 0]
    mistakes = counts.astype(float)
    np.fill_diagonal(mistakes, np.nan)
    brightest = max(1, np.nanmax(mistakes))
    shown = axis.imshow(mistakes, cmap=AMOUNT, vmin=0, vmax=brightest)
    for (row, column), count in np.ndenumerate(counts):
        if row == column:
            colour, weight = "black", "bold"
        else:
            colour, weight = ("black" if count > 0.6 * brightest else "white"), "normal"
        axis.text(
            column,
            row,
            str(count),
            ha="center",
            va="center",
            fontsize=8,
            color=colour,
            fontweight=weight,
        )
    axis.set(
        xticks=range(len(names)),
        yticks=range(len(names)),
        xticklabels=names,
        yticklabels=names,
        xlabel="predicted class",
        ylabel="true class",
    )
    figure.colorbar(shown, ax=axis, label="mistakes (images)", shrink=0.8)
    return figure

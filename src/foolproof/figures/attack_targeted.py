"""Class-maximizing images near a reference image of another class."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray

from foolproof.figures.style import (
    AMOUNT,
    COLOURS,
    PROBABILITY,
    draw_pixels,
    new_figure,
    percent,
)
from foolproof.figures.tables import annotate_cells, format_cells

OWN_CLASS = "0.55"
"""Grey: cells whose target is the reference's own class, which are no attack."""


def draw_targeted_grid(
    images: NDArray[Any], probabilities: NDArray[Any], references: Sequence[int], *, title: str
) -> Figure:
    """Draw the images of every pair of target class (row) and reference digit (column).

    Those of the reference's own class, which are no attack, have a grey frame and title.

    Args:
        images: (targets, references, H, W).
        probabilities: of the target class, (targets, references).
        references: classes of the reference digits.
        title: of the figure.
    """
    figure, axes = new_figure(*probabilities.shape, width=5.4, height=6.3, title=title)
    for (row, column), axis in np.ndenumerate(axes):
        draw_pixels(axis, images[row, column])
        confidence = float(probabilities[row, column])
        colour = "black" if confidence > 0.5 else COLOURS[1]
        if references[column] == row:
            colour = OWN_CLASS
            axis.spines[:].set(visible=True, color=OWN_CLASS, linewidth=2.5)
        axis.set_title(percent(confidence), fontsize=7, pad=2, color=colour)
    for row, axis in enumerate(axes[:, 0]):
        axis.set_ylabel(f"target {row}", fontsize=7)
    for digit, axis in zip(references, axes[-1], strict=True):
        axis.set_xlabel(f"ref. {digit}", fontsize=7)
    return figure


def draw_targeted_tables(
    tables: Mapping[str, tuple[NDArray[Any], NDArray[Any]]], references: Sequence[int]
) -> Figure:
    """Draw confidence and distance of every pair of target class and reference, for each start.

    Cells of the reference's own class, which are no attack, are blank.

    Args:
        tables: by the name of the start, probabilities of the target (10, 10) and mean squared
            pixel distances to the reference (10, 10).
        references: classes of the reference digits.
    """
    figure, axes = new_figure(
        len(tables),
        2,
        width=8.6,
        height=3.8 * len(tables),
        title="Every target and reference of another class",
    )
    own = np.equal.outer(np.arange(len(next(iter(tables.values()))[0])), references)
    largest = max(distances[~own].max() for _, distances in tables.values())
    for row, (name, (confidences, distances)) in zip(axes, tables.items(), strict=True):
        for axis, values, colours, limit, label, pattern in (
            (row[0], confidences, PROBABILITY, 1, "probability of the target class", ".2f"),
            (
                row[1],
                1000 * distances,
                AMOUNT,
                1000 * largest,
                "1000 × MSE to the reference image",
                ".0f",
            ),
        ):
            values = np.where(own, np.nan, values)  # noqa: PLW2901 (the same values)
            image = axis.imshow(values, cmap=colours, vmin=0, vmax=limit)
            annotate_cells(axis, values, format_cells(values, pattern), fontsize=6.5)
            axis.set(
                title=f"start: {name}",
                xlabel="reference digit",
                ylabel="target class",
                xticks=range(len(references)),
                xticklabels=references,
                yticks=range(len(values)),
            )
            figure.colorbar(image, ax=axis, label=label, shrink=0.85)
    return figure


def draw_beta_tuning(
    betas: Sequence[float], tuning: Mapping[str, Sequence[Mapping[str, float | None]]], pairs: int
) -> Figure:
    """Draw the share of successes up to each beta, and the distances of the successes at it.

    Args:
        betas: positive, in the order of the trials.
        tuning: by the name of the start, for each beta: successes (at this beta) and mean_mse (of
            these, None where there are none).
        pairs: number of pairs in all.
    """
    figure, axes = new_figure(
        1, 2, width=8, height=3.2, sharex=True, title="The β that each pair needs"
    )
    for (name, points), colour in zip(tuning.items(), COLOURS, strict=False):
        reached = np.cumsum([point["successes"] for point in points])
        axes[0, 0].plot(betas, 100 * reached / pairs, "o-", color=colour, label=f"start: {name}")
        at = [index for index, point in enumerate(points) if point["successes"]]
        distances = [points[index]["mean_mse"] for index in at]
        axes[0, 1].plot([betas[index] for index in at], distances, "o-", color=colour)
    axes[0, 0].set(ylabel="success at this β or a larger one (%)", ylim=(-3, 103))
    axes[0, 0].legend(loc="lower left")
    axes[0, 1].set(ylabel="mean MSE of the successes at this β", ylim=(0, None))
    for axis in axes[0]:
        axis.set_xscale("log")
        axis.set_xlabel("β (logits per mean squared pixel)")
        axis.grid(alpha=0.3)
    return figure

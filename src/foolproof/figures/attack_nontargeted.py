"""Images made for classes, from noise or with the look of another digit."""

from collections.abc import Mapping, Sequence
from math import ceil
from typing import Any

import numpy as np
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


def draw_class_images(
    made: Mapping[str, tuple[NDArray[Any], NDArray[Any]]], classes: Sequence[int]
) -> Figure:
    """Draw a row of images for each number of steps, with what the network sees in them.

    Args:
        made: by the name of the row, images (classes, H, W) and probabilities (classes, 10).
        classes: that the images were made for.
    """
    figure, axes = new_figure(
        len(made),
        len(classes),
        width=0.92 * len(classes) + 0.6,
        height=1.3 * len(made) + 0.8,
        title="Images made for a class by gradient ascent from noise",
    )
    for row, (name, (images, probabilities)) in zip(axes, made.items(), strict=True):
        row[0].set_ylabel(name)
        for axis, image, probability, target in zip(
            row, images, probabilities, classes, strict=True
        ):
            axis.imshow(image, cmap=INTENSITY, vmin=0, vmax=1)
            remove_frame(axis)
            seen = probability.argmax()
            axis.set_title(
                f"for {target}\nseen as {seen}\n{100 * probability[seen]:.2f} %", fontsize=7.5
            )
    return figure


def draw_cost_curves(costs: NDArray[Any], classes: Sequence[int]) -> Figure:
    """Draw the logit of each class along the ascent: mean over the starts, band least to greatest.

    Args:
        costs: (steps + 1, starts, classes).
        classes: in the order of the last axis.
    """
    count, columns = len(classes), min(5, len(classes))
    rows = ceil(count / columns)
    figure, axes = new_figure(
        rows,
        columns,
        width=9,
        height=1.8 * rows + 0.6,
        sharex=True,
        sharey=True,
        title="Cost C = logit of the target class along the ascent",
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


def draw_targeted_grid(
    images: NDArray[Any], probabilities: NDArray[Any], look_alikes: Sequence[int], *, title: str
) -> Figure:
    """Draw the images for every pair of target class (row) and look-alike digit (column).

    Args:
        images: (targets, look-alikes, H, W).
        probabilities: of the target class, (targets, look-alikes).
        look_alikes: the digits of the columns.
        title: of the figure.
    """
    figure, axes = new_figure(*probabilities.shape, width=8.2, height=9.4, title=title)
    for (row, column), axis in np.ndenumerate(axes):
        axis.imshow(images[row, column], cmap=INTENSITY, vmin=0, vmax=1)
        remove_frame(axis)
        confidence = probabilities[row, column]
        axis.set_title(
            f"{100 * confidence:.1f} %",
            fontsize=6.5,
            pad=2,
            color="black" if confidence > 0.5 else COLOURS[1],
        )
    for row, axis in enumerate(axes[:, 0]):
        axis.set_ylabel(f"for {row}")
    for digit, axis in zip(look_alikes, axes[-1], strict=True):
        axis.set_xlabel(f"like {digit}")
    return figure


def draw_targeted_tables(
    tables: Mapping[str, tuple[NDArray[Any], ...]], look_alikes: Sequence[int]
) -> Figure:
    """Draw confidence and distance of every pair of target class and look-alike, for each start.

    Args:
        tables: by the name of the start, probabilities of the target (10, 10) and mean squared
            pixel distances to the look-alike (10, 10).
        look_alikes: the digits of the columns.
    """
    figure, axes = new_figure(
        len(tables), 2, width=8.6, height=3.8 * len(tables), title="Every target and look-alike"
    )
    greatest = max(distances.max() for _, distances in tables.values())
    for row, (name, (confidences, distances)) in zip(axes, tables.items(), strict=True):
        for axis, values, colours, limit, label, shown in (
            (row[0], confidences, PROBABILITY, 1, "probability of the target class", "{:.2f}"),
            (
                row[1],
                1000 * distances,
                AMOUNT,
                1000 * greatest,
                "1000 × MSE to the look-alike",
                "{:.0f}",
            ),
        ):
            image = axis.imshow(values, cmap=colours, vmin=0, vmax=limit)
            for (target, look_alike), value in np.ndenumerate(values):
                axis.text(
                    look_alike,
                    target,
                    shown.format(value),
                    ha="center",
                    va="center",
                    fontsize=6,
                    color="black" if value > 0.6 * limit else "white",
                )
            axis.set(
                title=f"start: {name}",
                xlabel="look-alike digit",
                ylabel="target class",
                xticks=range(len(look_alikes)),
                xticklabels=look_alikes,
                yticks=range(len(values)),
            )
            figure.colorbar(image, ax=axis, label=label, shrink=0.85)
    return figure


def draw_beta_tuning(
    betas: Sequence[float], tuning: Mapping[str, Sequence[Mapping[str, float | None]]], pairs: int
) -> Figure:
    """Draw how many pairs are solved at each beta or a larger one, and how near they then are.

    Args:
        betas: positive, in the order in which they were tried.
        tuning: by the name of the start, for each beta: solved (how many at this beta) and
            mean_mse (of those, None where there are none).
        pairs: how many there are in all.
    """
    figure, axes = new_figure(
        1, 2, width=8, height=3.2, sharex=True, title="The β that each pair needs"
    )
    for (name, points), colour in zip(tuning.items(), COLOURS, strict=False):
        reached = np.cumsum([point["solved"] for point in points])
        axes[0, 0].plot(betas, 100 * reached / pairs, "o-", color=colour, label=f"start: {name}")
        at = [index for index, point in enumerate(points) if point["solved"]]
        distances = [points[index]["mean_mse"] for index in at]
        axes[0, 1].plot([betas[index] for index in at], distances, "o-", color=colour)
    axes[0, 0].set(ylabel="solved at it or a larger one (%)", ylim=(-3, 103))
    axes[0, 0].legend(loc="lower left")
    axes[0, 1].set(ylabel="mean MSE of those solved at it", ylim=(0, None))
    for axis in axes[0]:
        axis.set_xscale("log")
        axis.set_xlabel("β (logits per mean squared pixel)")
        axis.grid(alpha=0.3)
    return figure

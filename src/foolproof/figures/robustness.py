"""Classification of adversarial photos under manipulations."""

from collections.abc import Mapping, Sequence
from textwrap import fill
from typing import Any

import numpy as np
from matplotlib.figure import Figure

from foolproof.compute.intervals import Interval, Rate
from foolproof.figures.predicted_image import PredictedImage, draw_predicted
from foolproof.figures.style import COLOURS, new_figure

FONT = 7

# Graded manipulations, with the unit of their strength.
STRENGTHS = {
    "rotation": "rotation (degrees)",
    "crop": "crop: share of each side (%)",
    "jpeg": "JPEG quality",
    "blur": "Gaussian blur: σ (pixels)",
    "noise": "Gaussian noise: σ (of 255)",
}
# Factors from the strengths in params.yaml to these units.
SCALES = {"crop": 100, "noise": 255}
# Their axes are inverted, so that the strength grows to the right.
DESCENDING = ("crop", "jpeg")

# Measures on the vertical axes.
VALUES = {
    "mean_probability": "mean probability (%)",
    "top1_rate": "photos classified as that class (%)",
}

Curves = Mapping[str, Mapping[float, Mapping[str, Mapping[str, Any]]]]
"""Measures by manipulation, strength as in params.yaml, and kind of photo."""

TARGET, TRUE, OTHER = COLOURS[1], COLOURS[0], "black"


def draw_manipulations(
    images: Mapping[str, Sequence[PredictedImage]],
    labels: Sequence[str],
    targets: Sequence[str] | None,
    *,
    title: str,
    origin: str,
) -> Figure:
    """Draw the predicted classes, a row for each photo and a column for each manipulation.

    Args:
        images: by manipulation, one for each photo.
        labels: names of the classes that the attacks start from.
        targets: names of the target classes; None for originals.
        title: of the figure.
        origin: of the labels: `true`, or `predicted` where no photo is correctly classified.
    """
    legend = f"blue: the {origin} class{'' if targets is None else '; orange: the target'}"
    figure, axes = new_figure(
        len(labels),
        len(images),
        width=1.28 * len(images),
        height=1.7 * len(labels) + 0.9,
        title=f"{title}\n{legend}",
    )
    for column, (name, pictures) in zip(axes.T, images.items(), strict=True):
        column[-1].set_xlabel(name)
        for row, (axis, picture) in enumerate(zip(column, pictures, strict=True)):
            colour = TRUE if picture.name == labels[row] else OTHER
            if targets is not None and picture.name == targets[row]:
                colour = TARGET
            draw_predicted(axis, picture, colour=colour, fontsize=FONT)
    for row, axis in enumerate(axes[:, 0]):
        name = labels[row] if targets is None else f"{labels[row]}\n→ {targets[row]}"
        axis.set_ylabel(name, fontsize=FONT)
    return figure


def draw_strengths(curves: Curves, series: Mapping[str, str]) -> Figure:
    """Draw mean probability and top-1 rate, with 95 % intervals, by strength of each manipulation.

    Args:
        curves: of the manipulations in `STRENGTHS`.
        series: kinds of photos, with their names in the legend; at most four.
    """
    figure, axes = new_figure(
        2, len(curves), width=1.28 * len(curves), height=4, title="", sharey="row"
    )
    for column, (manipulation, points) in zip(axes.T, curves.items(), strict=True):
        strengths = [SCALES.get(manipulation, 1) * strength for strength in points]
        for axis, value in zip(column, VALUES, strict=True):
            for (kind, name), marker in zip(series.items(), "osd^", strict=False):
                found = [_with_limits(point[kind][value]) for point in points.values()]
                heights, lows, highs = (100 * np.array(each) for each in zip(*found, strict=True))
                (line,) = axis.plot(strengths, heights, f"{marker}-", ms=3.5, lw=1.3, label=name)
                axis.fill_between(strengths, lows, highs, color=line.get_color(), alpha=0.13, lw=0)
            axis.grid(alpha=0.3)
            axis.set_ylim(-4, 104)
            axis.tick_params(labelsize=FONT)
            if manipulation in DESCENDING:
                axis.invert_xaxis()
        column[1].set_xlabel(fill(STRENGTHS[manipulation], 20), fontsize=FONT)
    for axis, label in zip(axes[:, 0], VALUES.values(), strict=True):
        axis.set_ylabel(fill(label, 18), fontsize=FONT)
    handles, names = axes[0, 0].get_legend_handles_labels()
    figure.legend(handles, names, loc="outside upper center", ncols=2, fontsize=FONT)
    return figure


def _with_limits(found: Interval | Rate) -> tuple[float, float, float]:
    """Take a mean or a share with the limits of its interval; a single value is its own limits."""
    if "low" in found:
        return found["value"], found["low"], found["high"]
    middle, half = found["mean"], found["ci95"] or 0
    return middle, max(middle - half, 0), min(middle + half, 1)


def strength_rows(curves: Curves, series: Mapping[str, str]) -> list[dict[str, Any]]:
    """List the points of `draw_strengths` in the units of its axes, for a CSV file."""
    return [
        {
            "manipulation": STRENGTHS[manipulation],
            "strength": SCALES.get(manipulation, 1) * strength,
            "series": name,
            "mean_probability": point[kind]["mean_probability"]["mean"],
            "ci95": point[kind]["mean_probability"]["ci95"],
            "top1_rate": point[kind]["top1_rate"]["value"],
            "top1": point[kind]["top1_rate"]["count"],
            "photos": point[kind]["top1_rate"]["n"],
        }
        for manipulation, points in curves.items()
        for kind, name in series.items()
        for strength, point in points.items()
    ]

"""Photos with their top classes."""

from collections.abc import Iterator, Sequence
from math import ceil
from typing import NamedTuple

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from foolproof.figures.show_predictions import RIGHT, WRONG
from foolproof.figures.style import draw_name, new_figure, percent, remove_frame

OTHER = "0.8"

SHEET = 20
"""Own photos in a figure at most: what a page holds."""


class Classified(NamedTuple):
    """A photo and its top classes."""

    name: str
    """Of its file."""

    pixels: NDArray[np.floating]
    """The input of the network, (S, S, 3), in [0, 1]."""

    label: str | None
    """The true class, where it is a class of the network; else None."""

    classes: Sequence[str]
    """The top classes, by descending probability."""

    probabilities: Sequence[float]
    """Of those classes."""


def draw_classified(photos: Sequence[Classified], *, architecture: str, columns: int = 5) -> Figure:
    """Draw each photo above the bars of its top classes.

    Colours mark the true class and a wrong top-1 class.

    Args:
        photos: all with the same number of classes.
        architecture: the network's name, for the title.
        columns: max number of photos in a row.
    """
    columns = min(columns, len(photos))
    rows = ceil(len(photos) / columns)
    top = len(photos[0].classes)
    side = max(1.9, 2.8 / columns)
    bars = 0.2 * top + 0.05
    figure, axes = new_figure(
        2 * rows,
        columns,
        width=side * columns,
        height=rows * (side + bars + 0.05) + 0.85,
        title="",
        height_ratios=[side, bars] * rows,
    )
    figure.suptitle(
        f"{architecture}: top-{top} classes\nblue: the true class; orange: a wrong top-1 class",
        fontsize=11 if columns > 1 else 7.5,
    )
    for axis in axes.flat:
        axis.set_axis_off()
    pairs = zip(axes[::2].flat, axes[1::2].flat, strict=True)
    for (above, below), photo in zip(pairs, photos, strict=False):
        above.imshow(photo.pixels)
        draw_name(above, photo.label or photo.name, length=24)
        _draw_bars(below, photo)
    return figure


def sheets_of(own: Sequence[Classified]) -> Iterator[tuple[str, Sequence[Classified]]]:
    """Split own photos into figures of a page each: own_001, own_002, ..., sorted as numbered."""
    for start in range(0, len(own), SHEET):
        yield f"own_{start // SHEET + 1:03}", own[start : start + SHEET]


def _draw_bars(axis: Axes, photo: Classified) -> None:
    """Draw bars from 0 to 1, labelled with probability and class."""
    positions = range(len(photo.classes))
    first = OTHER if photo.label is None else WRONG
    colours = [first] + [OTHER] * (len(photo.classes) - 1)
    if photo.label in photo.classes:
        colours[photo.classes.index(photo.label)] = RIGHT
    axis.barh(positions, photo.probabilities, height=0.9, color=colours, alpha=0.4)
    for position, name, probability in zip(
        positions, photo.classes, photo.probabilities, strict=True
    ):
        text = f"{percent(probability)}  {name}"
        axis.text(0.01, position, text, fontsize=8, va="center")
    axis.set_axis_on()
    remove_frame(axis)
    axis.spines["left"].set_visible(True)
    axis.set(xlim=(0, 1), ylim=(len(photo.classes) - 0.5, -0.5))

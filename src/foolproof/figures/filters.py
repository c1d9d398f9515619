"""Figures of convolutional filters."""

from collections.abc import Callable
from typing import Any

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray

from foolproof.figures.mosaic import mosaic
from foolproof.figures.style import SIGNED, new_figure

# Filters side by side on a sheet.
SHEET_COLUMNS = 8


def filter_sheet(filters: NDArray[np.floating], *, layer: str) -> Figure:
    """Draw each filter of a layer with one input channel, eight a row.

    Args:
        filters: weights (filters, 1, height, width); their number is a multiple of eight.
        layer: its name, for the title.
    """
    count, _, height, width = filters.shape
    rows = count // SHEET_COLUMNS
    figure, axes = new_figure(
        rows,
        SHEET_COLUMNS,
        width=7.2,
        height=0.7 + 0.88 * rows,
        title=f"The {count} filters of {layer}, {height} × {width} weights each",
    )
    limit = np.abs(filters).max()
    for axis in axes.flat:
        axis.set_axis_off()
    for number, (axis, (kernel,)) in enumerate(zip(axes.flat, filters, strict=True)):
        image = axis.imshow(kernel, cmap=SIGNED, vmin=-limit, vmax=limit)
        axis.set_title(f"filter {number}", fontsize=7, pad=2)
    figure.colorbar(image, ax=axes, label="weight", aspect=30)
    return figure


def filter_table(filters: NDArray[np.floating], *, layer: str) -> Figure:
    """Draw all kernels of a layer with many input channels as one table, a row a filter.

    The colours end at the 99th percentile of the magnitudes, as a few large weights would
    otherwise leave all others pale.

    Args:
        filters: weights (filters, channels, height, width).
        layer: its name, for the title.
    """
    count, channels, height, width = filters.shape
    figure, ((axis,),) = new_figure(
        width=7.2,
        height=0.8 + 5.6 * count / channels,
        title=f"The {count} filters of {layer}, each {channels} kernels of {height} × {width}",
    )
    limit = np.percentile(np.abs(filters), 99)
    image = axis.imshow(mosaic(filters), cmap=SIGNED, vmin=-limit, vmax=limit)
    axis.set_facecolor("0.6")
    _number(axis.set_xticks, channels, width)
    _number(axis.set_yticks, count, height)
    axis.set(xlabel="input channel", ylabel="filter")
    axis.spines[:].set_visible(False)
    axis.tick_params(length=0, labelsize=7)
    figure.colorbar(image, ax=axis, label="weight", aspect=40, extend="both")
    return figure


def _number(set_ticks: Callable[..., Any], tiles: int, side: int) -> None:
    """Put the number of every fourth tile of a mosaic at its middle."""
    numbers = range(0, tiles, 4)
    set_ticks([number * (side + 1) + (side - 1) / 2 for number in numbers], numbers)

"""Figures of filters and activations of a layer, and of their statistics by depth."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray

from foolproof.figures.mosaic import mosaic
from foolproof.figures.style import AMOUNT, COLOURS, INTENSITY, SIGNED, new_figure

# Filters or maps in a row of a sheet.
SHEET_COLUMNS = 16

# The charts by depth: key, title and axis label of the statistic, and its maximum possible value
# (of the frequency: along one axis).
QUANTITIES = (
    ("sparsity", "Sparsity", "share of exact zeros", 1),
    ("frequency", "Spatial frequency", "cycles per input pixel", 0.5),
    ("dead_channels", "Dead channels", "share of channels", 1),
    ("class_selectivity", "Class selectivity", "share of variance", 1),
)


def filter_sheet(filters: NDArray[np.floating], *, layer: str) -> Figure:
    """Draw each filter of a layer with one input channel, sixteen a row.

    Args:
        filters: weights (filters, 1, height, width); their number is a multiple of sixteen.
        layer: its name, for the title.
    """
    count, _, height, width = filters.shape
    rows = count // SHEET_COLUMNS
    figure, axes = new_figure(
        rows,
        SHEET_COLUMNS,
        width=6.4,
        height=0.4 + 0.5 * rows,
        title=f"The {count} filters of {layer}, {height} × {width} weights each",
    )
    limit = np.abs(filters).max()
    for axis in axes.flat:
        axis.set_axis_off()
    for number, (axis, (kernel,)) in enumerate(zip(axes.flat, filters, strict=True)):
        image = axis.imshow(kernel, cmap=SIGNED, vmin=-limit, vmax=limit)
        axis.set_title(str(number), fontsize=7, pad=2)
    bar = figure.colorbar(image, ax=axes, label="weight", aspect=12)
    bar.ax.tick_params(labelsize=7)
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
        width=3.6,
        height=0.7 + 2.8 * count / channels,
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


def activation_sheet(
    images: NDArray[np.floating],
    maps: NDArray[np.floating],
    *,
    titles: Sequence[str],
    layer: str,
) -> Figure:
    """Draw each image and all maps of a layer, sixteen a row, all on one scale.

    Args:
        images: pixels in [0, 1], (N, H, W).
        maps: activations (N, channels, height, width), a multiple of sixteen channels.
        titles: of the images, N of them.
        layer: its name, for the title.
    """
    count, channels, height, width = maps.shape
    rows = channels // SHEET_COLUMNS
    figure, axes = new_figure(
        count,
        2,
        width=6.4,
        height=0.4 + count * (0.06 + 0.34 * rows),
        title=f"Activations of {layer} after the ReLU: {channels} maps of {height} × {width}",
        width_ratios=(1, 8),
    )
    for axis in axes.flat:
        axis.set_axis_off()
    vmax = maps.max()
    for (left, right), image, image_maps, title in zip(axes, images, maps, titles, strict=True):
        left.imshow(image, cmap=INTENSITY, vmin=0, vmax=1)
        left.set_title(title, fontsize=7, pad=2)
        tiles = image_maps.reshape(rows, SHEET_COLUMNS, height, width)
        drawn = right.imshow(mosaic(tiles), cmap=AMOUNT, vmin=0, vmax=vmax)
    figure.colorbar(drawn, ax=axes, label="activation", aspect=40)
    return figure


def depth_chart(numbers: Mapping[str, Mapping[str, Any]]) -> Figure:
    """Draw the statistics by depth, a bar a layer, with their 95 % intervals.

    Args:
        numbers: an `Interval` or a `Rate` of each layer in the order of depth, by the keys of
            `QUANTITIES`.
    """
    figure, (axes,) = new_figure(
        1,
        len(QUANTITIES),
        width=6,
        height=1.9,
        title="What changes from the input to deeper layers",
    )
    for axis, (key, title, label, top) in zip(axes, QUANTITIES, strict=True):
        limits = [_limits(layer[key]) for layer in numbers.values()]
        values, below, above = zip(*limits, strict=True)
        bars = axis.bar(
            list(numbers), values, yerr=(below, above), capsize=2, color=COLOURS[0], ecolor="0.4"
        )
        axis.bar_label(bars, fmt="%.2f", fontsize=7)
        axis.set(title=title, ylabel=label, ylim=(0, top))
        axis.title.set_fontsize(8)
        axis.yaxis.label.set_fontsize(7)
        axis.tick_params(labelsize=7)
    return figure


def _limits(measured: Mapping[str, Any]) -> tuple[float, float, float]:
    """Give a value, and the lengths of its interval below and above; 0 for a single one."""
    if "mean" in measured:
        half = measured["ci95"] or 0.0
        return measured["mean"], half, half
    value = measured["value"]
    if measured["n"] == 1:
        return value, 0.0, 0.0
    return value, value - measured["low"], measured["high"] - value

"""Figures of activations: maps of a layer, and their numbers by depth."""

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray

from foolproof.figures.mosaic import mosaic
from foolproof.figures.style import AMOUNT, COLOURS, INTENSITY, new_figure

# Maps side by side on a sheet.
SHEET_COLUMNS = 8

# The charts by depth: the number's key, its title, the label of its axis, the largest possible
# value (of the frequency: along one axis).
QUANTITIES = (
    ("sparsity", "Sparsity", "share of exact zeros", 1),
    ("frequency", "Spatial frequency", "cycles per input pixel", 0.5),
    ("dead_channels", "Dead channels", "share of channels", 1),
    ("class_selectivity", "Class selectivity", "share of variance", 1),
)


def activation_sheet(
    images: NDArray[np.floating],
    maps: NDArray[np.floating],
    *,
    titles: Sequence[str],
    layer: str,
) -> Figure:
    """Draw each image beside all maps of a layer, eight a row, all on one scale.

    Args:
        images: pixels in [0, 1], (N, H, W).
        maps: activations (N, channels, height, width), a multiple of eight channels.
        titles: what each image shows, N of them.
        layer: its name, for the title.
    """
    count, channels, height, width = maps.shape
    rows = channels // SHEET_COLUMNS
    figure, axes = new_figure(
        count,
        2,
        width=7.2,
        height=0.8 + count * (0.1 + 0.6 * rows),
        title=f"Activations of {layer} after the ReLU: {channels} maps of {height} × {width}",
        width_ratios=(1, 4),
    )
    for axis in axes.flat:
        axis.set_axis_off()
    highest = maps.max()
    for (left, right), image, image_maps, title in zip(axes, images, maps, titles, strict=True):
        left.imshow(image, cmap=INTENSITY, vmin=0, vmax=1)
        left.set_title(title)
        tiles = image_maps.reshape(rows, SHEET_COLUMNS, height, width)
        drawn = right.imshow(mosaic(tiles), cmap=AMOUNT, vmin=0, vmax=highest)
    figure.colorbar(drawn, ax=axes, label="activation", aspect=40)
    return figure


def depth_chart(numbers: Mapping[str, Mapping[str, float]]) -> Figure:
    """Draw what changes with depth, a bar a layer.

    Args:
        numbers: of each layer in the order of depth, by the keys of `QUANTITIES`.
    """
    figure, (axes,) = new_figure(
        1,
        len(QUANTITIES),
        width=7.2,
        height=2.4,
        title="What changes from the input to deeper layers",
    )
    for axis, (key, title, label, top) in zip(axes, QUANTITIES, strict=True):
        bars = axis.bar(list(numbers), [layer[key] for layer in numbers.values()], color=COLOURS[0])
        axis.bar_label(bars, fmt="%.2f", fontsize=7)
        axis.set(title=title, ylabel=label, ylim=(0, top))
        axis.tick_params(labelsize=7)
    return figure

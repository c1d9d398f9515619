"""The ordinary MNIST networks and the robust one side by side."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.layout_engine import ConstrainedLayoutEngine
from numpy.typing import NDArray

from foolproof.figures.mosaic import mosaic
from foolproof.figures.style import (
    PROBABILITY,
    SIGNED,
    draw_pixels,
    new_figure,
    remove_frame,
)

NETWORKS = {
    "nobn": "without batch norm",
    "bn": "with batch norm",
    "robust": "adversarial training",
}
"""Names in the figures by those in the metrics."""

Pictures = NDArray[Any]

# Filters in a row of a network's part.
FILTER_COLUMNS = 8


def draw_filters(filters: Mapping[str, Pictures]) -> Figure:
    """Draw the filters (N, height, width) of the first convolution of each network, on one scale.

    Args:
        filters: by network; N is a multiple of eight.
    """
    figure, axes = new_figure(
        1, len(filters), width=6.4, height=1.6, title="The filters of the first convolution"
    )
    figure.set_layout_engine(ConstrainedLayoutEngine(wspace=0.08))
    limit = max(np.abs(each).max() for each in filters.values())
    for axis, (name, each) in zip(axes[0], filters.items(), strict=True):
        tiles = mosaic(each.reshape(-1, FILTER_COLUMNS, *each.shape[1:]))
        drawn = axis.imshow(tiles, cmap=SIGNED, vmin=-limit, vmax=limit)
        remove_frame(axis)
        axis.set_title(NETWORKS[name])
    figure.colorbar(drawn, ax=axes, label="weight", shrink=0.8)
    return figure


def draw_occlusion(digits: Pictures, maps: Mapping[str, Pictures]) -> Figure:
    """Draw digits (N, H, W), and below them each network's probability of the class (N, H, W).

    Args:
        digits: pixels in [0, 1].
        maps: by the position of the patch's centre, by network.
    """
    figure, axes = _rows(
        ["image", *(NETWORKS[name] for name in maps)],
        len(digits),
        title="Probability of the class while a patch is centred on each pixel",
    )
    for axis, digit in zip(axes[0], digits, strict=True):
        draw_pixels(axis, digit)
    for row, of_network in zip(axes[1:], maps.values(), strict=True):
        for axis, digit, probabilities in zip(row, digits, of_network, strict=True):
            drawn = axis.imshow(probabilities, cmap=PROBABILITY, vmin=0, vmax=1)
            axis.contour(digit, [0.5], colors="white", linewidths=0.4)
            remove_frame(axis)
    figure.colorbar(drawn, ax=axes, label="probability of the class", aspect=40)
    return figure


def draw_class_images(
    images: Mapping[str, Pictures], nearest: Mapping[str, Sequence[int]]
) -> Figure:
    """Draw the class-maximizing images, a row a network and a column a class.

    Args:
        images: pixels (classes, H, W) in [0, 1], by network.
        nearest: class of the nearest training digits of each, by network.
    """
    figure, axes = _rows(
        [NETWORKS[name] for name in images],
        len(next(iter(images.values()))),
        title="Class-maximizing images from a nearly uniform grey",
    )
    for row, (name, pictures) in zip(axes, images.items(), strict=True):
        for axis, picture, near in zip(row, pictures, nearest[name], strict=True):
            draw_pixels(axis, picture)
            axis.set_title(f"nearest {near}", fontsize=7, pad=2)
    for digit, axis in enumerate(axes[-1]):
        axis.set_xlabel(f"class {digit}", fontsize=7)
    return figure


def draw_targeted(
    digit: Pictures, images: Mapping[str, Pictures], targets: Sequence[int]
) -> Figure:
    """Draw a digit (H, W), and each network's images (targets, H, W) near it.

    Args:
        digit: pixels in [0, 1].
        images: pixels in [0, 1], by network.
        targets: class that each is optimized for.
    """
    figure, axes = _rows(
        [NETWORKS[name] for name in images],
        1 + len(targets),
        title="Images near one digit, classified as another",
    )
    for row, pictures in zip(axes, images.values(), strict=True):
        for axis, picture in zip(row, (digit, *pictures), strict=True):
            draw_pixels(axis, picture)
    for axis, label in zip(axes[0], ["digit", *(f"target {t}" for t in targets)], strict=True):
        axis.set_title(label, fontsize=7.5)
    return figure


def draw_noise(digits: Pictures, images: Mapping[str, Pictures], targets: Sequence[int]) -> Figure:
    """Draw digits (N, H, W), and below them their sums with the noise of each network (N, H, W).

    Args:
        digits: pixels in [0, 1].
        images: pixels in [0, 1], by network.
        targets: class that each is optimized for.
    """
    figure, axes = _rows(
        ["image", *(NETWORKS[name] for name in images)],
        len(digits),
        title="Digits with the smallest noise towards another class",
    )
    for row, pictures in zip(axes, (digits, *images.values()), strict=True):
        for axis, picture in zip(row, pictures, strict=True):
            draw_pixels(axis, picture)
    for axis, target in zip(axes[0], targets, strict=True):
        axis.set_title(f"target {target}", fontsize=7.5)
    return figure


def _rows(labels: Sequence[str], columns: int, *, title: str) -> tuple[Figure, NDArray[Any]]:
    """Make a figure with a labelled row of pictures for each label."""
    figure, axes = new_figure(
        len(labels), columns, width=6.4, height=0.68 * len(labels) + 0.5, title=title
    )
    for axis, label in zip(axes[:, 0], labels, strict=True):
        _label(axis, label)
    return figure, axes


def _label(axis: Axes, label: str) -> None:
    axis.set_ylabel(label.replace(" ", "\n", 1), fontsize=7, rotation=0, ha="right", va="center")

"""Figures of occlusion maps of photos, and of deletion curves."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import torch
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray
from torch import Tensor

from foolproof.compute.intervals import mean_with_interval
from foolproof.explain.deletion import Order
from foolproof.figures.style import (
    COLOURS,
    INTENSITY,
    PROBABILITY,
    draw_name,
    new_figure,
    remove_frame,
)


def draw_occlusion_maps(
    photos: Sequence[tuple[str, NDArray[Any], Sequence[Tensor]]],
    blocks: Sequence[tuple[int, int]],
    *,
    fill: float,
    title: str,
) -> Figure:
    """Draw each photo, and over it the probability of its class by the centre of the block.

    Args:
        photos: name, pixels (S, S, 3) and a map for each block, in [0, 1].
        blocks: side and stride of each, in pixels.
        fill: value of a block's pixels, in [0, 1].
        title: of the figure.
    """
    figure, axes = new_figure(
        len(photos),
        1 + len(blocks),
        width=1.4 * (1 + len(blocks)),
        height=1.5 * len(photos) + 0.9,
        title=f"{title}: probability of the class while a block of value {fill:g} covers it",
    )
    for row, (name, pixels, maps) in zip(axes, photos, strict=True):
        row[0].imshow(pixels)
        row[0].set_title(name, fontsize=8)
        remove_frame(row[0])
        side = len(pixels)
        for axis, probabilities, (size, stride) in zip(row[1:], maps, blocks, strict=True):
            half = stride / 2
            edge = probabilities.shape[0] * stride - half - 0.5
            axis.imshow(pixels.mean(2), cmap=INTENSITY, vmin=-1, vmax=1)  # bright, below colours
            image = axis.imshow(
                probabilities.cpu().numpy(),
                extent=(-half - 0.5, edge, edge, -half - 0.5),
                cmap=PROBABILITY,
                alpha=0.65,
                vmin=0,
                vmax=1,
            )
            axis.set(xlim=(-0.5, side - 0.5), ylim=(side - 0.5, -0.5))
            axis.set_title(f"block {size}, stride {stride}", fontsize=8)
            remove_frame(axis)
    bar = figure.colorbar(image, ax=axes, location="bottom", shrink=0.5, aspect=40)
    bar.set_label("probability of the class", fontsize=8)
    bar.ax.tick_params(labelsize=7)
    return figure


def draw_deletion(
    curves: Sequence[tuple[str, Mapping[Order, Sequence[Tensor]]]],
    scored: Mapping[Order, Tensor],
    orders: Mapping[Order, str],
    *,
    title: str,
) -> Figure:
    """Draw the mean probability of photos' classes while their tiles are deleted, and examples.

    Args:
        curves: of each example its title and, by the order, one or more curves, (T + 1,).
        scored: one curve for each of N photos, (N, T + 1), by the order.
        orders: their names in the figure.
        title: of the figure.
    """
    figure, axes = new_figure(
        1,
        1 + len(curves),
        width=6.4,
        height=2.8,
        title=f"{title}: deleting tiles of a photo one after the other",
        sharey=True,
    )
    for colour, (order, text) in zip(COLOURS, orders.items(), strict=False):
        points = [mean_with_interval(step.tolist()) for step in scored[order].T]
        means = np.array([point["mean"] for point in points])
        halves = np.array([point["ci95"] or 0 for point in points])
        lows, highs = np.clip(means - halves, 0, 1), np.clip(means + halves, 0, 1)
        _draw_curve(axes[0, 0], means, lows, highs, colour, text)
        for axis, (_, of_photo) in zip(axes[0, 1:], curves, strict=True):
            stacked = torch.stack(list(of_photo[order])).numpy()
            _draw_curve(axis, stacked.mean(0), stacked.min(0), stacked.max(0), colour, text)
    photos = len(next(iter(scored.values())))
    mean_title = f"mean of {photos} photos,\n95 % interval" if photos > 1 else "one photo"
    for axis, name in zip(axes[0], [mean_title, *(name for name, _ in curves)], strict=True):
        axis.set(ylim=(-0.03, 1.03))
        draw_name(axis, name, fontsize=8)
        axis.set_xlabel("tiles deleted (%)", fontsize=8)
        axis.tick_params(labelsize=7)
        axis.grid(alpha=0.3)
    axes[0, 0].set_ylabel("probability of the class", fontsize=8)
    axes[0, 0].legend(fontsize=7, loc="upper left", bbox_to_anchor=(-0.1, -0.3))
    return figure


def _draw_curve(
    axis: Axes,
    middle: NDArray[Any],
    low: NDArray[Any],
    high: NDArray[Any],
    colour: str,
    label: str,
) -> None:
    share = 100 * np.linspace(0, 1, len(middle))
    axis.plot(share, middle, color=colour, label=label)
    axis.fill_between(share, low, high, color=colour, alpha=0.15, lw=0)

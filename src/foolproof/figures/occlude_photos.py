"""Figures of occlusion maps of photos, and of deletion curves."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import torch
from matplotlib.figure import Figure
from numpy.typing import NDArray
from torch import Tensor

from foolproof.explain.deletion import Order
from foolproof.figures.style import COLOURS, new_figure, remove_frame


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
        width=2.3 * (1 + len(blocks)),
        height=2.6 * len(photos) + 0.9,
        title=f"{title}\nprobability of the class while a block of value {fill:g} covers it",
    )
    for row, (name, pixels, maps) in zip(axes, photos, strict=True):
        row[0].imshow(pixels)
        row[0].set_title(name, fontsize=9)
        remove_frame(row[0])
        side = len(pixels)
        for axis, probabilities, (size, stride) in zip(row[1:], maps, blocks, strict=True):
            half = stride / 2
            edge = probabilities.shape[0] * stride - half - 0.5
            axis.imshow(pixels.mean(2), cmap="grey", vmin=0, vmax=1)
            image = axis.imshow(
                probabilities.cpu().numpy(),
                extent=(-half - 0.5, edge, edge, -half - 0.5),
                cmap="viridis",
                alpha=0.65,
                vmin=0,
            )
            axis.set(xlim=(-0.5, side - 0.5), ylim=(side - 0.5, -0.5))
            axis.set_title(f"block {size}, stride {stride}", fontsize=9)
            remove_frame(axis)
            figure.colorbar(image, ax=axis, shrink=0.75)
    return figure


def draw_deletion(
    curves: Sequence[tuple[str, Mapping[Order, Sequence[Tensor]]]],
    orders: Mapping[Order, str],
    *,
    title: str,
) -> Figure:
    """Draw the probability of each photo's class while its tiles are deleted.

    Args:
        curves: title of each photo and, by the order, one or more curves, (T + 1,).
        orders: their names in the figure.
        title: of the figure.
    """
    figure, axes = new_figure(
        1,
        len(curves),
        width=3.2 * len(curves) + 0.6,
        height=3.6,
        title=f"{title}: deleting tiles of a photo one after the other",
        sharey=True,
    )
    for axis, (photo, of_photo) in zip(axes[0], curves, strict=True):
        for colour, (order, text) in zip(COLOURS, orders.items(), strict=False):
            stacked = torch.stack(list(of_photo[order])).numpy()
            share = 100 * np.linspace(0, 1, stacked.shape[1])
            axis.plot(share, stacked.mean(0), color=colour, label=text)
            if len(stacked) > 1:
                axis.fill_between(
                    share, stacked.min(0), stacked.max(0), color=colour, alpha=0.15, lw=0
                )
        axis.set(title=photo, xlabel="tiles deleted (%)", ylim=(-0.03, 1.03))
        axis.grid(alpha=0.3)
    axes[0, 0].set_ylabel("probability of the class")
    axes[0, 0].legend(fontsize=8)
    return figure

"""Figures of occlusion maps, and of the drop of the probability by the size of the patch."""

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray

from foolproof.compute.intervals import Interval
from foolproof.figures.style import COLOURS, INTENSITY, PROBABILITY, new_figure

SHOWN = slice(1, None, 2)
"""Sides of the patch that are drawn, of all; where there is only one, that."""

PLACES = {"ink": "on_ink", "background": "on_background"}
"""Where a patch is centred, and the name of the drop there."""


def occlusion_sheet(
    images: NDArray[np.floating],
    maps: Mapping[str, Mapping[int, NDArray[np.floating]]],
    *,
    titles: Sequence[str],
) -> Figure:
    """Draw each image and its maps, a column a kind of patch, with the digit's outline.

    Args:
        images: pixels in [0, 1], (N, H, W).
        maps: probabilities (N, H, W) of each image's class, by the shade of the patch and its side
            in pixels; every other side is drawn.
        titles: the class of each image, N of them.
    """
    drawn_maps = {
        f"{shade}\n{size} × {size}": by_size[size]
        for shade, by_size in maps.items()
        for size in list(by_size)[SHOWN] or by_size
    }
    figure, axes = new_figure(
        len(images),
        1 + len(drawn_maps),
        width=4,
        height=0.8 + 0.46 * max(len(images), 3),
        title="",
    )
    for axis in axes.flat:
        axis.set(xticks=[], yticks=[])
        axis.spines[:].set_visible(False)
    axes[0, 0].set_title("image", fontsize=7)
    for axis, image, title in zip(axes[:, 0], images, titles, strict=True):
        axis.imshow(image, cmap=INTENSITY, vmin=0, vmax=1)
        axis.set_ylabel(title, fontsize=7)
    for (title, of_kind), column in zip(drawn_maps.items(), axes.T[1:], strict=True):
        column[0].set_title(title, fontsize=7)
        for axis, image, probabilities in zip(column, images, of_kind, strict=True):
            drawn = axis.imshow(probabilities, cmap=PROBABILITY, vmin=0, vmax=1)
            axis.contour(image, [0.5], colors="white", linewidths=0.4)
    axes[-1, 0].set_xlabel("x (pixel)", fontsize=7)
    axes[-1, 0].set_xticks(_ends(images.shape[2]))
    axes[-1, 0].set_yticks(_ends(images.shape[1]))
    axes[-1, 0].tick_params(labelsize=7)
    bar = figure.colorbar(drawn, ax=axes, location="bottom", aspect=40, shrink=0.8)
    bar.set_label("probability of the class", fontsize=8)
    bar.ax.tick_params(labelsize=7)
    return figure


def _ends(side: int) -> list[int]:
    """Choose the first and the last pixel."""
    return [0, side - 1]


def ink_curves(drops: Mapping[str, Mapping[str, Mapping[str, Interval]]]) -> Figure:
    """Draw the drop of the probability by patches on the digit and beside it, by their size.

    Args:
        drops: mean drops `on_ink` and `on_background` with their intervals, by the patch's colour
            and size.
    """
    sizes = [int(size) for size in next(iter(drops.values()))]
    figure, ((axis,),) = new_figure(
        width=7.2, height=3, title="Covering the digit and covering the background"
    )
    for (patch, by_size), line in zip(drops.items(), ("-", "--"), strict=False):
        for (place, name), colour in zip(PLACES.items(), COLOURS, strict=False):
            found = [by_size[str(size)][name] for size in sizes]
            axis.errorbar(
                sizes,
                [each["mean"] for each in found],
                [each["ci95"] or 0 for each in found],
                linestyle=line,
                color=colour,
                marker="o",
                markersize=3,
                capsize=2,
                label=f"{patch} patch centred on {place}",
            )
    number = found[0]["n"]
    axis.set(xlabel="side of the patch (pixels)", ylabel="mean drop of probability")
    axis.set_xticks(sizes)
    axis.legend(loc="upper left", bbox_to_anchor=(1, 1), title=f"95 % intervals, n = {number}")
    return figure

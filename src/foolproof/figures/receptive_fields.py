"""Figures of receptive fields."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator, StrMethodFormatter
from numpy.typing import NDArray

from foolproof.figures.style import AMOUNT, COLOURS, new_figure

Values = NDArray[np.floating]

# Above this share of the maximum count the text is black on a bright colour.
BRIGHT = 0.6
MARKERS = "osD^vP*X"


class Field(NamedTuple):
    """A chain's receptive field."""

    name: str
    """The chain's name and layers."""

    kernel: Values
    """The number of paths from each pixel to the neuron, (side, side)."""


def draw_fields(fields: Sequence[Field]) -> Figure:
    """Draw the chains' composed kernels side by side, on one scale of pixels."""
    figure, (axes,) = new_figure(
        1,
        len(fields),
        width=6.4,
        height=2.4,
        title="Number of paths from each pixel to the neuron",
        sharex=True,
        sharey=True,
    )
    reach = max(len(field.kernel) for field in fields) / 2 + 0.1
    for axis, field in zip(axes, fields, strict=True):
        _draw_kernel(axis, field.kernel)
        side = len(field.kernel)
        axis.set_title(f"{field.name}\n{side} × {side} pixels", fontsize=8)
        axis.set_xlabel("column (pixels)", fontsize=8)
        axis.set(xlim=(-reach, reach), ylim=(reach, -reach), aspect="equal")
    axes[0].set_ylabel("row (pixels)", fontsize=8)
    for axis in axes:
        axis.spines[:].set_visible(False)
        axis.set(xticks=range(-4, 5, 2), yticks=range(-4, 5, 2))
        axis.tick_params(length=0, labelsize=7)
    return figure


def _draw_kernel(axis: Axes, kernel: Values) -> None:
    half = len(kernel) / 2
    axis.imshow(kernel, cmap=AMOUNT, vmin=0, extent=(-half, half, half, -half))
    for (row, column), paths in np.ndenumerate(kernel):
        axis.text(
            column - half + 0.5,
            row - half + 0.5,
            f"{paths:.0f}",
            ha="center",
            va="center_baseline",
            fontsize=6.5,
            color="black" if paths > BRIGHT * kernel.max() else "white",
        )


def draw_growth(sides: Mapping[int, Sequence[int]], *, kernel: int) -> Figure:
    """Draw the receptive field against the number of layers, a line for each stride.

    Args:
        sides: by stride, for one layer, two, ...
        kernel: side of every layer's kernel.
    """
    layers = range(1, max(map(len, sides.values())) + 1)
    figure, ((axis,),) = new_figure(
        width=3.4,
        height=2.7,
        title=f"{kernel} × {kernel} convolutions with the same stride $s$",
    )
    for number, (stride, values) in enumerate(sides.items()):
        colour, marker = COLOURS[number % len(COLOURS)], MARKERS[number % len(MARKERS)]
        axis.plot(layers, values, marker=marker, color=colour, lw=1.2, ms=4)
        axis.annotate(
            f"$s = {stride}$",
            (layers[-1], values[-1]),
            xytext=(8, 0),
            textcoords="offset points",
            va="center_baseline",
            color=colour,
            annotation_clip=False,
        )
    axis.set_yscale("log")
    axis.yaxis.set_major_locator(FixedLocator(_readable_ticks(max(map(max, sides.values())))))
    axis.yaxis.set_major_formatter(StrMethodFormatter("{x:,.0f}"))
    axis.minorticks_off()
    axis.grid(axis="y", color="0.9", lw=0.6)
    axis.set(
        xlabel="number of layers",
        ylabel="side of the receptive field (pixels)",
        xticks=layers,
    )
    return figure


def _readable_ticks(largest: int) -> list[int]:
    """List 1, 3, 10, 30, ... up to the largest value and one more."""
    ticks = [1]
    while ticks[-1] < largest:
        power, odd = divmod(len(ticks), 2)
        ticks.append((3 if odd else 1) * 10**power)
    return ticks

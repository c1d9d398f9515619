"""Figures of one neuron: surfaces over weight and bias, their slice, and descents on them."""

from collections.abc import Mapping, Sequence
from itertools import cycle
from typing import Any, NamedTuple

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray

from foolproof.figures.style import AMOUNT, COLOURS, SIGNED, new_figure


class Surface(NamedTuple):
    """What is drawn over weight and bias."""

    title: str
    label: str
    """Of the vertical axis."""

    values: NDArray[np.floating]
    """(points, points), rows for biases."""

    signed: bool = False
    """Whether the colours are symmetric around zero."""


def draw_surfaces(
    rows: Sequence[Sequence[Surface | None]],
    weight: NDArray[np.floating],
    bias: NDArray[np.floating],
    *,
    title: str,
) -> Figure:
    """Draw surfaces in three dimensions, all of them over the same weights and biases.

    Args:
        rows: of equal length, from top to bottom; None leaves a place empty.
        weight: (points, points).
        bias: (points, points).
        title: of the figure.
    """
    width = 3.4 * len(rows[0]) + 0.6
    figure, axes = new_figure(
        len(rows),
        len(rows[0]),
        width=width,
        height=3.3 * len(rows) + 0.4,
        title=title,
        subplot_kw={"projection": "3d"},
    )
    # The layout does not see how far the label of a vertical axis stands out to the right.
    figure.set_layout_engine("constrained", rect=(0, 0, 1 - 0.35 / width, 1), w_pad=0.2)
    for row, surfaces in zip(axes, rows, strict=True):
        for axis, surface in zip(row, surfaces, strict=True):
            if surface is None:
                axis.set_axis_off()
            else:
                _draw_surface(axis, surface, weight, bias)
    return figure


def _draw_surface(
    axis: Any, surface: Surface, weight: NDArray[np.floating], bias: NDArray[np.floating]
) -> None:
    greatest = np.abs(surface.values).max()
    axis.plot_surface(
        weight,
        bias,
        surface.values,
        cmap=SIGNED if surface.signed else AMOUNT,
        vmin=-greatest if surface.signed else 0,
        vmax=greatest,
        rcount=41,
        ccount=41,
        linewidth=0.2,
        edgecolor=(0, 0, 0, 0.4),
    )
    ticks = np.linspace(weight.min(), weight.max(), 5)
    # A background would hide what the axis to its left has beside its vertical axis.
    axis.patch.set_visible(False)
    axis.set(xlabel="weight w", ylabel="bias b", xticks=ticks, yticks=ticks)
    axis.set_title(surface.title, y=0.97)
    axis.set_zlabel(surface.label, labelpad=8)
    axis.tick_params(labelsize=7.5, pad=1)
    axis.tick_params(axis="z", pad=5)
    axis.locator_params(axis="z", nbins=8)
    # From the side of positive weights and negative biases, so that w + b grows to the right.
    axis.view_init(elev=28, azim=-68)
    axis.set_box_aspect((1, 1, 0.8), zoom=0.95)


def draw_slice(
    sums: NDArray[np.floating],
    losses: Mapping[str, NDArray[np.floating]],
    gradients: Mapping[str, NDArray[np.floating]],
    *,
    steepest: float,
) -> Figure:
    """Draw losses and absolute gradients against w + b.

    Args:
        sums: w + b, (N,).
        losses: by name, (N,).
        gradients: by the same names, (N,).
        steepest: the |w + b| where the first loss has its greatest gradient.
    """
    figure, axes = new_figure(
        1, 2, width=8.4, height=3.6, title="Both losses of a sigmoid neuron along w + b"
    )
    for (name, loss), gradient, colour in zip(
        losses.items(), gradients.values(), COLOURS, strict=False
    ):
        axes[0, 0].plot(sums, loss, color=colour, label=name)
        size = np.abs(gradient)
        # The zero at the minimum is a gap, not a needle as deep as the sampling is fine.
        axes[0, 1].plot(sums, np.where(size > 0, size, np.nan), color=colour, label=name)
    for side in (-steepest, steepest):
        line = axes[0, 1].axvline(side, color=COLOURS[0], lw=1, ls=":")
    line.set_label(f"|w + b| = {steepest:.2f}")
    axes[0, 0].set(ylabel="loss", title="loss")
    axes[0, 1].set(yscale="log", ylabel="|d loss / dw|", title="size of the gradient (log scale)")
    for axis in axes[0]:
        axis.set(xlabel="w + b")
        axis.grid(alpha=0.3)
    handles, labels = axes[0, 1].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower center", ncols=3)
    return figure


def draw_descent(
    errors: Mapping[str, NDArray[np.floating]], sums: Sequence[float], *, tolerance: float
) -> Figure:
    """Draw the errors of gradient descents against the step: a line style a loss, a colour a start.

    Args:
        errors: by the name of the loss, |output - target|, (steps + 1, starts).
        sums: w + b of the starts.
        tolerance: the error that counts as converged.
    """
    figure, axes = new_figure(
        width=7.6, height=3.7, title="Gradient descent from the same starts under either loss"
    )
    axis = axes[0, 0]
    for (name, curves), style in zip(errors.items(), ("--", "-"), strict=True):
        for at, curve, colour in zip(sums, curves.T, cycle(COLOURS), strict=False):
            axis.plot(curve, style, color=colour, label=f"{name}, from w + b = {at:g}")
    axis.axhline(tolerance, color="0.4", lw=1, ls=":", label=f"converged: {tolerance:g}")
    axis.set_xscale("symlog", linthresh=1)
    axis.set(xlabel="step", ylabel="|output − target|", xlim=(0, None), ylim=(0, None))
    axis.grid(alpha=0.3)
    figure.legend(loc="outside right center", fontsize=8)
    return figure

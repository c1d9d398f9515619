"""Figures of one neuron: surfaces over weight and bias, a slice, and gradient descent."""

from collections.abc import Mapping, Sequence
from itertools import cycle
from typing import Any, NamedTuple

import numpy as np
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from numpy.typing import NDArray

from foolproof.figures.style import AMOUNT, COLOURS, SIGNED, new_figure

Values = NDArray[np.floating]

LOSS_NAMES = {"l2": "L2", "cross_entropy": "cross-entropy"}

# Widths on the page, in inches: of one surface beside its text, of a row of three,
# of the slice, and of the descents beside their text.
SINGLE, ROW = 2.6, 6.46
SLICE, DESCENT = 5.5, 3.1
FONT = 7

# Titles, and labels of the vertical axes, by the names of toys.surfaces.
SIGMOID = {
    "output": ("Output\n" r"$\hat{y} = \sigma(w + b)$", r"$\hat{y}$"),
    "l2": ("L2 loss\n" r"$L_2 = (\hat{y} - \frac{1}{2})^2$", "$L_2$"),
    "l2_gradient": (
        "Gradient of the L2 loss\n"
        r"$\partial L_2 / \partial w = 2 (\hat{y} - \frac{1}{2})\, \hat{y}\, (1 - \hat{y})$",
        r"$\partial L_2 / \partial w$",
    ),
    "cross_entropy": (
        "Cross-entropy\n"
        r"$L_{CE} = -\frac{1}{2} \ln\, \hat{y} - \frac{1}{2} \ln(1 - \hat{y})$",
        "$L_{CE}$ (nats)",
    ),
    "cross_entropy_gradient": (
        "Gradient of the cross-entropy\n"
        r"$\partial L_{CE} / \partial w = \hat{y} - \frac{1}{2}$",
        r"$\partial L_{CE} / \partial w$",
    ),
}
RELU = {
    "output": ("Output\n" r"$\hat{y} = \max(w + b, 0)$", r"$\hat{y}$"),
    "l2": SIGMOID["l2"],
    "l2_gradient": (
        "Gradient of the L2 loss\n"
        r"$\partial L_2 / \partial w = 2 (\hat{y} - \frac{1}{2})$ where $w + b > 0$, else 0",
        r"$\partial L_2 / \partial w$",
    ),
}


class Surface(NamedTuple):
    """One surface over weight and bias."""

    title: str
    label: str
    """Of the vertical axis."""

    values: Values
    """(points, points), a row for each bias."""

    signed: bool = False
    """Whether the colours are symmetric around zero."""


def draw_sigmoid(weight: Values, bias: Values, surfaces: Mapping[str, Values]) -> dict[str, Figure]:
    """Draw each surface of the sigmoid neuron, and all of them as `surfaces`.

    Args:
        weight: (points, points).
        bias: (points, points).
        surfaces: by the keys of SIGMOID, (points, points).
    """
    output, l2, l2_gradient, cross_entropy, cross_entropy_gradient = made = _labelled(
        SIGMOID, surfaces
    )
    figures = {
        name: draw_surfaces([[surface]], weight, bias, width=SINGLE)
        for name, surface in zip(SIGMOID, made, strict=True)
    }
    rows: list[list[Surface | None]] = [
        [output, l2, l2_gradient],
        [None, cross_entropy, cross_entropy_gradient],
    ]
    return figures | {"surfaces": draw_surfaces(rows, weight, bias, width=ROW)}


def draw_relu(weight: Values, bias: Values, surfaces: Mapping[str, Values]) -> Figure:
    """Draw the surfaces of the neuron with a ReLU, by the keys of RELU, side by side."""
    return draw_surfaces([_labelled(RELU, surfaces)], weight, bias, width=ROW)


def _labelled(
    texts: Mapping[str, tuple[str, str]], surfaces: Mapping[str, Values]
) -> list[Surface]:
    return [
        Surface(title, label, surfaces[name], signed=name.endswith("_gradient"))
        for name, (title, label) in texts.items()
    ]


def draw_surfaces(
    rows: Sequence[Sequence[Surface | None]],
    weight: Values,
    bias: Values,
    *,
    width: float,
) -> Figure:
    """Draw surfaces in three dimensions, all of them over the same weights and biases.

    Args:
        rows: of equal length, from top to bottom; None leaves a place empty.
        weight: (points, points).
        bias: (points, points).
        width: of the figure, in inches.
    """
    side = width / len(rows[0])
    figure, axes = new_figure(
        len(rows),
        len(rows[0]),
        width=width,
        height=0.93 * side * len(rows),
        title="",
        subplot_kw={"projection": "3d"},
    )
    # The constrained layout ignores the labels of vertical axes, which extend to the right.
    figure.set_layout_engine("constrained", rect=(0, 0, 1 - 0.2 / width, 1), w_pad=0.1)
    for row, surfaces in zip(axes, rows, strict=True):
        for axis, surface in zip(row, surfaces, strict=True):
            if surface is None:
                axis.set_axis_off()
            else:
                _draw_surface(axis, surface, weight, bias)
    return figure


def _draw_surface(axis: Any, surface: Surface, weight: Values, bias: Values) -> None:
    largest = np.abs(surface.values).max()
    axis.plot_surface(
        weight,
        bias,
        surface.values,
        cmap=SIGNED if surface.signed else AMOUNT,
        vmin=-largest if surface.signed else 0,
        vmax=largest,
        rcount=41,
        ccount=41,
        linewidth=0.2,
        edgecolor=(0, 0, 0, 0.4),
    )
    ticks = np.linspace(weight.min(), weight.max(), 5)
    # An opaque background would cover the vertical axis label of the panel to its left.
    axis.patch.set_visible(False)
    axis.set(xticks=ticks, yticks=ticks)
    axis.set_title(surface.title, y=0.97, fontsize=FONT)
    axis.set_xlabel("weight w", labelpad=-6, fontsize=FONT)
    axis.set_ylabel("bias b", labelpad=-6, fontsize=FONT)
    axis.set_zlabel(surface.label, labelpad=-3, fontsize=FONT)
    axis.tick_params(labelsize=FONT, pad=-3)
    axis.tick_params(axis="z", pad=0)
    axis.locator_params(axis="z", nbins=6)
    # Nearly along the lines w + b = const, which shows both flanks; w + b grows to the right.
    axis.view_init(elev=30, azim=-52)
    axis.set_box_aspect((1, 1, 0.8), zoom=0.95)


def draw_slice(sums: Values, surfaces: Mapping[str, Values], *, max_at: float) -> Figure:
    """Draw both losses and their absolute gradients against w + b.

    Args:
        sums: w + b, (N,).
        surfaces: the losses by the keys of LOSS_NAMES, and their gradients, `l2_gradient`, (N,).
        max_at: the |w + b| of the maximum of the L2 loss's gradient.
    """
    figure, axes = new_figure(1, 2, width=SLICE, height=2.4, title="")
    for (name, label), colour in zip(LOSS_NAMES.items(), COLOURS, strict=False):
        axes[0, 0].plot(sums, surfaces[name], color=colour, label=label)
        size = np.abs(surfaces[f"{name}_gradient"])
        # The zero at the minimum is left out: log 0 has no finite value.
        axes[0, 1].plot(sums, np.where(size > 0, size, np.nan), color=colour, label=label)
    for side in (-max_at, max_at):
        line = axes[0, 1].axvline(side, color=COLOURS[0], lw=1, ls=":")
    line.set_label(f"|w + b| = {max_at:.2f}")
    axes[0, 0].set_ylabel("loss", fontsize=FONT)
    axes[0, 1].set_yscale("log")
    axes[0, 1].set_ylabel("|d loss / dw|", fontsize=FONT)
    for axis in axes[0]:
        axis.set_xlabel("w + b", fontsize=FONT)
        axis.tick_params(labelsize=FONT)
        axis.grid(alpha=0.3)
    handles, labels = axes[0, 1].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower left", ncols=3, fontsize=FONT)
    return figure


def draw_descent(
    errors: Mapping[str, Values], sums: Sequence[float], *, tolerance: float
) -> Figure:
    """Draw errors against the step: one line style for each loss, one colour for each start.

    Args:
        errors: by the keys of LOSS_NAMES, |output - target|, (steps + 1, starts).
        sums: w + b of the starts.
        tolerance: an error below it counts as converged.
    """
    figure, axes = new_figure(width=DESCENT, height=3.2, title="")
    axis = axes[0, 0]
    styles = dict(zip(errors, ("--", "-"), strict=True))
    for name, curves in errors.items():
        for curve, colour in zip(curves.T, cycle(COLOURS), strict=False):
            axis.plot(curve, styles[name], color=colour)
    converged = axis.axhline(
        tolerance, color="0.4", lw=1, ls=":", label=f"converged: {tolerance:g}"
    )
    axis.set_xscale("symlog", linthresh=1)
    axis.set(xlim=(0, None), ylim=(0, None))
    axis.set_xlabel("step", fontsize=FONT)
    axis.set_ylabel("|output − target|", fontsize=FONT)
    axis.tick_params(labelsize=FONT)
    axis.grid(alpha=0.3)
    starts = [
        Line2D([], [], color=colour, label=f"from w + b = {at:g}")
        for at, colour in zip(sums, cycle(COLOURS), strict=False)
    ]
    losses = [
        Line2D([], [], color="k", ls=style, label=LOSS_NAMES[name])
        for name, style in styles.items()
    ]
    handles = [*starts, *losses, converged]
    figure.legend(handles=handles, loc="outside lower left", ncols=2, fontsize=FONT)
    return figure

"""Figures of perceptrons trained on XOR: hidden and input plane, losses, failures."""

from collections.abc import Mapping, Sequence
from textwrap import fill
from typing import Any, NamedTuple

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from numpy.typing import NDArray

from foolproof.figures.style import COLOURS, PROBABILITY, new_figure

# The limits of both axes of each plane.
HIDDEN_RANGE = (-1.3, 1.3)
INPUT_RANGE = (-0.5, 1.5)

# The outcomes of a training in words, and their colours.
OUTCOME_NAMES = {
    "success": "success",
    "two_collapsed": "two points collapsed",
    "three_collapsed": "three points collapsed",
    "four_collapsed": "all four points collapsed",
    "not_converged": "not converged",
}
OUTCOME_COLOURS = dict(zip(OUTCOME_NAMES, (COLOURS[i] for i in (0, 1, 3, 4, 6)), strict=True))

NAMES = ("0,0", "0,1", "1,0", "1,1")
LABELS = (0, 1, 1, 0)
# Different sizes: both remain visible where a circle lies on a square.
MARKERS = (("o", 3.5), ("s", 6.5))

# Widths on the page, in inches, and lettering.
WIDTH, LOSSES_WIDTH = 6.46, 5.6
FONT = 7

# Ticks of the smallest eigenvalues.
EIGENVALUES = (-1e-1, -1e-3, -1e-5, 0, 1e-5, 1e-3, 1e-1)

# Hidden representations nearer than this share one label.
TOGETHER = 0.3


class Planes(NamedTuple):
    """A network's hidden plane and input plane."""

    title: str

    hidden: NDArray[np.floating]
    """Hidden representations (h1, h2) of the four points, (4, 2), in [-1, 1]."""

    line: NDArray[np.floating]
    """The decision boundary v1 h1 + v2 h2 + c = 0, as v1, v2, c."""

    hidden_map: NDArray[np.floating]
    """Probability of label 1 over the (h1, h2) plane in `HIDDEN_RANGE`, rows for h2."""

    input_map: NDArray[np.floating]
    """Probability of label 1 over the input plane in `INPUT_RANGE`, rows for x2."""


def draw_planes(columns: Sequence[Planes], *, title: str) -> Figure:
    """Draw networks side by side: the hidden plane above, the input plane below.

    Args:
        columns: from left to right, at least one.
        title: of the figure.
    """
    figure, axes = new_figure(2, len(columns), width=WIDTH, height=3.3, title=title)
    _draw_columns(figure, axes, columns)
    figure.legend(handles=_markers(), loc="outside lower left", ncols=2, fontsize=FONT)
    return figure


def draw_failures(
    counts: Mapping[str, Mapping[str, int]],
    ends: Mapping[str, tuple[NDArray[np.floating], NDArray[np.floating]]],
    examples: Sequence[Planes],
) -> Figure:
    """Draw the outcomes by initial std, where failed trainings end, and an example of each.

    Args:
        counts: by the std of the starts, the number of starts with each outcome.
        ends: by reason, the smallest eigenvalues of the Hessian and the norms of the gradient
            at the end, (starts,) each.
        examples: one network for each reason; may be empty.
    """
    columns = 1 + len(examples)
    figure, axes = new_figure(
        2,
        columns,
        width=WIDTH,
        height=3.9,
        title="",
        width_ratios=[2, *(1 for _ in examples)],
    )
    handles = _draw_counts(axes[0, 0], counts)
    _draw_ends(axes[1, 0], ends)
    if examples:
        _draw_columns(figure, axes[:, 1:], examples)
        handles += _markers()
    figure.legend(handles=handles, loc="outside lower left", ncols=4, fontsize=FONT)
    return figure


def _draw_counts(axis: Axes, counts: Mapping[str, Mapping[str, int]]) -> list[Artist]:
    """Draw a stack of the outcomes for each std, and return what the legend has of them."""
    handles: list[Artist] = []
    places = np.arange(len(counts))
    bottom = np.zeros(len(counts))
    smallest = 0.05 * max(sum(of_std.values()) for of_std in counts.values())
    for outcome, name in OUTCOME_NAMES.items():
        heights = np.array([of_std[outcome] for of_std in counts.values()])
        if heights.any():
            bars = axis.bar(
                places, heights, bottom=bottom, color=OUTCOME_COLOURS[outcome], label=name
            )
            texts = [str(height) if height > smallest else "" for height in heights]
            axis.bar_label(bars, texts, label_type="center", color="white", fontsize=FONT)
            handles.append(Patch(color=OUTCOME_COLOURS[outcome], label=name))
        bottom += heights
    axis.set_xticks(places, list(counts))
    _label(axis, "standard deviation of the start", "starts")
    return handles


def _draw_ends(
    axis: Axes, ends: Mapping[str, tuple[NDArray[np.floating], NDArray[np.floating]]]
) -> None:
    for outcome, (curvatures, norms) in ends.items():
        axis.plot(curvatures, norms, ".", color=OUTCOME_COLOURS[outcome], alpha=0.6)
    axis.axvline(0, color="0.4", lw=1, ls=":")
    axis.set_xscale("symlog", linthresh=1e-6, linscale=0.5)
    axis.set_yscale("log")
    low, high = axis.get_xlim()
    axis.set_xticks([tick for tick in EIGENVALUES if low <= tick <= high])
    _label(axis, "smallest eigenvalue of the Hessian", "norm of the gradient")
    axis.grid(alpha=0.3)


def _label(axis: Axes, across: str, up: str) -> None:
    """Name both axes in the size of the other lettering."""
    axis.set_xlabel(across, fontsize=FONT)
    axis.set_ylabel(up, fontsize=FONT)
    axis.tick_params(which="both", labelsize=FONT)


def _draw_columns(figure: Figure, axes: NDArray[Any], columns: Sequence[Planes]) -> None:
    for column, planes in zip(axes.T, columns, strict=True):
        _draw_hidden(column[0], planes)
        _draw_input(column[1], planes)
    for axis in axes[:, 1:].flat:
        axis.set_ylabel("")
    bar = figure.colorbar(axes[0, 0].images[0], ax=axes, aspect=40, pad=0.02)
    bar.set_label("probability of label 1", fontsize=FONT)
    bar.ax.tick_params(labelsize=FONT)


def _markers() -> list[Artist]:
    """Make what the legend has of the markers of the labels."""
    return [
        Line2D([], [], ls="", marker=marker, ms=size, mfc="white", mec="k", label=f"label {label}")
        for label, (marker, size) in enumerate(MARKERS)
    ]


def _draw_map(axis: Axes, values: NDArray[np.floating], limits: tuple[float, float]) -> None:
    axis.imshow(
        values,
        cmap=PROBABILITY,
        vmin=0,
        vmax=1,
        origin="lower",
        extent=(*limits, *limits),
        interpolation="bilinear",
    )
    axis.set(xlim=limits, ylim=limits)


def _draw_points(axis: Axes, places: NDArray[np.floating]) -> None:
    for place, label in zip(places, LABELS, strict=True):
        marker, size = MARKERS[label]
        axis.plot(*place, marker, ms=size, mfc="white", mec="k", zorder=4 - label, clip_on=False)


def _name(axis: Axes, places: NDArray[np.floating], name: str, centre: float) -> None:
    """Write a label above or below its places: away from the centre if there is room."""
    low, high = axis.get_ylim()
    across, up = places.mean(0)
    outwards = 1 if up > centre else -1
    room = high - up if outwards > 0 else up - low
    direction = outwards if room > 0.3 * (high - low) else -outwards
    middle = (low + high) / 2
    axis.annotate(
        name,
        (across, places[:, 1].max() if direction > 0 else places[:, 1].min()),
        xytext=(0, 5 * direction),
        textcoords="offset points",
        ha="left" if across < middle - 0.4 else "right" if across > middle + 0.4 else "center",
        va="bottom" if direction > 0 else "top",
        fontsize=6.5,
        bbox={"boxstyle": "round,pad=0.1", "fc": "white", "ec": "none", "alpha": 0.75},
    )


def _draw_hidden(axis: Axes, planes: Planes) -> None:
    _draw_map(axis, planes.hidden_map, HIDDEN_RANGE)
    v1, v2, c = planes.line
    foot = -c * np.array([v1, v2]) / (v1**2 + v2**2)
    axis.axline(foot, foot + np.array([-v2, v1]), color="white", lw=1.5)
    _draw_points(axis, planes.hidden)
    for group in grouped(planes.hidden):
        _name(
            axis,
            planes.hidden[group],
            "\n".join(NAMES[index] for index in group),
            float(planes.hidden[:, 1].mean()),
        )
    axis.set(xticks=(-1, 0, 1), yticks=(-1, 0, 1))
    axis.set_title("\n".join(fill(line, 18) for line in planes.title.splitlines()), fontsize=FONT)
    _label(axis, "h1", "h2")


def _draw_input(axis: Axes, planes: Planes) -> None:
    _draw_map(axis, planes.input_map, INPUT_RANGE)
    if planes.input_map.min() < 0.5 < planes.input_map.max():
        across = np.linspace(*INPUT_RANGE, len(planes.input_map))
        axis.contour(across, across, planes.input_map, [0.5], colors="white", linewidths=1.5)
    places = np.array([(0, 0), (0, 1), (1, 0), (1, 1)], dtype=float)
    _draw_points(axis, places)
    axis.set(xticks=(0, 1), yticks=(0, 1))
    _label(axis, "x1", "x2")


def grouped(places: NDArray[np.floating]) -> list[list[int]]:
    """Group the indices of points (4, 2) that are too near each other for labels of their own."""
    groups: list[list[int]] = []
    for index, place in enumerate(places):
        for group in groups:
            if np.abs(places[group[0]] - place).max() < TOGETHER:
                group.append(index)
                break
        else:
            groups.append([index])
    return groups


def draw_losses(
    steps: NDArray[np.integer],
    losses: Mapping[str, NDArray[np.floating]],
    outcomes: Mapping[str, NDArray[np.str_]],
    levels: Mapping[str, float],
) -> Figure:
    """Draw the loss of every start during training, coloured by its outcome.

    Args:
        steps: of the losses, (N,).
        losses: by the name of the network, (N, starts).
        outcomes: by the same names, keys of `OUTCOME_NAMES`, (starts,).
        levels: minimum losses to mark, by outcome.
    """
    figure, axes = new_figure(
        1,
        len(losses),
        width=LOSSES_WIDTH,
        height=2.6,
        sharey=True,
        title="",
    )
    for axis, (name, curves) in zip(axes[0], losses.items(), strict=True):
        for curve, outcome in zip(curves.T, outcomes[name], strict=True):
            axis.plot(steps, curve, color=OUTCOME_COLOURS[outcome], lw=0.7, alpha=0.6)
        for outcome, level in levels.items():
            axis.axhline(level, color=OUTCOME_COLOURS[outcome], lw=1, ls=":")
        axis.set_xscale("symlog", linthresh=1)
        axis.set_xlim(0, steps[-1])
        axis.set_title(name, fontsize=FONT)
        _label(axis, "step", "")
        axis.grid(alpha=0.3)
    for outcome, level in levels.items():
        axes[0, -1].annotate(
            f"{OUTCOME_NAMES[outcome]}, min {level:.3f}",
            (0.99, level),
            xytext=(0, -2),
            xycoords=("axes fraction", "data"),
            textcoords="offset points",
            ha="right",
            va="top",
            fontsize=FONT,
        )
    axes[0, 0].set_ylim(0, None)
    axes[0, 0].set_ylabel("cross-entropy (nats)", fontsize=FONT)
    present = {outcome for names in outcomes.values() for outcome in names}
    handles = [
        Line2D([], [], color=OUTCOME_COLOURS[outcome], label=name)
        for outcome, name in OUTCOME_NAMES.items()
        if outcome in present
    ]
    figure.legend(handles=handles, loc="outside upper left", ncols=len(handles), fontsize=FONT)
    return figure

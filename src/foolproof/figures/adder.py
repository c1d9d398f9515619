"""Figures of the recurrent adder: one addition step by step, and the network."""

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Rectangle
from numpy.typing import NDArray

from foolproof.figures.style import COLOURS, new_figure, remove_frame

Values = NDArray[np.floating]
Place = tuple[float, float]

INPUT, HIDDEN, OUTPUT = COLOURS[:3]
POSITIVE, NEGATIVE = "0.35", COLOURS[3]
SILENT = "0.92"

INPUT_NAMES = ("$x_1$", "$x_2$")
HIDDEN_NAMES = ("$h_1$", "$h_2$", "$h_3$")

# The rows of the table with their heights, from above, and the colours of ones.
ROWS = {
    "first number $x_1$": (0.0, INPUT),
    "second number $x_2$": (1.0, INPUT),
    "carry: $h_2$ of the step before": (2.0, HIDDEN),
    "$h_1$: the sum is at least 1": (3.9, HIDDEN),
    "$h_2$: the sum is at least 2": (4.9, HIDDEN),
    "$h_3$: the sum is 3": (5.9, HIDDEN),
    "output $y$: $h_1 - h_2 + h_3$": (7.2, OUTPUT),
}
SUM_HEIGHT, CARRY_IN_HEIGHT, CARRY_OUT_HEIGHT = 2.95, 2.0, 4.9
CELL_WIDTH, CELL_HEIGHT = 0.62, 0.8

# Positions of the units in the diagram.
INPUT_PLACES = ((0.0, 2.0), (0.0, 1.2))
BEFORE_PLACES = ((0.0, -0.2), (0.0, -1.0), (0.0, -1.8))
HIDDEN_PLACES = ((1.3, 1.7), (1.3, 0.1), (1.3, -1.5))
OUTPUT_PLACE = (2.4, 0.1)


def draw_addition(inputs: Values, carries: Values, hidden: Values, outputs: Values) -> Figure:
    """Draw an addition as a table, a column for each step and a row for each unit.

    Args:
        inputs: the bits of both numbers, least significant first, (T, 2).
        carries: into each step, (T,).
        hidden: units at each step, (T, 3).
        outputs: at each step, (T,).
    """
    steps = len(outputs)
    first, second, total = map(_written, (*inputs.T, outputs))
    figure, ((axis,),) = new_figure(
        width=2.6 + 0.54 * steps,
        height=4.4,
        title=f"Addition step by step: {first} + {second} = {total}",
    )
    values = np.vstack([inputs.T, carries, hidden.T, outputs]).astype(int)
    for (height, colour), row in zip(ROWS.values(), values, strict=True):
        for step, bit in enumerate(row):
            _draw_cell(axis, (step, height), bit, colour)
    for step, sum_of_step in enumerate(values[:3].sum(0)):
        axis.text(step, SUM_HEIGHT, str(sum_of_step), ha="center", va="center_baseline")
    for step, (_, carry) in enumerate(pairwise(values[2])):
        _draw_carry(axis, step, carry)
    heights = [*(height for height, _ in ROWS.values()), SUM_HEIGHT]
    axis.set_yticks(heights, [*ROWS, "sum of these three"])
    axis.set_xticks(range(steps), [f"{step + 1}\n$2^{{{step}}}$" for step in range(steps)])
    axis.set(
        xlim=(-0.55, steps - 0.45),
        ylim=(7.8, -0.6),
        xlabel="step, least significant bit first, and place value of its bit",
    )
    axis.spines[:].set_visible(False)
    axis.tick_params(length=0)
    return figure


def _written(bits: Values) -> str:
    """Format a number, most significant bit first, without leading zeros."""
    return "".join(str(int(bit)) for bit in bits[::-1]).lstrip("0") or "0"


def _draw_cell(axis: Axes, place: Place, bit: int, colour: str) -> None:
    step, height = place
    corner = (step - CELL_WIDTH / 2, height - CELL_HEIGHT / 2)
    axis.add_patch(Rectangle(corner, CELL_WIDTH, CELL_HEIGHT, color=colour if bit else SILENT))
    axis.text(
        *place,
        str(bit),
        ha="center",
        va="center_baseline",
        color="white" if bit else "0.35",
        weight="bold" if bit else "normal",
    )


def _draw_carry(axis: Axes, step: int, carry: int) -> None:
    """Draw the arrow of a carry from a step to the next one."""
    _draw_arrow(
        axis,
        (step + CELL_WIDTH / 2, CARRY_OUT_HEIGHT),
        (step + 1 - CELL_WIDTH / 2, CARRY_IN_HEIGHT),
        color=HIDDEN if carry else "0.8",
        lw=1.4 if carry else 0.8,
    )


def _draw_arrow(axis: Axes, start: Place, end: Place, *, margin: float = 0, **style: Any) -> None:
    """Draw an arrow between places, ending `margin` points before each."""
    arrow = {"arrowstyle": "-|>", "shrinkA": margin, "shrinkB": margin, **style}
    axis.annotate("", end, xytext=start, arrowprops=arrow)


def draw_network(
    into_hidden: Values,
    hidden_biases: Values,
    into_output: Values,
    output_bias: float,
    totals: Sequence[int],
    sums: Values,
) -> Figure:
    """Draw the network with its weights, and pre-activations against both bits and the carry.

    Args:
        into_hidden: weights of the two inputs and the three hidden units before, (3, 5).
        hidden_biases: (3,).
        into_output: output weights, (3,).
        output_bias: the output's.
        totals: of both bits and the carry.
        sums: pre-activations of the hidden units and the output, (totals, 4).
    """
    figure, ((network, hidden, output),) = new_figure(
        1,
        3,
        width=6.46,
        height=3.9,
        title="The network, and its pre-activations by the sum of both bits and the carry",
        width_ratios=[1.8, 1, 1],
    )
    _draw_diagram(network, into_hidden, hidden_biases, into_output, output_bias)
    for name, values in zip(HIDDEN_NAMES, sums.T[:3], strict=True):
        _draw_sums(hidden, totals, values, name, HIDDEN)
    _draw_sums(output, totals, sums[:, 3], "$y$", OUTPUT)
    hidden.set(title="hidden units", ylabel="pre-activation")
    output.set(title="output")
    return figure


def _draw_diagram(
    axis: Axes,
    into_hidden: Values,
    hidden_biases: Values,
    into_output: Values,
    output_bias: float,
) -> None:
    remove_frame(axis)
    axis.set(title="weights, and biases in the units", xlim=(-0.65, 2.7), ylim=(-2.5, 2.5))
    sources = (*INPUT_PLACES, *BEFORE_PLACES)
    for target, weights in zip(HIDDEN_PLACES, into_hidden, strict=True):
        for source, weight in zip(sources, weights, strict=True):
            _draw_connection(axis, source, target, weight)
    for source, weight in zip(HIDDEN_PLACES, into_output, strict=True):
        _draw_connection(axis, source, OUTPUT_PLACE, weight)
    used = np.any(into_hidden, axis=0).tolist()
    names, colours = (*INPUT_NAMES, *HIDDEN_NAMES), (*2 * [INPUT], *3 * [HIDDEN])
    for place, name, colour, in_use in zip(sources, names, colours, used, strict=True):
        _draw_unit(axis, place, name, colour if in_use else "0.6")
    for place, name, bias in zip(HIDDEN_PLACES, HIDDEN_NAMES, hidden_biases, strict=True):
        _draw_unit(axis, place, f"{name}\n{_signed(bias)}", HIDDEN)
    _draw_unit(axis, OUTPUT_PLACE, f"$y$\n{_signed(output_bias)}", OUTPUT)
    centred: Any = {"ha": "center", "va": "center", "rotation": 90, "fontsize": 8}
    axis.text(-0.42, 1.6, "bits of\nthis step", **centred)
    axis.text(-0.42, -1.0, "hidden units of\nthe step before", **centred)
    handles = [
        Line2D([], [], color=_colour(weight), label=f"weight {_signed(weight)}")
        for weight in np.unique([*into_hidden.flat, *into_output])[::-1]
        if weight
    ]
    axis.legend(handles=handles, loc="lower right", fontsize=8)


def _draw_unit(axis: Axes, place: Place, text: str, colour: str) -> None:
    axis.plot(*place, "o", ms=25, color=colour)
    axis.text(*place, text, ha="center", va="center", color="white", fontsize=8.5)


def _draw_connection(axis: Axes, source: Place, target: Place, weight: float) -> None:
    if weight:
        _draw_arrow(axis, source, target, margin=13, color=_colour(weight), lw=1.2)


def _colour(weight: float) -> str:
    return POSITIVE if weight > 0 else NEGATIVE


def _signed(number: float) -> str:
    """Write a number with its sign, a true minus."""
    return f"{number:+g}".replace("-", "−")


def _draw_sums(axis: Axes, totals: Sequence[int], sums: Values, name: str, colour: str) -> None:
    """Draw the pre-activations of a unit; a filled point is an output of 1."""
    axis.axhline(0, color="0.4", lw=1, ls=":")
    axis.plot(totals, sums, color=colour, lw=1)
    for total, value in zip(totals, sums, strict=True):
        axis.plot(total, value, "o", color=colour, mfc=colour if value > 0 else "white")
    offset: Any = {"xytext": (7, 0), "textcoords": "offset points"}
    axis.annotate(name, (totals[-1], sums[-1]), va="center", annotation_clip=False, **offset)
    axis.set(xlabel="both bits + carry\n(filled: output 1)", xticks=totals)

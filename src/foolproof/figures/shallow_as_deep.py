"""Figure of a shallow network and the deep ones constructed from it."""

from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from foolproof.figures.style import COLOURS, new_figure

Values = NDArray[np.floating]

POSITIVE, NEGATIVE, WRONG = COLOURS[0], COLOURS[4], COLOURS[1]
EXACT, MARKED = "0.75", COLOURS[6]


def draw_deepening(
    points: Values, shallow: Values, deep: Values, one_sum: Values, sums: Values, offset: float
) -> Figure:
    """Draw a function of one input, the running sums of the deep network, and the one-sum error.

    Args:
        points: inputs, (N,).
        shallow: outputs of the shallow network, (N,).
        deep: outputs of the deep network with two sums, (N,).
        one_sum: outputs of the deep network with one sum, (N,).
        sums: both running sums after each term, (n, N, 2).
        offset: the constant that is added to the sums' difference.
    """
    figure, ((equal, summed, failed),) = new_figure(
        1,
        3,
        width=6.4,
        height=2.9,
        title=f"A shallow network of {len(sums)} hidden neurons as a deep one",
        sharex=True,
    )
    equal.plot(points, shallow, color=EXACT, lw=5, label="shallow")
    equal.plot(points, deep, color=MARKED, lw=1.2, label="deep, with two sums")
    equal.set(title="two sums: the same function", ylabel="output")
    for values, colour, sign in ((sums[..., 0], POSITIVE, "P"), (sums[..., 1], NEGATIVE, "Q")):
        _draw_sums(summed, points, values, colour, sign)
    written = f"{abs(offset):.2f}"
    summed.set(
        title=f"output = $P - Q$ {'+' if offset >= 0 else '−'} {written}",
        ylabel="sum",
    )
    failed.plot(points, shallow, color=EXACT, lw=5, label="shallow")
    failed.plot(points, one_sum, color=WRONG, lw=1.2, label="deep, with one sum")
    failed.set(title="one sum: too high in places", ylabel="output")
    # One scale for both panels with outputs.
    values = np.concatenate([shallow, deep, one_sum])
    margin = 0.06 * np.ptp(values)
    for axis in (equal, failed):
        axis.set_ylim(values.min() - margin, values.max() + margin)
    for axis in (equal, summed, failed):
        axis.set_xlabel("input $x$")
        axis.title.set_fontsize(8)
        axis.legend(loc="upper center", bbox_to_anchor=(0.5, -0.25), fontsize=7)
    return figure


def _draw_sums(axis: Axes, points: Values, sums: Values, colour: str, name: str) -> None:
    """Draw a running sum after each term, the final one thick."""
    style: Any = {"color": colour}
    axis.plot(points, sums[:-1].T, lw=0.7, alpha=0.6, **style)
    sign = "> 0" if name == "P" else "< 0"
    axis.plot(points, sums[-1], lw=1.8, label=f"${name}$: terms with $a_j {sign}$", **style)

"""Tables: numbers in the cells of a drawn matrix."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from numpy.typing import NDArray

# Share of the colour scale from which on black reads better than white.
BRIGHT = 0.6


def annotate_cells(
    axis: Axes, values: NDArray[Any], text: Sequence[Sequence[str]], *, fontsize: float = 7
) -> None:
    """Write a text into each cell of the image of an axis, in black or white by its brightness.

    Args:
        axis: with an image whose colour scale goes from 0 to its limit.
        values: that the colours show, (rows, columns); cells that are NaN get no text.
        text: of each cell, (rows, columns).
        fontsize: of the text.
    """
    limit = axis.images[-1].get_clim()[1]
    for row, column in np.argwhere(np.isfinite(values)):
        axis.text(
            column,
            row,
            text[row][column],
            ha="center",
            va="center",
            fontsize=fontsize,
            color="black" if values[row, column] > BRIGHT * limit else "white",
        )


def format_cells(values: NDArray[Any], pattern: str) -> list[list[str]]:
    """Format each value (rows, columns) with a format specification such as `.2f`."""
    return [[format(value, pattern) for value in row] for row in values]

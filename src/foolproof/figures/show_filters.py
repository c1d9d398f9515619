"""Figure of colour filters."""

from typing import Any

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray

from foolproof.figures.mosaic import mosaic
from foolproof.figures.style import new_figure

Filters = NDArray[np.floating[Any]]

COLUMNS = 16

TINY = np.finfo(float).tiny


def draw_filters(filters: Filters, *, name: str) -> Figure:
    """Draw filters as RGB images, sixteen a row, each min-max normalized.

    Args:
        filters: (filters, 3, height, width).
        name: of their network, for the title.
    """
    count, channels, height, width = filters.shape
    rows = -(-count // COLUMNS)
    places = np.full((rows * COLUMNS, channels, height, width), np.nan)
    places[:count] = min_max_normalize(filters)
    grid = places.reshape(rows, COLUMNS, channels, height, width)
    picture = np.stack([mosaic(grid[:, :, channel]) for channel in range(channels)], -1)
    figure, ((axis,),) = new_figure(
        width=6.9,
        height=0.9 + 6.7 * picture.shape[0] / picture.shape[1],
        title=f"First layer of {name}: {count} filters of {height} × {width} pixels",
    )
    axis.imshow(np.nan_to_num(picture, nan=1))
    axis.set_xticks([column * (width + 1) + (width - 1) / 2 for column in range(COLUMNS)])
    axis.set_xticklabels([str(column) for column in range(COLUMNS)])
    axis.set_yticks([row * (height + 1) + (height - 1) / 2 for row in range(rows)])
    axis.set_yticklabels([f"{row * COLUMNS} +" for row in range(rows)])
    axis.set_xlabel("number of the filter: row + column; each is min-max normalized")
    axis.spines[:].set_visible(False)
    axis.tick_params(length=0, labelsize=7)
    return figure


def min_max_normalize(filters: Filters) -> Filters:
    """Scale each filter from its minimum and maximum to 0 and 1.

    The channels of a filter share both, so that its colours stay. A constant filter becomes 0.
    """
    above: Filters = filters - filters.min((1, 2, 3), keepdims=True)
    maximum: Filters = above.max((1, 2, 3), keepdims=True)
    return above / np.maximum(maximum, TINY)

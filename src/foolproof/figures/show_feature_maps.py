"""Feature maps of a network beside the photograph that causes them."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray

from foolproof.figures.style import AMOUNT, INTENSITY, SIGNED, new_figure

FONT = 7
# At the beginning of a row, left to what is said of its layer.
LABEL_COLUMNS = 2


class LayerMaps(NamedTuple):
    """Some maps of one layer."""

    label: str
    """What is said of the layer, at the beginning of its row."""

    maps: NDArray[np.floating]
    """(count, height, width), each scaled from 0 to 1."""

    titles: Sequence[str]
    """What is said of each map."""


def draw_feature_maps(
    photo: NDArray[np.floating],
    cues: Mapping[str, NDArray[np.floating]],
    layers: Sequence[LayerMaps],
    *,
    title: str,
) -> Figure:
    """Draw the photograph and what an eye sees in it, then a row of maps for each layer.

    Args:
        photo: what the network saw, (side, side, 3), in [0, 1].
        cues: by name, (side, side); those that can be negative have both signs.
        layers: by depth.
        title: of the figure.
    """
    shown = max(len(layer.maps) for layer in layers)
    columns = max(1 + len(cues), LABEL_COLUMNS + shown)
    figure, axes = new_figure(
        1 + len(layers),
        columns,
        width=1.35 * columns,
        height=1.95 * (1 + len(layers)) + 0.6,
        title=title,
    )
    for axis in axes.flat:
        axis.set_axis_off()
    axes[0, 0].imshow(photo)
    axes[0, 0].set_title("the photo, as the\nnetwork sees it", fontsize=FONT)
    for axis, (name, values) in zip(axes[0, 1:], cues.items(), strict=False):
        low, high = values.min(), values.max()
        if low < 0:
            reach = max(-low, high)
            axis.imshow(values, cmap=SIGNED, vmin=-reach, vmax=reach)
        else:
            axis.imshow(values, cmap=INTENSITY, vmin=0)
        axis.set_title(f"{name}\n{_signed(low)} to {_signed(high)}", fontsize=FONT)
    for row, layer in zip(axes[1:], layers, strict=True):
        about = row[0].text(0, 0.5, layer.label, va="center", fontsize=FONT, linespacing=1.6)
        about.set_in_layout(False)  # it may reach into the next column
        for axis, values, text in zip(row[LABEL_COLUMNS:], layer.maps, layer.titles, strict=False):
            drawn = axis.imshow(values, cmap=AMOUNT, vmin=0, vmax=1)
            axis.set_title(text, fontsize=FONT)
    figure.colorbar(
        drawn,
        ax=axes[1:, LABEL_COLUMNS:],
        location="bottom",
        label="activation, from the least of each map (0) to its largest (1)",
        aspect=60,
        shrink=0.6,
    )
    return figure


def _signed(value: float) -> str:
    """Write a number with a minus sign, not a hyphen."""
    return f"{value:.2f}".replace("-", "−")

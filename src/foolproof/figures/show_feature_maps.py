"""Figure of feature maps, and of the photo with its low-level features."""

from collections.abc import Mapping, Sequence
from textwrap import fill
from typing import NamedTuple

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray

from foolproof.explain.feature_maps import LOW_LEVEL_FEATURES
from foolproof.explain.layer_summary import LayerSummary, ShownChannel
from foolproof.figures.style import AMOUNT, INTENSITY, SIGNED, draw_name, new_figure

FONT = 6.5
# At the beginning of a row, for the label of its layer.
LABEL_COLUMNS = 2


class LayerMaps(NamedTuple):
    """Some maps of one layer."""

    label: str
    """At the beginning of the row."""

    maps: NDArray[np.floating]
    """(count, height, width), each scaled from 0 to 1."""

    titles: Sequence[str]
    """Of the maps."""


def draw_feature_maps(
    photo: NDArray[np.floating],
    features: Mapping[str, NDArray[np.floating]],
    layers: Sequence[LayerMaps],
    *,
    architecture: str,
) -> Figure:
    """Draw the photo and its low-level features, then a row of maps for each layer.

    Args:
        photo: input of the network, (side, side, 3), in [0, 1].
        features: low-level features by name, (side, side); signed ones have both signs.
        layers: by depth.
        architecture: of the network.
    """
    shown = max(len(layer.maps) for layer in layers)
    columns = max(1 + len(features), LABEL_COLUMNS + shown)
    figure, axes = new_figure(
        1 + len(layers),
        columns,
        width=0.92 * columns,
        height=1.55 * (1 + len(layers)) + 0.7,
        title=f"Feature maps of {architecture} for this photo",
    )
    for axis in axes.flat:
        axis.set_axis_off()
    axes[0, 0].imshow(photo)
    axes[0, 0].set_title("the photo, as\nthe network's input", fontsize=FONT)
    for axis, (name, values) in zip(axes[0, 1:], features.items(), strict=False):
        low, high = float(values.min()), float(values.max())
        if low < 0:
            reach = max(-low, high)
            axis.imshow(values, cmap=SIGNED, vmin=-reach, vmax=reach)
        else:
            axis.imshow(values, cmap=INTENSITY, vmin=0)
        axis.set_title(f"{name}\n{_signed(low)} to {_signed(high)}", fontsize=FONT)
    for row, layer in zip(axes[1:], layers, strict=True):
        label = row[0].text(0, 0.5, layer.label, va="center", fontsize=FONT, linespacing=1.6)
        label.set_in_layout(False)  # it may reach into the next column
        for axis, values, text in zip(row[LABEL_COLUMNS:], layer.maps, layer.titles, strict=False):
            drawn = axis.imshow(values, cmap=AMOUNT, vmin=0, vmax=1)
            draw_name(axis, text, fontsize=FONT)
    figure.colorbar(
        drawn,
        ax=axes[1:, LABEL_COLUMNS:],
        location="bottom",
        label="activation, from the minimum of each map (0) to its maximum (1)",
        aspect=60,
        shrink=0.6,
    )
    return figure


def layer_label(name: str, depth: int, layers: int, summary: LayerSummary) -> str:
    """Describe a layer at the beginning of its row.

    Args:
        name: of the layer.
        depth: its number among those with maps, from 1.
        layers: how many there are.
        summary: of the layer.
    """
    statistics = summary.statistics
    explained = statistics.explained_by_low_level_features.mean().item()
    sparsity = statistics.sparsity.mean().item()
    lines = [
        name,
        f"layer {depth} of {layers}",
        f"{summary.channels} maps of {summary.side} × {summary.side}",
        f"sparsity: {100 * sparsity:.0f} % of activations are zero",
        f"variance explained by\nlow-level features: {100 * explained:.0f} %",
    ]
    if statistics.between_photos is not None:
        lines.append(f"variance between photos: {100 * statistics.between_photos:.0f} %")
    return "\n".join(lines)


def channel_title(shown: ShownChannel, most_active_in: str) -> str:
    """Name a channel, its closest low-level feature and the photo that activates it most.

    Args:
        shown: the channel.
        most_active_in: label or name of that photo.
    """
    feature, value = max(shown.correlations.items(), key=lambda item: abs(item[1]))
    closest = f"{LOW_LEVEL_FEATURES[feature]}\nr = {_signed(value)}"
    return f"channel {shown.channel}\n{closest}\n" + fill(f"most: {most_active_in}", 18)


def _signed(value: float) -> str:
    """Write a number with a minus sign, not a hyphen."""
    return f"{value:.2f}".replace("-", "−")

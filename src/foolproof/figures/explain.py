"""Figures of explanation maps side by side, and of their deletion and insertion curves."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from foolproof.explain.comparison import Kind
from foolproof.figures.style import AMOUNT, COLOURS, INTENSITY, SIGNED, new_figure, remove_frame

# Share of a column's values that its colour scale covers: single pixels would darken all others.
COVERED = 0.995

# Width and height of a picture with its gaps, in inches.
DIGIT, PHOTO = (0.66, 0.44), (1.0, 1.0)


class Quantity(NamedTuple):
    """What a map shows."""

    title: str
    label: str
    """Of the colour bar."""

    signed: bool


QUANTITIES = {
    "saliency": Quantity("saliency", "|gradient|\nof the logit", signed=False),
    "smoothgrad": Quantity("SmoothGrad", "|gradient|\nof the logit", signed=False),
    "integrated_gradients": Quantity(
        "integrated gradients", "contribution\nto the logit", signed=True
    ),
    "gradcam": Quantity("Grad-CAM", "weighted\nactivation", signed=False),
    "occlusion": Quantity("occlusion", "drop of the\nprobability", signed=True),
}

# Of methods and controls in curves.
TITLES = {name: quantity.title for name, quantity in QUANTITIES.items()} | {
    "random": "random maps",
    "intensity": "pixel intensity",
}


def draw_maps(
    images: NDArray[np.floating],
    maps: Mapping[str, NDArray[np.floating]],
    *,
    titles: Sequence[str],
    title: str,
) -> Figure:
    """Draw each image in a row, with its map by each method in a column of one colour scale.

    Digits are outlined on their maps.

    Args:
        images: pixels in [0, 1], (N, H, W) for digits or (N, H, W, 3) for photos.
        maps: (N, H, W), by a name in `QUANTITIES`.
        titles: of the images, N of them.
        title: of the figure.
    """
    grey = images.ndim == 3
    width, height = DIGIT if grey else PHOTO
    figure, axes = new_figure(
        len(images) + 1,
        1 + len(maps),
        width=width * (1 + len(maps)) + 0.6,
        height=height * len(images) + 1.3,
        title=title,
        gridspec_kw={"height_ratios": [1] * len(images) + [0.07]},
    )
    *pictures, bars = axes
    bars[0].set_axis_off()
    for axis in np.array(pictures).flat:
        remove_frame(axis)
    axes[0, 0].set_title("image")
    for axis, image, name in zip(axes[:-1, 0], images, titles, strict=True):
        axis.imshow(image, cmap=INTENSITY, vmin=0, vmax=1)
        axis.set_ylabel(name, fontsize=8)
    for column, (name, values) in zip(axes.T[1:], maps.items(), strict=True):
        _draw_column(figure, column, values, QUANTITIES[name])
        if grey:
            for axis, image in zip(column[:-1], images, strict=True):
                outline = "0.4" if QUANTITIES[name].signed else "white"
                axis.contour(image, [0.5], colors=outline, linewidths=0.5)
    return figure


def _draw_column(
    figure: Figure, column: Sequence[Axes], values: NDArray[np.floating], quantity: Quantity
) -> None:
    """Draw the maps (N, H, W) of a method, and their colour bar on the last axis."""
    limit = max(float(np.quantile(np.abs(values), COVERED)), 1e-9)
    low = -limit if quantity.signed else 0.0
    cmap = SIGNED if quantity.signed else AMOUNT
    for axis, shown in zip(column[:-1], values, strict=True):
        drawn = axis.imshow(shown, cmap=cmap, vmin=low, vmax=limit)
    column[0].set_title(quantity.title.replace(" ", "\n"))
    bar = figure.colorbar(drawn, cax=column[-1], orientation="horizontal", ticks=[low, limit])
    ends = bar.ax.set_xticklabels([f"{tick:.2g}" for tick in (low, limit)], fontsize=7)
    ends[0].set_horizontalalignment("left")
    ends[1].set_horizontalalignment("right")
    bar.set_label(quantity.label, fontsize=7)


def draw_curves(
    curves: Mapping[Kind, Mapping[str, NDArray[np.floating]]],
    controls: Sequence[str],
    *,
    images: int,
    title: str,
) -> Figure:
    """Draw the mean deletion and insertion curves of methods and controls.

    Args:
        curves: by `deletion` or `insertion` and by a name in `TITLES`, (T + 1,) each.
        controls: names of the controls, which are dashed.
        images: over which the curves are means.
        title: of the figure.
    """
    figure, axes = new_figure(1, len(curves), width=7.2, height=3.3, title=title, sharey=True)
    for axis, (kind, of_kind) in zip(axes[0], curves.items(), strict=True):
        methods = [name for name in of_kind if name not in controls]
        for name, curve in of_kind.items():
            share = 100 * np.linspace(0, 1, len(curve))
            control = name in controls
            axis.plot(
                share,
                curve,
                color="0.35" if control else COLOURS[methods.index(name)],
                linestyle=("--", ":")[controls.index(name) % 2] if control else "-",
                label=TITLES[name],
            )
        axis.set(title=kind, xlabel=f"pixels {_DONE[kind]} (%)", ylim=(-0.03, 1.03))
        axis.grid(alpha=0.3)
    axes[0, 0].set_ylabel(f"probability of the class,\nmean over {images} images")
    axes[0, -1].legend(fontsize=7, loc="upper left", bbox_to_anchor=(1, 1))
    return figure


_DONE = {"deletion": "deleted", "insertion": "inserted"}

"""Figures of images that maximize the activation of units or classes, and of spectra."""

from collections.abc import Mapping, Sequence
from textwrap import fill
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from foolproof.explain.evaluation import Classification
from foolproof.explain.method_names import TOP
from foolproof.figures.style import COLOURS, new_figure, remove_frame

Images = NDArray[np.floating[Any]]

# Class images in a row of a figure, and classes of the ablation.
COLUMNS = 5
CLASSES = 3

FONT = 7

# Ticks of the spectra, in cycles per pixel.
FREQUENCIES = (0.01, 0.02, 0.05, 0.1, 0.2, 0.5)

# A figure's title, which explains the captions of its images.
TITLE = f"{{}}: probability of the class · rank by {{}}; blue: top {TOP}"


def draw_units(
    units: Sequence[str],
    photos: Sequence[tuple[Images, float]],
    methods: Mapping[str, tuple[Images, Sequence[float]]],
    *,
    title: str,
) -> Figure:
    """Draw a row for each unit: the maximally activating photo, and the optimized images.

    Args:
        units: their names.
        photos: for each unit pixels (3, S, S) and activation of that photo.
        methods: images (N, 3, S, S) and their activations, by name.
        title: of the figure.
    """
    figure, axes = new_figure(
        len(units),
        1 + len(methods),
        width=0.8 * (1 + len(methods)) + 0.4,
        height=0.92 * len(units) + 0.7,
        title=f"{title}: images that maximize the activation of units, with the activation",
    )
    for row, (unit, (pixels, value)) in enumerate(zip(units, photos, strict=True)):
        axes[row, 0].imshow(pixels.transpose(1, 2, 0))
        axes[row, 0].set_title(f"{value:.2f}", fontsize=FONT)
        axes[row, 0].set_ylabel("\n.".join(unit.rsplit(".", 1)), fontsize=FONT)
        for axis, (images, activations) in zip(axes[row, 1:], methods.values(), strict=True):
            axis.imshow(images[row].transpose(1, 2, 0))
            axis.set_title(f"{activations[row]:.2f}", fontsize=FONT)
    for axis, name in zip(axes[-1], ("maximally activating photo", *methods), strict=True):
        axis.set_xlabel(fill(name, 16), fontsize=FONT)
    for axis in axes.flat:
        remove_frame(axis)
    return figure


def draw_ablation(
    images: Mapping[str, Images],
    classes: Sequence[str],
    methods: Mapping[str, str],
    own: Mapping[str, Sequence[Classification]],
    transfer: Mapping[str, Sequence[Classification]],
    *,
    title: str,
    transfer_network: str,
) -> Figure:
    """Draw a row for each of the first classes, with its images by the methods.

    Args:
        images: of the first M classes, (M, 3, S, S), pixels in [0, 1], by method.
        classes: their names, (N,).
        methods: their names in the figure.
        own: classifications by the network that the images were optimized for, by method.
        transfer: by the transfer network, by method.
        title: of the figure.
        transfer_network: its name.
    """
    rows = min(CLASSES, len(classes))
    figure, axes = new_figure(
        rows,
        len(methods),
        width=1.1 * len(methods) + 0.2,
        height=1.25 * rows + 0.6,
        title=TITLE.format(title, transfer_network),
    )
    for row, name in zip(axes[:, 0], classes, strict=False):
        row.set_ylabel(fill(name, 20), fontsize=FONT)
    for column, (key, method) in zip(axes.T, methods.items(), strict=True):
        for row, axis in enumerate(column):
            remove_frame(axis)
            if row < len(images[key]):
                axis.imshow(images[key][row].transpose(1, 2, 0))
                _caption(axis, own[key][row], transfer[key][row])
        column[0].set_title(f"{fill(method, 18)}\n{column[0].get_title()}", fontsize=FONT)
    return figure


def draw_class_images(
    images: Images,
    classes: Sequence[str],
    own: Sequence[Classification],
    transfer: Sequence[Classification],
    *,
    title: str,
    transfer_network: str,
) -> Figure:
    """Draw an image for each class, with its classification by both networks.

    Args:
        images: (N, 3, S, S), pixels in [0, 1].
        classes: of the images, (N,).
        own: by the network that the images were optimized for, at least (N,).
        transfer: by the transfer network, likewise.
        title: of the figure.
        transfer_network: its name.
    """
    rows = -(-len(images) // COLUMNS)
    figure, axes = new_figure(
        rows,
        COLUMNS,
        width=1.1 * COLUMNS,
        height=1.38 * rows + 0.4,
        title=TITLE.format(title, transfer_network),
    )
    for axis in axes.flat[len(images) :]:
        axis.set_axis_off()
    for axis, image, name, by_own, by_transfer in zip(
        axes.flat, images, classes, own, transfer, strict=False
    ):
        axis.imshow(image.transpose(1, 2, 0))
        _caption(axis, by_own, by_transfer)
        axis.set_title(f"{fill(name, 24)}\n{axis.get_title()}", fontsize=FONT)
        remove_frame(axis)
    return figure


def _caption(axis: Axes, own: Classification, transfer: Classification) -> None:
    """Write the classification of a class image above it."""
    rank = transfer.rank
    assert own.probability is not None
    axis.set_title(
        f"{100 * own.probability:.1f} % · {'no such class' if rank is None else f'rank {rank}'}",
        fontsize=FONT,
        color=COLOURS[0] if rank is not None and rank <= 5 else "black",
    )


def draw_spectra(
    spectra: Mapping[str, tuple[Images, Images]], names: Mapping[str, str], *, title: str
) -> Figure:
    """Draw radially averaged Fourier magnitudes against frequency, and the 1 / frequency line.

    Args:
        spectra: frequencies in cycles per pixel and magnitudes, by method.
        names: of the methods in the figure.
        title: of the figure.
    """
    figure, axes = new_figure(1, 1, width=4, height=3.1, title=title)
    axis = axes[0, 0]
    for number, (key, (frequencies, magnitudes)) in enumerate(spectra.items()):
        axis.loglog(
            frequencies,
            magnitudes / magnitudes[0],
            color="black" if key == "photos" else COLOURS[number],
            label=names[key],
        )
    reference = spectra["photos"][0]
    axis.loglog(reference, reference[0] / reference, ":", color="0.5", label="1 / frequency")
    axis.set_xlabel("frequency (cycles per pixel)", fontsize=8)
    axis.set_ylabel("magnitude, relative to the lowest", fontsize=8)
    axis.set_xticks(FREQUENCIES, [f"{frequency:g}" for frequency in FREQUENCIES])
    axis.tick_params(labelsize=FONT)
    axis.minorticks_off()
    axis.grid(alpha=0.3)
    axis.legend(fontsize=FONT)
    return figure

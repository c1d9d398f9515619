"""Figures of images that maximize the activation of units or classes, and of spectra."""

from collections.abc import Mapping, Sequence
from textwrap import fill
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from foolproof.compute.intervals import Interval
from foolproof.explain.evaluation import Classification
from foolproof.figures.style import COLOURS, new_figure, remove_frame

Images = NDArray[np.floating[Any]]

# Class images in a row of a figure.
COLUMNS = 5

# A figure's title, which explains the captions of its images.
TITLE = "{}: class-maximizing images, {}\nprobability · rank of the class by {}; blue: top 5"


def draw_units(
    units: Sequence[str],
    photos: Sequence[tuple[str, Images, float]],
    methods: Mapping[str, tuple[Images, Sequence[float]]],
    *,
    title: str,
) -> Figure:
    """Draw a row for each unit: the maximally activating photo, and the optimized images.

    Args:
        units: their names.
        photos: for each unit name, pixels (3, S, S) and activation of that photo.
        methods: images (N, 3, S, S) and their activations, by name.
        title: of the figure.
    """
    figure, axes = new_figure(
        len(units),
        1 + len(methods),
        width=1.75 * (1 + len(methods)),
        height=2.15 * len(units) + 0.8,
        title=f"{title}: images that maximize the activation of units, with the activation",
    )
    for row, (unit, (name, pixels, value)) in enumerate(zip(units, photos, strict=True)):
        axes[row, 0].imshow(pixels.transpose(1, 2, 0))
        axes[row, 0].set_title(f"{name}\n{value:.2f}", fontsize=8)
        axes[row, 0].set_ylabel(unit, fontsize=8)
        for axis, (images, activations) in zip(axes[row, 1:], methods.values(), strict=True):
            axis.imshow(images[row].transpose(1, 2, 0))
            axis.set_title(f"{activations[row]:.2f}", fontsize=8)
    for axis, name in zip(axes[-1], ("maximally activating photo", *methods), strict=True):
        axis.set_xlabel(fill(name, 18), fontsize=8)
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
    """Draw a row for each method, with its images of the same first classes.

    Args:
        images: of the first M classes, (M, 3, S, S), pixels in [0, 1], by method.
        classes: their names, (N,).
        methods: their names in the figure.
        own: classifications by the network that the images were optimized for, by method.
        transfer: by the transfer network, by method.
        title: of the figure.
        transfer_network: its name.
    """
    columns = min(COLUMNS, len(classes))
    figure, axes = new_figure(
        len(methods),
        columns,
        width=1.9 * columns + 0.3,
        height=2.15 * len(methods) + 0.9,
        title=TITLE.format(title, "equal steps", transfer_network),
    )
    for row, (key, method) in zip(axes, methods.items(), strict=True):
        row[0].set_ylabel(fill(method, 16), fontsize=9)
        for column, axis in enumerate(row):
            remove_frame(axis)
            if column < len(images[key]):
                axis.imshow(images[key][column].transpose(1, 2, 0))
                _caption(axis, own[key][column], transfer[key][column])
    for axis, name in zip(axes[0], classes, strict=False):
        axis.set_title(f"{fill(name, 24)}\n{axis.get_title()}", fontsize=7.5)
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
        width=1.9 * COLUMNS,
        height=2.4 * rows + 0.9,
        title=TITLE.format(title, "Fourier, random views", transfer_network),
    )
    for axis in axes.flat[len(images) :]:
        axis.set_axis_off()
    for axis, image, name, by_own, by_transfer in zip(
        axes.flat, images, classes, own, transfer, strict=False
    ):
        axis.imshow(image.transpose(1, 2, 0))
        _caption(axis, by_own, by_transfer)
        axis.set_title(f"{fill(name, 24)}\n{axis.get_title()}", fontsize=7.5)
        remove_frame(axis)
    return figure


def _caption(axis: Axes, own: Classification, transfer: Classification) -> None:
    """Write the classification of a class image above it."""
    rank = transfer.rank
    assert own.probability is not None
    axis.set_title(
        f"{100 * own.probability:.1f} % · {'no such class' if rank is None else f'rank {rank}'}",
        fontsize=7.5,
        color=COLOURS[0] if rank is not None and rank <= 5 else "black",
    )


def draw_spectra(
    spectra: Mapping[str, tuple[Images, Images]],
    slopes: Mapping[str, Interval],
    names: Mapping[str, str],
    *,
    title: str,
) -> Figure:
    """Draw radially averaged Fourier magnitudes against frequency, and the 1 / frequency line.

    Args:
        spectra: frequencies in cycles per pixel and magnitudes, by method.
        slopes: fitted exponents, means over images, by method.
        names: of the methods in the figure.
        title: of the figure.
    """
    figure, axes = new_figure(
        1,
        1,
        width=6.4,
        height=4.4,
        title=f"{title}: spectra of class-maximizing images and of photos",
    )
    axis = axes[0, 0]
    for number, (key, (frequencies, magnitudes)) in enumerate(spectra.items()):
        axis.loglog(
            frequencies,
            magnitudes / magnitudes[0],
            color="black" if key == "photos" else COLOURS[number],
            label=f"{names[key]}: exponent {_with_interval(slopes[key])}",
        )
    reference = spectra["photos"][0]
    axis.loglog(
        reference, reference[0] / reference, ":", color="0.5", label="1 / frequency: exponent −1"
    )
    axis.set(
        xlabel="frequency (cycles per pixel)",
        ylabel="mean magnitude, relative to the lowest frequency",
    )
    axis.grid(alpha=0.3, which="both")
    axis.legend(fontsize=8)
    return figure


def _with_interval(slope: Interval) -> str:
    half_width = "" if slope["ci95"] is None else f" ± {slope['ci95']:.2f}"
    return f"{slope['mean']:.2f}{half_width}".replace("-", "−")

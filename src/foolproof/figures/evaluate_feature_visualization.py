"""Figures of images that maximize the activation of units or classes, and of spectra."""

from collections.abc import Mapping, Sequence
from textwrap import fill
from typing import Any

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray

from foolproof.explain.evaluation import Classification
from foolproof.figures.style import COLOURS, new_figure, remove_frame

Images = NDArray[np.floating[Any]]

# Class images in a row of the figure.
COLUMNS = 5


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
        own: by the network that the images were optimized for, (N,).
        transfer: by the transfer network, (N,).
        title: of the figure.
        transfer_network: its name.
    """
    rows = -(-len(images) // COLUMNS)
    figure, axes = new_figure(
        rows,
        COLUMNS,
        width=1.9 * COLUMNS,
        height=2.4 * rows + 0.9,
        title=f"{title}\nprobability · rank of the class by {transfer_network}; blue: top 5",
    )
    for axis in axes.flat[len(images) :]:
        axis.set_axis_off()
    for axis, image, name, by_own, by_transfer in zip(
        axes.flat, images, classes, own, transfer, strict=False
    ):
        axis.imshow(image.transpose(1, 2, 0))
        probability, rank = by_own.probability, by_transfer.rank
        assert probability is not None
        axis.set_title(
            f"{fill(name, 24)}\n{100 * probability:.1f} % · "
            f"{'no such class' if rank is None else f'rank {rank}'}",
            fontsize=7.5,
            color=COLOURS[0] if rank is not None and rank <= 5 else "black",
        )
        remove_frame(axis)
    return figure


def draw_spectra(
    spectra: Mapping[str, tuple[Images, Images]],
    slopes: Mapping[str, float],
    names: Mapping[str, str],
    *,
    title: str,
) -> Figure:
    """Draw radially averaged Fourier magnitudes against frequency, and the 1 / frequency line.

    Args:
        spectra: frequencies in cycles per pixel and magnitudes, by method.
        slopes: fitted exponents, by method.
        names: of the methods in the figure.
        title: of the figure.
    """
    figure, axes = new_figure(
        1, 1, width=6.4, height=4.4, title=f"{title}: spectra of class images and of photos"
    )
    axis = axes[0, 0]
    for number, (key, (frequencies, magnitudes)) in enumerate(spectra.items()):
        axis.loglog(
            frequencies,
            magnitudes / magnitudes[0],
            color="black" if key == "photos" else COLOURS[number],
            label=f"{names[key]}: exponent {slopes[key]:.2f}".replace("-", "−"),
        )
    reference = spectra["photos"][0]
    axis.loglog(reference, reference[0] / reference, ":", color="0.5", label="1 / frequency")
    axis.set(
        xlabel="frequency (cycles per pixel)",
        ylabel="mean magnitude, relative to the lowest frequency",
    )
    axis.grid(alpha=0.3, which="both")
    axis.legend(fontsize=8)
    return figure

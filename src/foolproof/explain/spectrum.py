"""Radially averaged Fourier magnitudes of images, and the exponent of their fall."""

from collections.abc import Mapping, Sequence
from typing import TypedDict

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from foolproof.compute.intervals import Interval, mean_with_interval
from foolproof.compute.paired import paired_difference
from foolproof.explain.priors import frequencies_of


def radial_spectrum(images: Tensor, rings: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Average the Fourier magnitudes of images over rings of equal frequency.

    The mean of each image is subtracted and a Hann window applied. Without it the jump between
    opposite borders would add a spectrum of its own, of exponent -1 along the axes.

    Args:
        images: square, (N, 3, S, S).
        rings: how many, equally wide in the logarithm from 2 / S to 1 / 2 cycles per pixel.

    Returns:
        Geometric mean frequency of each ring with coefficients, (R,), and geometric mean magnitude
        over images, channels and the ring's coefficients, (R,).
    """
    side = images.shape[-1]
    window = torch.hann_window(side, periodic=False, dtype=torch.float64)
    centred = images.double().cpu()
    centred = centred - centred.mean((2, 3), keepdim=True)
    magnitudes = torch.fft.rfft2(centred * window[:, None] * window).abs().numpy()
    frequencies = frequencies_of(side).double().numpy()
    edges = np.geomspace(2 / side, 0.5, rings + 1)
    edges[-1] *= 1 + 1e-9
    ring = np.digitize(frequencies, edges) - 1
    present = [index for index in range(rings) if (ring == index).any()]
    logarithms = np.log(np.maximum(magnitudes, np.finfo(np.float64).tiny)).mean((0, 1))
    return (
        np.array([np.exp(np.log(frequencies[ring == index]).mean()) for index in present]),
        np.array([np.exp(logarithms[ring == index].mean()) for index in present]),
    )


def fitted_exponent(frequencies: NDArray[np.float64], magnitudes: NDArray[np.float64]) -> float:
    """Fit magnitude = c frequency^a by least squares of the logarithms, and return a."""
    slope, _ = np.polyfit(np.log(frequencies), np.log(magnitudes), 1)
    return float(slope)


def spectral_exponents(
    images: Tensor, rings: int, band: tuple[float, float] = (0, 1)
) -> list[float]:
    """Fit the exponent of each image's own radial spectrum.

    The logarithms of a spectrum are means over images and the fit is linear in them. So the mean
    of the exponents is the exponent of the mean spectrum.

    Args:
        images: square, (N, 3, S, S).
        rings: as of `radial_spectrum`.
        band: the rings above the first frequency and up to the second are fitted, in cycles per
            pixel; at least two rings.
    """
    exponents = []
    for image in images:
        frequencies, magnitudes = radial_spectrum(image[None], rings)
        fitted = _within(frequencies, band)
        exponents.append(fitted_exponent(frequencies[fitted], magnitudes[fitted]))
    return exponents


def closer_by(
    first: Sequence[float], second: Sequence[float], reference: Sequence[float]
) -> Interval:
    """Compute by how much the second exponents are closer to the reference's mean, paired.

    Args:
        first: exponents of images, (N,).
        second: exponents of other images of the same classes, (N,).
        reference: exponents of photos, of any number; their mean counts as exact.
    """
    target = np.mean(reference)
    return paired_difference(*(np.abs(np.subtract(of, target)) for of in (first, second)))


def _within(frequencies: NDArray[np.float64], band: tuple[float, float]) -> NDArray[np.bool_]:
    """Say which frequencies are above the first of the band and at most the second."""
    inside: NDArray[np.bool_] = (frequencies > band[0]) & (frequencies <= band[1])
    return inside


class Band(TypedDict):
    """Spectral exponents fitted to a band of frequencies, means over images."""

    first: Interval
    second: Interval
    photos: Interval

    closer: Interval
    """By how much the second images are closer to photos, see `closer_by`."""


def compare_in_band(
    first: Tensor, second: Tensor, photos: Tensor, rings: int, band: tuple[float, float]
) -> Band | None:
    """Compare images with others of the same classes; None for a band of less than two rings.

    Args:
        first: (N, 3, S, S).
        second: likewise.
        photos: any number, likewise.
        rings: as of `radial_spectrum`.
        band: as of `spectral_exponents`.
    """
    frequencies, _ = radial_spectrum(photos[:1], rings)
    if _within(frequencies, band).sum() < 2:
        return None
    of_first, of_second, of_photos = (
        spectral_exponents(images, rings, band) for images in (first, second, photos)
    )
    return Band(
        first=mean_with_interval(of_first),
        second=mean_with_interval(of_second),
        photos=mean_with_interval(of_photos),
        closer=closer_by(of_first, of_second, of_photos),
    )


class Exponents(TypedDict):
    """Spectral exponents of images by method."""

    mean: dict[str, Interval]
    """Over images."""

    closer_to_photos_by: dict[str, Interval]
    """See `closer_by`, of each method against the base method."""


def compare_exponents(
    exponents: Mapping[str, Sequence[float]], photos: Sequence[float], *, base: str
) -> Exponents:
    """Compare the exponents of images by several methods with those of photos.

    Args:
        exponents: of images of the first M units or classes, (M,), by method.
        photos: exponents of photos, any number.
        base: the method that the others are compared with on the units that both have.
    """
    return Exponents(
        mean={key: mean_with_interval(values) for key, values in exponents.items()},
        closer_to_photos_by={
            key: closer_by(exponents[base][: len(values)], values, photos)
            for key, values in exponents.items()
            if key != base
        },
    )

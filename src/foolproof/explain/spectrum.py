"""Radially averaged Fourier magnitudes of images, and the exponent of their fall."""

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

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

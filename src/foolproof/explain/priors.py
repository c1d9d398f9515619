"""Priors on images: penalties, and the decorrelated Fourier parametrization.

Penalties map images (n, 3, H, W), pixels in [0, 1], to (n,).
"""

import torch
from torch import Tensor

from foolproof.networks.layers import average_pool

# From decorrelated colours to red, green and blue: the square root of the colour covariance of
# ImageNet's photos, scaled (Olah et al., "Feature Visualization", Distill 2017).
COLOURS = (
    (0.26, 0.09, 0.02),
    (0.27, 0.00, -0.05),
    (0.27, -0.09, 0.03),
)


def squared_norm(images: Tensor) -> Tensor:
    """Compute the mean squared distance from grey, (n,) (Simonyan et al., arXiv 1312.6034)."""
    return (images - 0.5).square().mean((1, 2, 3))


def total_variation(images: Tensor) -> Tensor:
    """Compute the mean absolute difference of neighbours, (n,) (Rudin et al., Physica D 60)."""
    down, right = images.diff(dim=2), images.diff(dim=3)
    return down.abs().mean((1, 2, 3)) + right.abs().mean((1, 2, 3))


def spectral_misfit(images: Tensor, side: int) -> Tensor:
    """Compute the deviation of the Fourier magnitudes of reduced images from c / |w|, (n,).

    It is the variance over frequencies w of log |F(w)| + log |w|, averaged over the channels:
    zero where the magnitude falls as 1 / |w|, whatever the contrast c.

    Args:
        images: (n, 3, H, W).
        side: of the reduced images, at most H and W.
    """
    reduced = average_pool(images, side, side)
    frequencies = frequencies_of(side).to(images)
    magnitudes = torch.fft.rfft2(reduced, norm="ortho").abs()
    # Far below any visible contrast; without it the gradient is infinite at a magnitude of zero.
    logarithms = (magnitudes + 1e-4).log() + frequencies.clamp(min=1 / side).log()
    misfit: Tensor = logarithms.flatten(2)[..., 1:].var(2).mean(1)
    return misfit


def frequencies_of(side: int) -> Tensor:
    """List |w| in cycles per pixel for the coefficients of `rfft2`, (side, side // 2 + 1)."""
    vertical, horizontal = torch.fft.fftfreq(side), torch.fft.rfftfreq(side)
    return torch.hypot(vertical[:, None], horizontal)


def fourier_image(spectra: Tensor, side: int) -> Tensor:
    """Compute images from decorrelated Fourier coefficients (Olah et al., Distill 2017).

    Each coefficient is divided by its frequency, so that steps of one length change an image with
    the spectrum of natural ones. Colours are mixed with the covariance of photos; a sigmoid maps
    to pixels.

    Args:
        spectra: real and imaginary parts, (n, 3, side, side // 2 + 1, 2).
        side: of the images.

    Returns:
        (n, 3, side, side), pixels in (0, 1).
    """
    scale = 1 / frequencies_of(side).to(spectra).clamp(min=1 / side)
    coefficients = torch.view_as_complex(spectra.contiguous()) * scale
    planes = torch.fft.irfft2(coefficients, s=(side, side), norm="ortho")
    mix = spectra.new_tensor(COLOURS)
    mix = mix / mix.norm(dim=0).max()
    return torch.einsum("rc,nchw->nrhw", mix, planes).sigmoid()

"""What natural images are like, as penalties on images and as a parametrization of them."""

from collections.abc import Callable, Sequence

import torch
from torch import Tensor

from foolproof.networks.layers import average_pool
from foolproof.optimize.loop import Evaluation, Objective

# From uncorrelated colours to red, green and blue as they vary together in ImageNet's photographs:
# the square root of their covariance, scaled (Olah et al., "Feature Visualization", Distill 2017).
COLOURS = (
    (0.26, 0.09, 0.02),
    (0.27, 0.00, -0.05),
    (0.27, -0.09, 0.03),
)

Penalty = Callable[[Tensor], Tensor]
"""From images (n, 3, H, W), pixels in [0, 1], to how unnatural each is, (n,)."""


def squared_norm(images: Tensor) -> Tensor:
    """Compute the mean squared distance from grey, (n,) (Simonyan et al., arXiv 1312.6034)."""
    return (images - 0.5).square().mean((1, 2, 3))


def total_variation(images: Tensor) -> Tensor:
    """Compute the mean absolute difference of neighbours, (n,) (Rudin et al., Physica D 60)."""
    down, right = images.diff(dim=2), images.diff(dim=3)
    return down.abs().mean((1, 2, 3)) + right.abs().mean((1, 2, 3))


def spectral_misfit(images: Tensor, side: int) -> Tensor:
    """Compute how far the Fourier magnitudes of reduced images are from c / |w|, (n,).

    That is the variance over frequencies w of log |F(w)| + log |w|, which is zero where the
    magnitude falls exactly as 1 / |w|, whatever the contrast c. Averaged over the channels.

    Args:
        images: (n, 3, H, W).
        side: of the reduced images, at most H and W.
    """
    reduced = average_pool(images, side, side)
    frequencies = frequencies_of(side).to(images)
    magnitudes = torch.fft.rfft2(reduced, norm="ortho").abs()
    # Far below any visible contrast; without it the gradient is infinite where nothing is.
    logarithms = (magnitudes + 1e-4).log() + frequencies.clamp(min=1 / side).log()
    misfit: Tensor = logarithms.flatten(2)[..., 1:].var(2).mean(1)
    return misfit


def frequencies_of(side: int) -> Tensor:
    """List |w| in cycles per pixel for the outcome of `rfft2`, (side, side // 2 + 1)."""
    vertical, horizontal = torch.fft.fftfreq(side), torch.fft.rfftfreq(side)
    return torch.hypot(vertical[:, None], horizontal)


def penalized(objective: Objective, penalties: Sequence[tuple[float, Penalty]]) -> Objective:
    """Make an objective of images minus weighted penalties on them.

    Args:
        objective: of images (n, 3, H, W).
        penalties: each with its weight.
    """

    def evaluate(images: Tensor, rows: Tensor) -> Evaluation:
        value, logits = objective(images, rows)
        for weight, penalty in penalties:
            value = value - weight * penalty(images)
        return Evaluation(value, logits)

    return evaluate


def natural_image(spectra: Tensor, side: int) -> Tensor:
    """Make images from Fourier coefficients in uncorrelated colours (Olah et al., Distill 2017).

    Each coefficient is divided by its frequency, so that steps of one length change an image in
    the proportions of natural ones; colours are mixed as in photographs; a sigmoid makes pixels.

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


def of_natural_image(objective: Objective, side: int) -> Objective:
    """Make an objective of spectra from one of images; see `natural_image`."""
    return lambda spectra, rows: objective(natural_image(spectra, side), rows)

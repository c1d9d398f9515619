"""Perturbations of images: norms, constraints, and a shuffled control."""

from typing import NamedTuple

import torch
from torch import Tensor

LEVEL = 1 / 255
"""A grey level of 8 bits, with pixels in [0, 1]: the unit of all epsilons in params."""


class Norms(NamedTuple):
    """Norms of N perturbations, with pixels in [0, 1]."""

    l0: Tensor
    """Number of perturbed pixels, (N,) int64."""

    l1: Tensor
    """Sum of the absolute values, (N,) float64."""

    linf: Tensor
    """Max absolute value, (N,)."""


def perturbation_norms(perturbation: Tensor) -> Norms:
    """Compute the norms of perturbations (N, C, H, W)."""
    sizes = perturbation.flatten(1).abs()
    return Norms(l0=(sizes != 0).sum(1), l1=sizes.double().sum(1), linf=sizes.amax(1))


def max_violation(images: Tensor, lower: Tensor | float, upper: Tensor | float) -> float:
    """Compute by how much images violate lower <= pixel <= upper, the max over all pixels.

    Args:
        images: (N, C, H, W).
        lower: bound of all pixels, or of each, (N, C, H, W).
        upper: likewise.

    Returns:
        The max in float64; 0 where no pixel violates a bound.
    """
    if not len(images):
        return 0.0
    pixels = images.double()
    return max(0.0, (lower - pixels).max().item(), (pixels - upper).max().item())


def linf_violation(images: Tensor, originals: Tensor, epsilon: float) -> float:
    """Compute by how much images violate the L-infinity ball or [0, 1], the max over all pixels.

    Args:
        images: (N, C, H, W).
        originals: centres of the balls, (N, C, H, W), pixels in [0, 1].
        epsilon: radius, with pixels in [0, 1].
    """
    perturbations = images.double() - originals.double()
    return max(max_violation(perturbations, -epsilon, epsilon), max_violation(images, 0, 1))


def shuffle_perturbation(
    originals: Tensor, perturbation: Tensor, generator: torch.Generator
) -> Tensor:
    """Shuffle the pixels of each one-sided perturbation, such that the sum with its image is valid.

    The values are permuted among the pixels of the image that have room for the largest of them;
    the other pixels, on the digit's strokes, keep theirs. So L0, L1, L2 and Linf of each
    perturbation stay equal to the bit.

    Args:
        originals: (N, C, H, W), pixels in [0, 1].
        perturbation: (N, C, H, W), from 0 to 1 - originals.
        generator: of the permutations, on the CPU.
    """
    values = perturbation.flatten(1)
    pixels = values.shape[1]
    fixed = 1 - originals.flatten(1) < values.amax(1, keepdim=True)
    number = torch.arange(pixels, device=perturbation.device).expand_as(values)
    chance = torch.rand(values.shape, generator=generator).to(perturbation.device)
    # Both orders begin with the pixels that have room and end with the same others.
    sources = torch.where(fixed, pixels + number, number).argsort(dim=1, stable=True)
    places = torch.where(fixed, pixels + number, chance).argsort(dim=1, stable=True)
    return values.scatter(1, places, values.gather(1, sources)).view_as(perturbation)

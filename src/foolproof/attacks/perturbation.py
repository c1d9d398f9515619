"""Ink: what an image has more of than its original; how much of it, and the same at random."""

from typing import NamedTuple

import torch
from torch import Tensor


class Amount(NamedTuple):
    """How much ink was added to each of N images, with pixels in [0, 1]."""

    l0: Tensor
    """Pixels that got ink, (N,)."""

    l1: Tensor
    """Sum over the pixels, (N,)."""

    linf: Tensor
    """The most that a pixel got, (N,)."""


def amount_of_ink(ink: Tensor) -> Amount:
    """Measure ink (N, C, H, W)."""
    flat = ink.flatten(1)
    return Amount(l0=(flat != 0).sum(1), l1=flat.double().sum(1), linf=flat.amax(1))


def greatest_violation(originals: Tensor, images: Tensor) -> float:
    """Find by how much a pixel breaks original <= pixel <= 1 at the worst; 0 if none does.

    Args:
        originals: (N, C, H, W), pixels in [0, 1].
        images: made from them, (N, C, H, W).
    """
    erased = originals.double() - images.double()
    beyond = images.double() - 1
    return max([0.0, *(excess.max().item() for excess in (erased, beyond) if len(images))])


def shuffle_ink(originals: Tensor, ink: Tensor, generator: torch.Generator) -> Tensor:
    """Deal each image's ink to its pixels at random, as much as before and valid as before.

    The amounts are permuted among those pixels of the image that have room for the largest of
    them; the others, on the digit's strokes, keep what little they could take. So the amounts of
    an image stay the same to the bit, and with them their L0, L1, L2 and Linf.

    Args:
        originals: (N, C, H, W), pixels in [0, 1].
        ink: to be added to them, (N, C, H, W), at most 1 - originals.
        generator: of the permutations, on the CPU.
    """
    amounts = ink.flatten(1)
    pixels = amounts.shape[1]
    stays = 1 - originals.flatten(1) < amounts.amax(1, keepdim=True)
    number = torch.arange(pixels, device=ink.device).expand_as(amounts)
    chance = torch.rand(amounts.shape, generator=generator).to(ink.device)
    # Both orders begin with the pixels that have room and end with the same others.
    taken_from = torch.where(stays, pixels + number, number).argsort(dim=1, stable=True)
    given_to = torch.where(stays, pixels + number, chance).argsort(dim=1, stable=True)
    shuffled = amounts.scatter(1, given_to, amounts.gather(1, taken_from))
    return shuffled.view_as(ink)

"""Random augmentation of training images."""

import torch
from torch import Tensor


def augment(images: Tensor, *, max_shift: int, flip: bool, generator: torch.Generator) -> Tensor:
    """Shift each image at random, and mirror it with probability 1/2.

    Args:
        images: (N, C, H, W); they stay as they are.
        max_shift: in pixels along both axes, less than H and W.
        flip: whether images are mirrored.
        generator: of the random numbers, on the CPU.
    """
    shifted = shift(images, max_shift, generator)
    return mirror(shifted, generator) if flip else shifted


def shift(images: Tensor, pixels: int, generator: torch.Generator) -> Tensor:
    """Shift each image by -pixels to pixels along both axes, with reflection padding.

    Args:
        images: (N, C, H, W), of any dtype.
        pixels: maximum shift, less than H and W.
        generator: of the random numbers, on the CPU.
    """
    if not pixels:
        return images
    rows, columns = (_shifted(side, pixels, images, generator) for side in images.shape[2:])
    each = torch.arange(len(images), device=images.device)[:, None, None]
    # With the channels last in memory a pixel is one piece, and whole pixels are copied.
    return images.permute(0, 2, 3, 1)[each, rows[:, :, None], columns[:, None]].permute(0, 3, 1, 2)


def mirror(images: Tensor, generator: torch.Generator) -> Tensor:
    """Exchange left and right in each image (N, C, H, W) with probability 1/2."""
    chosen = torch.rand(len(images), generator=generator).lt(0.5).to(images.device)
    return torch.where(chosen[:, None, None, None], images.flip(3), images)


def _shifted(side: int, pixels: int, images: Tensor, generator: torch.Generator) -> Tensor:
    """Draw for each image the source positions of its pixels along one side, (N, side)."""
    moves = torch.randint(-pixels, pixels + 1, (len(images), 1), generator=generator)
    positions = (torch.arange(side) + moves).abs()
    return ((side - 1) - (side - 1 - positions).abs()).to(images.device)

"""Random changes of training images that leave their class as it is."""

import torch
from torch import Tensor

from foolproof.data.datasets import Split
from foolproof.params.training import Augmentation


def augmented(split: Split, settings: Augmentation, generator: torch.Generator) -> Split:
    """Give the same images, changed anew each time that a training takes a batch of them.

    Args:
        split: the images, which stay as they are.
        settings: which changes, and how large.
        generator: of the draws, on the CPU.
    """

    class Augmented(Split):
        def take(self, rows: Tensor) -> Split:
            images, labels = super().take(rows)
            shifted = shift(images, settings.shift, generator)
            return Split(mirror(shifted, generator) if settings.mirror else shifted, labels)

    return Augmented(*split)


def shift(images: Tensor, pixels: int, generator: torch.Generator) -> Tensor:
    """Shift each image by -pixels to pixels along both axes; reflections fill what is uncovered.

    Args:
        images: (N, C, H, W), of any kind of number.
        pixels: the greatest shift, less than H and W.
        generator: of the draws, on the CPU.
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
    """Draw for each image where along a side its pixels come from, (N, side)."""
    moves = torch.randint(-pixels, pixels + 1, (len(images), 1), generator=generator)
    positions = (torch.arange(side) + moves).abs()
    return ((side - 1) - (side - 1 - positions).abs()).to(images.device)

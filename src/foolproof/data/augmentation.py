"""Random augmentation of training images."""

from typing import Literal

import torch
from torch import Tensor

Mirror = Literal["none", "random", "alternating"]


class Augmentation:
    """Shifts with reflected borders, and mirroring, of the images of a training set.

    Mirroring is `random`, with probability 1/2 each time that an image is used, or `alternating`:
    at random in the first epoch, and from then on in every other epoch, so that two successive
    epochs hold each image in both forms (Jordan, arXiv 2404.00498, section 3.6).

    Args:
        count: number of images of the training set.
        max_shift: in pixels along both axes, less than the images' sides.
        mirror: which images are mirrored.
        generator: of the random numbers, on the CPU.
    """

    def __init__(
        self, count: int, *, max_shift: int, mirror: Mirror, generator: torch.Generator
    ) -> None:
        self.max_shift, self.mirror, self.generator = max_shift, mirror, generator
        self._mirrored_first = self._coins(count) if mirror == "alternating" else None

    def __call__(self, images: Tensor, indices: Tensor, epoch: int) -> Tensor:
        """Augment a batch.

        Args:
            images: (N, C, H, W), of any dtype; they stay as they are.
            indices: of the images in the training set, (N,).
            epoch: counted from 0.
        """
        shifted = shift(images, self.max_shift, self.generator)
        if self.mirror == "none":
            return shifted
        if self._mirrored_first is None:
            chosen = self._coins(len(images))
        else:
            chosen = self._mirrored_first[indices.cpu()] ^ bool(epoch % 2)
        return torch.where(chosen.to(images.device)[:, None, None, None], shifted.flip(3), shifted)

    def _coins(self, count: int) -> Tensor:
        return torch.rand(count, generator=self.generator).lt(0.5)


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


def _shifted(side: int, pixels: int, images: Tensor, generator: torch.Generator) -> Tensor:
    """Draw for each image the source positions of its pixels along one side, (N, side)."""
    moves = torch.randint(-pixels, pixels + 1, (len(images), 1), generator=generator)
    positions = (torch.arange(side) + moves).abs()
    return ((side - 1) - (side - 1 - positions).abs()).to(images.device)

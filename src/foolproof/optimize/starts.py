"""Starts: where an optimization from noise begins."""

import torch
from torch import Tensor


def gaussian_start(count: int, *, mean: float, std: float, generator: torch.Generator) -> Tensor:
    """Draw MNIST-sized Gaussian noise (count, 1, 28, 28), clipped to pixels in [0, 1].

    Args:
        count: number of images.
        mean: in grey levels from 0 to 255.
        std: likewise.
        generator: of the draws.
    """
    levels = mean + std * torch.randn(count, 1, 28, 28, generator=generator)
    return levels.div(255).clamp(0, 1)

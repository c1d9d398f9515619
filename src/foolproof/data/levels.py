"""Pixels as the 256 levels of a picture file."""

import torch
from torch import Tensor

LEVELS = 255
"""Largest value of an 8-bit pixel."""


def to_8_bit(pixels: Tensor, bounds: tuple[float, float] = (0, 1)) -> Tensor:
    """Round pixels within bounds to uint8 levels, 0 at the lower and 255 at the upper bound."""
    low, high = bounds
    return ((pixels - low) / (high - low) * LEVELS).round().clamp(0, LEVELS).to(torch.uint8)


def from_8_bit(levels: Tensor, bounds: tuple[float, float]) -> Tensor:
    """Convert uint8 levels to float32 pixels within bounds."""
    low, high = bounds
    return low + (high - low) * (levels.float() / LEVELS)

"""Layers that torch.nn does not have."""

import torch
from torch import Tensor, nn


class Normalize(nn.Module):
    """A network's own input normalization, as its first layer: (x - mean) / std per channel.

    It lets everything outside a network speak of pixels in [0, 1].
    """

    mean: Tensor
    std: Tensor

    def __init__(self, mean: tuple[float, ...], std: tuple[float, ...]) -> None:
        super().__init__()
        self.register_buffer("mean", torch.tensor(mean)[:, None, None], persistent=False)
        self.register_buffer("std", torch.tensor(std)[:, None, None], persistent=False)

    def forward(self, pixels: Tensor) -> Tensor:
        """Map pixels (N, C, H, W) in [0, 1] to the network's own range, same shape."""
        return (pixels - self.mean) / self.std


class Scale(nn.Module):
    """Multiplication by a constant, such as to keep the first logits of a training small."""

    def __init__(self, factor: float) -> None:
        super().__init__()
        self.factor = factor

    def forward(self, inputs: Tensor) -> Tensor:
        """Map inputs of any shape to `factor` times them."""
        return inputs * self.factor

    def extra_repr(self) -> str:
        """Name the factor where the network is printed."""
        return str(self.factor)

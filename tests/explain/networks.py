"""Tiny networks for explanations."""

from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.functional import relu

CLASSES = 4
SHAPE = (3, 6, 8)


def linear(shape: tuple[int, ...] = SHAPE) -> nn.Sequential:
    """Build a linear network."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        return nn.Sequential(nn.Flatten(), nn.Linear(torch.Size(shape).numel(), CLASSES))


def convolutional(channels: int = 3) -> nn.Sequential:
    """Build a network of two convolutions on images of any size."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(1)
        network = nn.Sequential(
            nn.Conv2d(channels, 5, 3, padding=1),
            nn.ReLU(),
            nn.Conv2d(5, 6, 3, stride=2),
            nn.ReLU(),
            nn.AdaptiveAvgPool2d(1),
            nn.Flatten(),
            nn.Linear(6, CLASSES),
        )
        network.get_parameter("6.weight").data.mul_(30)
        return network


def images(count: int = 5, shape: tuple[int, ...] = SHAPE) -> Tensor:
    """Draw pixels (count, *shape) in [0, 1]."""
    return torch.rand(count, *shape, generator=torch.Generator().manual_seed(2))


class Branching(nn.Module):
    """A network with a branch on the images, which torch.fx cannot trace."""

    def __init__(self, network: nn.Module) -> None:
        super().__init__()
        self.network = network

    def forward(self, pixels: Tensor) -> Tensor:
        """Compute the logits of the network."""
        if pixels.sum() < 0:
            pixels = -pixels
        logits: Tensor = self.network(pixels)
        return logits


class Activated(nn.Module):
    """Two convolutions with ReLUs that are called as functions."""

    def __init__(self, *, inplace: bool) -> None:
        super().__init__()
        self.inplace_function = inplace
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(3)
            self.first = nn.Conv2d(3, 4, 3)
            self.second = nn.Conv2d(4, 4, 3)
            self.unused = nn.Conv2d(4, 4, 3)
            self.squeeze = nn.Conv2d(4, 4, 1)
            self.head = nn.Linear(4, CLASSES)

    def forward(self, pixels: Tensor) -> Tensor:
        """Compute logits (N, CLASSES)."""
        maps = relu(self.first(pixels), inplace=self.inplace_function)
        maps = relu(self.second(maps), inplace=self.inplace_function)
        maps = maps * self.squeeze(maps.mean((2, 3), keepdim=True)).sigmoid()
        logits: Tensor = self.head(maps.mean((2, 3)))
        return logits


def bad_input(x: Tensor) -> list[tuple[Tensor, Any, str]]:
    """List images and targets that every explanation refuses, with the message."""
    with_nan = x.clone()
    with_nan[0, 0, 0, 0] = torch.nan
    return [
        (with_nan, 1, "images contain NaN"),
        (x + 1, 1, r"expected pixels in \[0, 1\], found 1.* to "),
        (x.flatten(1), 1, r"expected images \(N, C, H, W\), found the shape \(5, 144\)"),
        (x, CLASSES, "expected target from 0 to 3, found 4"),
        (x, torch.tensor([1]), r"expected target as an int64 tensor \(5,\), found .* \(1,\)"),
    ]

"""Tiny networks: one with named layers, and one that depends on a single pixel."""

from collections import OrderedDict

import pytest
import torch
from torch import Tensor, nn

from foolproof.networks.layers import Normalize
from foolproof.pretrained.load import Pretrained


@pytest.fixture
def pretrained() -> Pretrained:
    """Two convolutions and a fully connected layer, for images of 16 x 16."""
    torch.manual_seed(0)
    body = nn.Sequential(
        OrderedDict(
            first=nn.Conv2d(3, 5, 3),
            relu=nn.ReLU(),
            second=nn.Conv2d(5, 4, 3, stride=2),
            pool=nn.AdaptiveAvgPool2d(1),
            flatten=nn.Flatten(),
            fc=nn.Linear(4, 3),
        )
    )
    network = nn.Sequential(OrderedDict(normalize=Normalize((0.5,) * 3, (0.2,) * 3), body=body))
    network.eval().requires_grad_(False)
    return Pretrained("resnet_tiny", network, ("cat", "coffee", "rocket"), resize=18, crop=16)


SIDE = 12


class OnePixel(nn.Module):
    """A network whose first logit is the brightness of one pixel; the other one is zero."""

    def __init__(self, y: int, x: int) -> None:
        super().__init__()
        self.y, self.x = y, x

    def forward(self, pixels: Tensor) -> Tensor:
        """Compute logits (N, 2)."""
        value = 8 * pixels[:, :, self.y, self.x].mean(1)
        return torch.stack([value, torch.zeros_like(value)], 1)


@pytest.fixture
def photo() -> Tensor:
    return 0.2 + 0.8 * torch.rand(3, SIDE, SIDE, generator=torch.Generator().manual_seed(0))

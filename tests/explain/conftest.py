"""A tiny network whose layers have names like torchvision's."""

from collections import OrderedDict

import pytest
import torch
from torch import nn

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

"""A tiny network, and photos for it."""

from collections import OrderedDict
from io import BytesIO

import numpy as np
import pytest
import torch
from PIL import Image
from torch import nn

from foolproof.networks.layers import Normalize
from foolproof.pretrained.load import Pretrained

MEAN, STD = (0.4, 0.5, 0.6), (0.2, 0.25, 0.3)


@pytest.fixture
def pretrained() -> Pretrained:
    """A network with six rectified features, named like a supported family."""
    torch.manual_seed(0)
    body = nn.Sequential(
        OrderedDict(
            conv=nn.Conv2d(3, 6, 5, stride=4),
            relu=nn.ReLU(),
            pool=nn.AdaptiveAvgPool2d(1),
            flatten=nn.Flatten(),
            fc=nn.Linear(6, 4),
        )
    )
    network = nn.Sequential(OrderedDict(normalize=Normalize(MEAN, STD), body=body))
    network.eval().requires_grad_(False).to(memory_format=torch.channels_last)
    return Pretrained("resnet_tiny", network, ("a", "b", "c", "d"), resize=40, crop=32)


def encode(seed: int) -> bytes:
    """Make a JPEG file of blotches; its size and shape differ from seed to seed."""
    width, height = 50 + 7 * (seed % 5), 70 - 6 * (seed % 4)
    coarse = np.random.default_rng(seed).integers(0, 256, (9, 9, 3), dtype=np.uint8)
    stream = BytesIO()
    Image.fromarray(coarse).resize((width, height)).save(stream, "JPEG")
    return stream.getvalue()


@pytest.fixture
def files() -> list[tuple[str, bytes]]:
    """Eleven photos: a prime number, so that the last batch is incomplete."""
    return [(f"photo_{seed}.jpg", encode(seed)) for seed in range(11)]

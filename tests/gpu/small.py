"""Small networks and pictures on a device, the same ones on each."""

from collections import OrderedDict

import numpy as np
import torch
from PIL import Image
from torch import Tensor, nn

from foolproof.compute.seeds import new_generator
from foolproof.networks.layers import Normalize, replace_adaptive_pools
from foolproof.networks.mnist import mnist_cnn
from foolproof.pretrained.load import Pretrained

CROP = 24


def digits(device: torch.device, count: int = 6) -> Tensor:
    """Pictures (count, 1, 28, 28) with many black and white pixels."""
    pixels = (2 * torch.rand(count, 1, 28, 28, generator=new_generator(0)) - 0.5).clamp(0, 1)
    return pixels.to(device)


def digit_network(device: torch.device, *, seed: int = 0) -> nn.Sequential:
    """An untrained network of digits that sees several classes, and is sure of them."""
    torch.manual_seed(seed)
    network = mnist_cnn(batch_norm=True, hidden=(50,)).eval().requires_grad_(False)
    last = network.get_submodule("fc2")
    assert isinstance(last, nn.Linear)
    logits = network(digits(torch.device("cpu")))
    last.bias.sub_(logits.mean(0))
    for parameter in (last.weight, last.bias):
        parameter.mul_(100)
    return network.to(device).to(memory_format=torch.channels_last)


def labels_of(network: nn.Module, pixels: Tensor) -> Tensor:
    """What a network sees in pictures."""
    return torch.as_tensor(network(pixels).argmax(1))


def photo_network(device: torch.device) -> Pretrained:
    """An untrained network of photographs, with all kinds of layers that pretrained ones have."""
    torch.manual_seed(0)
    body = nn.Sequential(
        OrderedDict(
            first=nn.Conv2d(3, 6, 3, stride=2, bias=False),
            norm=nn.BatchNorm2d(6),
            relu=nn.ReLU(inplace=True),
            pool=nn.MaxPool2d(3, 2, ceil_mode=True),
            second=nn.Conv2d(6, 8, 3, padding=1, groups=2),
            relu6=nn.ReLU6(inplace=True),
            average=nn.AdaptiveAvgPool2d((2, 2)),
            dropout=nn.Dropout(),
            flatten=nn.Flatten(),
            fc=nn.Linear(32, 4),
        )
    )
    replace_adaptive_pools(body)
    network = nn.Sequential(OrderedDict(normalize=Normalize((0.5,) * 3, (0.2,) * 3), body=body))
    network.eval().requires_grad_(False).to(device).to(memory_format=torch.channels_last)
    classes = ("cat", "coffee", "rocket", "zebra")
    return Pretrained("resnet_tiny", network, classes, resize=26, crop=CROP)


def photos(device: torch.device, count: int = 3) -> Tensor:
    """Pixels (count, 3, CROP, CROP) of noise."""
    return torch.rand(count, 3, CROP, CROP, generator=new_generator(1)).to(device)


def pictures(count: int = 3) -> list[Image.Image]:
    """Noise as pictures of 30 x 40."""
    noise = np.random.default_rng(0).integers(0, 256, (count, 30, 40, 3), dtype=np.uint8)
    return [Image.fromarray(each) for each in noise]

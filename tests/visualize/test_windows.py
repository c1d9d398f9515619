"""Logits from a window are those of the whole image, whatever the layers."""

from collections.abc import Callable
from itertools import product

import pytest
import torch
from torch import Tensor, nn

from foolproof.models.layers import Normalize
from foolproof.models.mnist import NETWORKS
from foolproof.visualize.windows import WindowedNetwork

HEIGHT, WIDTH = 11, 14


class Residual(nn.Module):
    """A network that is no chain of layers."""

    def __init__(self) -> None:
        super().__init__()
        self.convolution = nn.Conv2d(2, 2, 3, padding=1)

    def forward(self, pixels: Tensor) -> Tensor:
        """Map pixels (N, 2, H, W) to numbers (N, 2 H W)."""
        features: Tensor = pixels + self.convolution(pixels)
        return features.flatten(1)


def chain(*layers: nn.Module) -> nn.Sequential:
    return nn.Sequential(*layers, nn.Flatten())


CHAINS: dict[str, Callable[[], nn.Module]] = {
    "each cell alone": lambda: chain(Normalize((0.1,), (0.3,)), nn.BatchNorm2d(2), nn.ReLU()),
    "padded": lambda: chain(
        nn.Conv2d(2, 3, 3, padding=1), nn.ReLU(), nn.Conv2d(3, 2, 3, padding=2)
    ),
    "unpadded": lambda: chain(nn.Conv2d(2, 3, 4), nn.Conv2d(3, 2, 3)),
    "not square": lambda: chain(nn.Conv2d(2, 3, (1, 5), padding=(0, 2)), nn.MaxPool2d(2, stride=1)),
    "strided": lambda: chain(nn.Conv2d(2, 3, 3, stride=2, padding=1), nn.Conv2d(3, 3, 2, stride=2)),
    "pooled": lambda: chain(nn.Conv2d(2, 3, (2, 3), padding=(0, 1)), nn.MaxPool2d(2)),
    "pooled with cells left over": lambda: chain(nn.Conv2d(2, 3, 3, padding=1), nn.MaxPool2d(2)),
    "stride wider than the kernel": lambda: chain(nn.Conv2d(2, 3, 1, stride=2)),
    "pooled with padding": lambda: chain(nn.MaxPool2d(3, stride=2, padding=1)),
    "dilated": lambda: chain(nn.Conv2d(2, 3, 3, dilation=2)),
    "other padding": lambda: chain(nn.Conv2d(2, 3, 3, padding=1, padding_mode="reflect")),
    "padding by name": lambda: chain(nn.Conv2d(2, 3, 3, padding="same")),
    "no chain": Residual,
}


@pytest.mark.parametrize("build", [pytest.param(build, id=name) for name, build in CHAINS.items()])
def test_a_window_gives_the_logits_of_the_whole_image(build: Callable[[], nn.Module]) -> None:
    network = build().eval().requires_grad_(False)
    generator = torch.Generator().manual_seed(0)
    pixels = torch.randn(3, 2, HEIGHT, WIDTH, generator=generator)
    known = WindowedNetwork(network, pixels)
    torch.testing.assert_close(known.known_logits(), network(pixels), rtol=1e-5, atol=1e-5)
    images = torch.tensor([2, 0, 2])
    for (top, bottom), (left, right) in product(
        [(0, 1), (0, 11), (3, 6), (4, 8), (10, 11)], [(0, 2), (5, 6), (6, 11), (12, 14)]
    ):
        content = torch.randn(3, 2, bottom - top, right - left, generator=generator)
        changed = pixels[images]
        changed[..., top:bottom, left:right] = content
        window = slice(top, bottom), slice(left, right)
        logits = known.logits(images, window, content)
        torch.testing.assert_close(logits, network(changed), rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("name", list(NETWORKS))
def test_before_the_connected_layers_our_networks_compute_small_windows_only(name: str) -> None:
    network = NETWORKS[name]().eval().requires_grad_(False)
    known = WindowedNetwork(network, torch.rand(1, 1, 28, 28))
    assert isinstance(known._remaining_layers[0], nn.Flatten)
    sides = []
    for layer, *_ in known._local_layers:
        layer.register_forward_hook(lambda _, inputs, __: sides.append(inputs[0].shape[2]))
    known.logits(torch.tensor([0]), (slice(12, 16), slice(12, 16)), torch.rand(1, 1, 4, 4))
    assert max(sides) == 8

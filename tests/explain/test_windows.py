"""Logits from a window are those of the whole image, whatever the layers."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import product

import pytest
import torch
from torch import Tensor, nn
from torch.nn.modules.module import register_module_forward_pre_hook
from torchvision.models import get_model

from foolproof.explain.windows import WindowedNetwork
from foolproof.networks.layers import Normalize
from foolproof.networks.mnist import NETWORKS
from foolproof.trained.folding import fold_batch_norm

HEIGHT, WIDTH = 11, 14


class Residual(nn.Module):
    """A layer and its input added up, with different windows therefore."""

    def __init__(self) -> None:
        super().__init__()
        self.convolution = nn.Conv2d(2, 2, 3, padding=1)

    def forward(self, maps: Tensor) -> Tensor:
        """Map (N, 2, H, W) to the same shape."""
        sums: Tensor = maps + self.convolution(maps)
        return sums


class Attention(nn.Module):
    """Channels weighted by what the whole map holds: local after something that is not."""

    def __init__(self) -> None:
        super().__init__()
        self.convolution = nn.Conv2d(2, 2, 3, padding=1)

    def forward(self, maps: Tensor) -> Tensor:
        """Map (N, 2, H, W) to the same shape."""
        features = self.convolution(maps)
        weighted: Tensor = features.mean((2, 3), keepdim=True) * features
        return weighted


class Gradient(nn.Module):
    """Something else added in each place, which is not local therefore."""

    ramp: Tensor

    def __init__(self) -> None:
        super().__init__()
        self.register_buffer("ramp", torch.arange(WIDTH).float())

    def forward(self, maps: Tensor) -> Tensor:
        """Map (N, 2, H, WIDTH) to the same shape."""
        tilted: Tensor = maps + self.ramp
        return tilted


def reused() -> nn.Sequential:
    """Build a chain with one layer in two places."""
    layer = nn.Conv2d(2, 2, 3, padding=1)
    return chain(layer, nn.ReLU(inplace=True), layer)


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
    "residual": lambda: chain(Residual(), nn.ReLU(inplace=True), Residual()),
    "attention": lambda: chain(Attention(), Residual()),
    "a constant for each place": lambda: chain(Gradient()),
    "one layer twice": reused,
    "layers in place": lambda: chain(nn.ReLU(inplace=True), Residual(), nn.ReLU6(inplace=True)),
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
    with heights_of_inputs(nn.Conv2d) as heights:
        known.logits(torch.tensor([0]), (slice(12, 16), slice(12, 16)), torch.rand(1, 1, 4, 4))
    assert max(heights) == 8
    assert len(heights) == sum(isinstance(layer, nn.Conv2d) for layer in network.modules())


def test_a_residual_network_computes_strips_only() -> None:
    """Of 112 rows, 8 see a strip of 15; 12 are seen by the 10 that see those."""
    network = fold_batch_norm(get_model("mobilenet_v2").eval())
    known = WindowedNetwork(network, torch.rand(1, 3, 224, 224))
    with heights_of_inputs(nn.Conv2d) as heights:
        strip = slice(100, 115), slice(0, 224)
        known.logits(torch.tensor([0]), strip, torch.rand(1, 3, 15, 224))
    assert heights[:2] == [17, 12]
    assert len(heights) == sum(isinstance(layer, nn.Conv2d) for layer in network.modules())


@contextmanager
def heights_of_inputs(kind: type[nn.Module]) -> Iterator[list[int]]:
    """Note the number of rows that each layer of a kind looks at, in order."""
    heights: list[int] = []

    def note(layer: nn.Module, inputs: tuple[Tensor, ...]) -> None:
        if isinstance(layer, kind):
            heights.append(inputs[0].shape[2])

    hook = register_module_forward_pre_hook(note)
    yield heights
    hook.remove()

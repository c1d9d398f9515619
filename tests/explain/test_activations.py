"""Activation maps after the ReLU, and their statistics by depth."""

from collections import OrderedDict
from math import cos, pi

import pytest
import torch
from torch import Tensor, nn

from foolproof.core.errors import FoolproofError
from foolproof.explain.activations import (
    ActivationStatistics,
    activation_maps,
    activation_statistics,
    change_with_depth,
)
from foolproof.networks.mnist import mnist_cnn


def one_by_one(*weights: float, stride: int = 1) -> nn.Sequential:
    """Build a layer `conv` that multiplies the pixels by each weight, before a pool and a ReLU."""
    conv = nn.Conv2d(1, len(weights), kernel_size=1, stride=stride, bias=False)
    conv.weight.data = torch.tensor(weights, dtype=torch.float32)[:, None, None, None]
    return nn.Sequential(OrderedDict(conv=conv, pool=nn.MaxPool2d(2), relu=nn.ReLU()))


def measure(network: nn.Sequential, pixels: Tensor, labels: list[int]) -> ActivationStatistics:
    return activation_statistics(network, pixels, torch.tensor(labels), ["conv"])["conv"]


def test_activation_maps_of_a_tiny_network_by_hand() -> None:
    conv = nn.Conv2d(1, 1, kernel_size=2)
    conv.weight.data = torch.tensor([[[[1.0, -1], [0, 2]]]])
    conv.bias.data = torch.tensor([-1.0])  # type: ignore[union-attr]
    network = nn.Sequential(OrderedDict(first=conv, pool=nn.MaxPool2d(2), relu=nn.ReLU()))
    pixels = torch.tensor([[[[1.0, 0, 1], [0, 1, 0], [1, 0, 0]]]])
    # For example top left: 1 * 1 - 1 * 0 + 0 * 0 + 2 * 1 - 1 = 2.
    expected = torch.tensor([[[[2.0, 0], [0, 0]]]])
    torch.testing.assert_close(activation_maps(network, pixels, ["first"])["first"], expected)


def test_batch_norm_is_applied_before_relu() -> None:
    norm = nn.BatchNorm2d(1, eps=0)
    norm.running_mean, norm.running_var = torch.tensor([2.0]), torch.tensor([4.0])
    network = nn.Sequential(OrderedDict(conv=one_by_one(10)[0], norm=norm)).eval()
    maps = activation_maps(network, torch.tensor([[[[0.1, 0.2, 0.8]]]]), ["conv"])["conv"]
    torch.testing.assert_close(maps, torch.tensor([[[[0.0, 0.0, 3.0]]]]))


@pytest.mark.parametrize("batch_norm", [False, True])
def test_pooled_activation_maps_equal_the_input_of_the_next_layer(batch_norm: bool) -> None:
    network = mnist_cnn(batch_norm=batch_norm).eval().requires_grad_(False)
    pixels = torch.rand(3, 1, 28, 28, generator=torch.Generator().manual_seed(0))
    maps = activation_maps(network, pixels, ["conv2", "conv1"])
    assert list(maps) == ["conv2", "conv1"]
    assert maps["conv1"].shape == (3, 32, 28, 28)
    assert maps["conv2"].shape == (3, 32, 14, 14)
    names = [name for name, _ in network.named_children()]
    for layer, relu in (("conv1", "relu1"), ("conv2", "relu2")):
        torch.testing.assert_close(
            nn.functional.max_pool2d(maps[layer], 2), network[: names.index(relu) + 1](pixels)
        )


def test_unknown_layer_is_refused_with_valid_names() -> None:
    network = mnist_cnn(batch_norm=True)
    with pytest.raises(FoolproofError, match=r"'norm1'; the network has: conv1, conv2$"):
        activation_maps(network, torch.zeros(1, 1, 28, 28), ["conv1", "norm1"])


def test_sparsity_and_dead_channels_of_known_maps() -> None:
    pixels = torch.zeros(2, 1, 4, 4)
    pixels[0, 0, 0] = 0.5
    numbers = measure(one_by_one(1, 2, -1, -2), pixels, [0, 1])
    assert numbers.dead.tolist() == [False, False, True, True]
    assert numbers.describe()["dead_channels"]["count"] == 2
    # Only the first row of the first image, in half of the channels, is not zero.
    assert numbers.sparsity.tolist() == [1 - 4 / 32, 1]
    assert numbers.describe()["sparsity"]["mean"] == 1 - 4 / 32 / 2


@pytest.mark.parametrize("cycles", [1, 3, 7])
@pytest.mark.parametrize("dimension", [0, 1])
def test_frequency_of_sinusoid(cycles: int, dimension: int) -> None:
    wave = torch.tensor([0.5 + 0.5 * cos(2 * pi * cycles * x / 28) for x in range(28)])
    pixels = (wave[:, None] if dimension == 0 else wave[None]).expand(1, 1, 28, 28)
    assert measure(one_by_one(1), pixels, [0]).frequency.item() == pytest.approx(
        cycles / 28, rel=1e-4
    )


def test_frequency_is_per_input_pixel_at_any_resolution() -> None:
    wave = torch.tensor([0.5 + 0.5 * cos(2 * pi * 2 * x / 28) for x in range(28)])
    pixels = wave.expand(1, 1, 28, 28)
    assert measure(one_by_one(1, stride=2), pixels, [0]).frequency.item() == pytest.approx(
        2 / 28, rel=1e-4
    )


@pytest.mark.parametrize(
    ("brightness", "expected"),
    [
        pytest.param([0.2, 0.2, 0.8, 0.8], 1, id="the class determines it"),
        pytest.param([0.2, 0.8, 0.2, 0.8], 0, id="the class explains nothing"),
        # Class means -0.2 and 0.2 around the mean: 4 * 0.2^2 / (2 * 0.4^2 + 2 * 0^2).
        pytest.param([0.1, 0.5, 0.5, 0.9], 0.5, id="the class explains half"),
    ],
)
def test_class_selectivity_of_known_means(brightness: list[float], expected: float) -> None:
    pixels = torch.tensor(brightness)[:, None, None, None].expand(4, 1, 4, 4).clone()
    pixels[:, :, 0, 0] = 0  # a constant map would have no frequency
    # The second channel is dead: it does not vary, so it does not count.
    numbers = measure(one_by_one(1, -1), pixels, [3, 3, 7, 7])
    assert numbers.class_selectivity.tolist() == pytest.approx([expected], abs=1e-6)


def test_statistics_do_not_depend_on_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    network = mnist_cnn(batch_norm=False).eval()
    pixels = torch.rand(7, 1, 28, 28, generator=torch.Generator().manual_seed(0))
    labels = torch.tensor([0, 1, 2, 0, 1, 2, 0])
    whole = activation_statistics(network, pixels, labels, ["conv1", "conv2"])
    assert list(whole) == ["input", "conv1", "conv2"]
    monkeypatch.setattr("foolproof.explain.activations.CHUNK", 3)
    chunked = activation_statistics(network, pixels, labels, ["conv1", "conv2"])
    for name, numbers in whole.items():
        for one, other in zip(chunked[name], numbers, strict=True):
            torch.testing.assert_close(one, other, rtol=1e-5, atol=1e-6)


def test_change_with_depth_is_paired_by_image() -> None:
    """Two images whose frequencies differ by 0.1 and 0.3: 0.2 ± t(0.975, 1) 0.1."""
    values = {"sparsity": [0.5, 0.5], "frequency": [0.1, 0.9], "class_selectivity": [0.2, 0.4]}
    shallow, deep = (
        ActivationStatistics(
            dead=torch.tensor([False]),
            **{name: torch.tensor(each, dtype=torch.double) for name, each in numbers.items()},
        )
        for numbers in (values, values | {"frequency": [0.2, 1.2], "class_selectivity": [0.7, 0.9]})
    )
    change = change_with_depth(shallow, deep)
    assert change["frequency"] == {
        "mean": pytest.approx(0.2), "ci95": pytest.approx(12.7062 * 0.1, rel=1e-4), "n": 2
    }  # fmt: skip
    assert change["sparsity"] == {"mean": 0, "ci95": 0, "n": 2}
    assert change["class_selectivity"]["mean"] == pytest.approx(0.5)
    assert change["class_selectivity"]["n"] == 4


def test_channels_of_a_dead_layer_are_not_selective() -> None:
    """A network whose training failed still has statistics, without NaN."""
    network = mnist_cnn(batch_norm=False)
    conv = network.get_submodule("conv2")
    assert isinstance(conv.bias, torch.Tensor)
    conv.bias.data.fill_(-1000)
    pixels = torch.rand(6, 1, 28, 28, generator=torch.Generator().manual_seed(0))
    with torch.no_grad():
        found = activation_statistics(network.eval(), pixels, torch.arange(6) % 2, ["conv2"])
    assert found["conv2"].dead.all()
    described = found["conv2"].describe()
    assert described["class_selectivity"]["mean"] == 0
    assert described["frequency"]["mean"] == 0
    assert change_with_depth(found["input"], found["conv2"])["class_selectivity"]["mean"] <= 0

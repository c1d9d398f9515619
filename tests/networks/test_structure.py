"""Shapes and counts against hand computation and torchinfo, receptive fields against autograd."""

from dataclasses import asdict
from typing import Any

import pytest
import torch
import torchinfo
from torch import nn

from foolproof.networks import cifar10
from foolproof.networks.cis680 import cis680_cnn
from foolproof.networks.layers import AveragePool, MaxOverMap
from foolproof.networks.mnist import NETWORKS, mnist_cnn
from foolproof.networks.outputs import layer_outputs
from foolproof.networks.structure import describe, layers_of

IMAGE = (1, 28, 28)
CONVOLUTIONS, CONNECTED = 320 + 9_248, 784_500 + 5_010
CONV_NEURONS = 25_088 + 6_272


@pytest.mark.parametrize(
    ("name", "norms", "connected", "neurons_fc"),
    [
        ("nobn", 0, CONNECTED, 510),
        ("bn", 2 * 2 * 32, CONNECTED, 510),
        ("two_hidden", 2 * 2 * 32, CONNECTED + 500 * 500 + 500, 1010),
    ],
)
def test_counts_by_hand(name: str, norms: int, connected: int, neurons_fc: int) -> None:
    found = asdict(describe(NETWORKS[name](), IMAGE))
    del found["layers"]
    assert found == {
        "parameters": CONVOLUTIONS + norms + connected,
        "parameters_conv": CONVOLUTIONS,
        "parameters_fc": connected,
        "parameters_norm": norms,
        "neurons": CONV_NEURONS + neurons_fc,
        "neurons_conv": CONV_NEURONS,
        "neurons_fc": neurons_fc,
        "receptive_field": 10,
    }


def test_the_layers_of_the_network_without_batch_norm_by_hand() -> None:
    found = [
        (layer.name, layer.output_shape, layer.parameters, layer.neurons, layer.receptive_field)
        for layer in layers_of(NETWORKS["nobn"](), IMAGE)
    ]
    assert found == [
        ("normalize", (1, 28, 28), 0, 0, 1),
        ("conv1", (32, 28, 28), 320, 25_088, 3),
        ("pool1", (32, 14, 14), 0, 0, 4),
        ("relu1", (32, 14, 14), 0, 0, 4),
        ("conv2", (32, 14, 14), 9_248, 6_272, 8),
        ("pool2", (32, 7, 7), 0, 0, 10),
        ("relu2", (32, 7, 7), 0, 0, 10),
        ("flatten", (1_568,), 0, 0, None),
        ("fc1", (500,), 784_500, 500, None),
        ("relu3", (500,), 0, 0, None),
        ("fc2", (10,), 5_010, 10, None),
    ]


@pytest.mark.parametrize("name", NETWORKS)
def test_shapes_and_parameters_are_those_of_torchinfo(name: str) -> None:
    network = NETWORKS[name]()
    summary = torchinfo.summary(network, (1, *IMAGE), verbose=0)
    theirs = [
        (info.var_name, info.class_name, *map(tuple, (info.input_size, info.output_size)))
        for info in summary.summary_list[1:]
    ]
    layers = layers_of(network, IMAGE)
    ours: list[Any] = [
        (layer.name, layer.kind, (1, *layer.input_shape), (1, *layer.output_shape))
        for layer in layers
    ]
    assert ours == theirs
    assert [layer.parameters for layer in layers] == [
        info.num_params for info in summary.summary_list[1:]
    ]
    assert describe(network, IMAGE).parameters == summary.total_params


def linearized(network: nn.Module) -> nn.Module:
    """Replace what hides a pixel from the gradient: signs, maxima and non-linearities."""
    for name, layer in list(network.named_modules()):
        if isinstance(layer, nn.Conv2d):
            nn.init.ones_(layer.weight)
        elif isinstance(layer, nn.MaxPool2d):
            average = nn.AvgPool2d(layer.kernel_size, layer.stride, layer.padding)
            network.set_submodule(name, average)
        elif isinstance(layer, MaxOverMap | nn.AdaptiveMaxPool2d):
            network.set_submodule(name, nn.AdaptiveAvgPool2d(1))
        elif isinstance(layer, nn.ReLU | nn.GELU | nn.BatchNorm2d):
            network.set_submodule(name, nn.Identity())
    return network.double().eval()


def support(network: nn.Module, layer: str, image: tuple[int, ...]) -> int:
    """Measure the longest support of the gradient of a cell of a layer's map.

    Its height depends on the cell's row alone and its width on the column, so that the cells of a
    diagonal are enough.
    """
    pixels = torch.zeros(1, *image, dtype=torch.float64, requires_grad=True)
    maps = layer_outputs(network, [layer], pixels)[layer].sum(1)[0]
    longest = 0
    height, width = maps.shape
    for at in range(max(height, width)):
        cell = maps[min(at, height - 1), min(at, width - 1)]
        (gradient,) = torch.autograd.grad(cell, pixels, retain_graph=True)
        for places in gradient[0].sum(0).nonzero(as_tuple=True):
            longest = max(longest, int(places.max() - places.min() + 1))
    return longest


HOUSE = {
    **{f"mnist_{name}": (build, IMAGE) for name, build in NETWORKS.items()},
    "cis680": (cis680_cnn, IMAGE),
    **{f"cifar10_{name}": (build, (3, 32, 32)) for name, build in cifar10.NETWORKS.items()},
}


@pytest.mark.parametrize("name", HOUSE)
def test_receptive_fields_of_our_networks_are_the_supports_of_the_gradient(name: str) -> None:
    build, image = HOUSE[name]
    network = linearized(build())
    fields = {layer.name: layer.receptive_field for layer in layers_of(build(), image)}
    windowed = ("conv", "pool", "avgpool", "maxpool")
    measured = {each: support(network, each, image) for each in fields if each.startswith(windowed)}
    assert {each: fields[each] for each in measured} == measured
    assert max(measured.values()) <= image[-1]


CHAINS: dict[str, tuple[list[nn.Module], int]] = {
    "strides": (
        [nn.Conv2d(1, 2, 5, stride=3), nn.AvgPool2d(3, stride=2), nn.Conv2d(2, 2, (3, 3))],
        64,
    ),
    "overlapping pools": (
        [nn.AvgPool2d(2, stride=1), nn.Conv2d(1, 1, 4, stride=2, padding=2), nn.AvgPool2d(2)],
        64,
    ),
    "dilation": ([nn.Conv2d(1, 1, 3, dilation=4), nn.Conv2d(1, 1, 3, padding=2, dilation=2)], 40),
    "same padding": ([nn.Conv2d(1, 1, 5, padding="same"), nn.Conv2d(1, 1, 3, dilation=3)], 20),
    "the cap": ([nn.Conv2d(1, 1, 9, padding=4), nn.Conv2d(1, 1, 9, padding=4)], 12),
    "adaptive pool to one cell": ([nn.Conv2d(1, 1, 3), nn.AdaptiveAvgPool2d(1)], 20),
    "adaptive pool, uneven": ([nn.Conv2d(1, 1, 3), nn.AdaptiveAvgPool2d((3, 4))], 13),
    "our average pool, uneven": ([nn.Conv2d(1, 1, 3), AveragePool(4, 4)], 17),
    "global max-pooling": ([nn.Conv2d(1, 1, 3, stride=2), MaxOverMap()], 21),
    "kernels that are not square": ([nn.Conv2d(1, 1, (1, 5)), nn.AvgPool2d((1, 3), (1, 2))], 16),
}


@pytest.mark.parametrize("name", CHAINS)
def test_the_receptive_field_of_other_chains(name: str) -> None:
    chain, side = CHAINS[name]
    network = nn.Sequential(*chain)
    field = describe(network, (1, side, side)).receptive_field
    assert field == support(linearized(network), str(len(chain) - 1), (1, side, side))


def test_receptive_fields_by_hand() -> None:
    """1 + 2 * 4, dilated; 11 of an 8-pixel image; global pooling sees all."""
    fields = [
        describe(nn.Sequential(*chain), (1, side, side)).receptive_field
        for chain, side in (
            ([nn.Conv2d(1, 1, 3, dilation=4)], 30),
            ([nn.Conv2d(1, 1, 11, padding=5)], 8),
            ([nn.AdaptiveMaxPool2d(1)], 30),
        )
    ]
    assert fields == [9, 8, 30]


@pytest.mark.parametrize("training", [True, False])
def test_describe_does_not_change_the_network(training: bool) -> None:
    network = mnist_cnn(batch_norm=True).train(training)
    before = {name: tensor.clone() for name, tensor in network.state_dict().items()}
    describe(network, IMAGE)
    assert network.training == training
    assert not any(module._forward_hooks for module in network.modules())
    for name, tensor in network.state_dict().items():
        assert torch.equal(tensor, before[name])


def test_no_hooks_remain_after_an_image_of_wrong_shape() -> None:
    network = mnist_cnn(batch_norm=True).train()
    with pytest.raises(RuntimeError):
        describe(network, (3, 28, 28))
    assert network.training
    assert not any(module._forward_hooks for module in network.modules())

"""Shapes and counts against hand computation and torchinfo, receptive fields against autograd."""

from dataclasses import asdict
from typing import Any

import pytest
import torch
import torchinfo
from torch import nn

from foolproof.networks.mnist import NETWORKS, mnist_cnn
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


def support(network: nn.Module, side: int) -> int:
    """Measure the receptive field as the side of the non-zero gradient of one central output."""
    pixels = torch.zeros(1, 1, side, side, dtype=torch.float64, requires_grad=True)
    maps = network.double()(pixels)
    (gradient,) = torch.autograd.grad(
        maps[0, :, maps.shape[2] // 2, maps.shape[3] // 2].sum(), pixels
    )
    rows, columns = gradient[0, 0].nonzero(as_tuple=True)
    sides = {int(places.max() - places.min() + 1) for places in (rows, columns)}
    assert len(sides) == 1
    return sides.pop()


@pytest.mark.parametrize("last", ["conv1", "pool1", "conv2", "pool2"])
def test_the_receptive_field_is_the_support_of_the_gradient(last: str) -> None:
    """With average-pooling for max-pooling and without ReLU, every pixel of the field counts."""
    layers = mnist_cnn(batch_norm=False).named_children()
    chain: list[nn.Module] = []
    for name, layer in layers:
        if isinstance(layer, nn.Conv2d):
            nn.init.ones_(layer.weight)
        if not isinstance(layer, nn.ReLU):
            chain.append(nn.AvgPool2d(2) if isinstance(layer, nn.MaxPool2d) else layer)
        if name == last:
            break
    fields = {layer.name: layer.receptive_field for layer in layers_of(NETWORKS["nobn"](), IMAGE)}
    assert fields[last] == support(nn.Sequential(*chain), 28)


@pytest.mark.parametrize(
    "chain",
    [
        [nn.Conv2d(1, 2, 5, stride=3), nn.AvgPool2d(3, stride=2), nn.Conv2d(2, 2, (3, 3))],
        [nn.AvgPool2d(2, stride=1), nn.Conv2d(1, 1, 4, stride=2, padding=2), nn.AvgPool2d(2)],
    ],
    ids=["strides", "overlapping pools"],
)
def test_the_receptive_field_of_other_chains(chain: list[nn.Module]) -> None:
    for layer in chain:
        if isinstance(layer, nn.Conv2d):
            nn.init.ones_(layer.weight)
    network = nn.Sequential(*chain)
    field = describe(network, (1, 64, 64)).receptive_field
    assert field == support(network, 64)


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

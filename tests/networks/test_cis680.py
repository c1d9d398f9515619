"""The network of CIS680's table 1."""

import torch
from torch import Tensor, nn

from foolproof.networks.cis680 import cis680_cnn
from foolproof.networks.structure import describe, layers_of


def test_the_layers_are_those_of_the_table_in_its_order() -> None:
    network = cis680_cnn()
    block = ["Conv2d", "BatchNorm2d", "ReLU", "AvgPool2d"]
    expected = ["Normalize", *block * 3, "Flatten", "Linear", "BatchNorm1d", "ReLU", "Linear"]
    layers = layers_of(network, (1, 28, 28))
    assert [layer.kind for layer in layers] == expected
    shapes = [layer.output_shape for layer in layers if layer.kind in {"Conv2d", "AvgPool2d"}]
    assert shapes == [
        (32, 28, 28),
        (32, 14, 14),
        (32, 14, 14),
        (32, 7, 7),
        (64, 7, 7),
        (64, 3, 3),
    ]


def test_the_counts_are_those_of_the_formulas() -> None:
    counts = describe(cis680_cnn(), (1, 28, 28))
    assert counts.parameters_conv == 25 * (1 * 32 + 32 * 32 + 32 * 64)
    assert counts.parameters_fc == 64 * 9 * 64 + 64 * 10 + 10
    assert counts.parameters_norm == 2 * (32 + 32 + 64 + 64)
    assert counts.neurons == 32 * 28**2 + 32 * 14**2 + 64 * 7**2 + 64 + 10


def test_pixels_reach_the_first_convolution_between_minus_one_and_one() -> None:
    network = cis680_cnn().eval()
    seen: list[Tensor] = []
    network.get_submodule("conv1").register_forward_pre_hook(lambda _, inputs: seen.append(*inputs))
    network(torch.tensor([0.0, 0.5, 1.0]).view(3, 1, 1, 1).expand(3, 1, 28, 28))
    assert seen[0].flatten(1)[:, 0].tolist() == [-1.0, 0.0, 1.0]


def test_a_convolution_keeps_the_size_by_zero_padding() -> None:
    network = cis680_cnn()
    convolution = network.get_submodule("conv1")
    assert isinstance(convolution, nn.Conv2d)
    inputs = torch.rand(2, 1, 28, 28)
    padded = nn.functional.conv2d(nn.functional.pad(inputs, (2, 2, 2, 2)), convolution.weight)
    torch.testing.assert_close(convolution(inputs), padded)

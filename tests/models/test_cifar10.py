"""The CIFAR-10 networks of CS5787."""

import pytest
import torch

from foolproof.models.cifar10 import NETWORKS, deep_cnn, sheet_cnn
from foolproof.models.structure import describe, layers_of

SHAPE = (3, 32, 32)


@pytest.mark.parametrize("batch_norm", [False, True])
def test_the_layers_are_those_of_the_sheet(batch_norm: bool) -> None:
    layers = layers_of(sheet_cnn(batch_norm=batch_norm), SHAPE)
    kinds = [layer.kind for layer in layers if layer.kind != "BatchNorm2d"]
    convolution = ["Conv2d", "ReLU"]
    first = ["Conv2d", "MaxPool2d", "ReLU"]
    expected = ["Normalize", *first, *convolution * 2, "AdaptiveAvgPool2d", "Flatten", "Linear"]
    assert kinds == expected
    shapes = {layer.name: layer.output_shape for layer in layers}
    assert shapes["conv1"] == (64, 22, 22)
    assert shapes["conv2"] == shapes["conv3"] == (128, 11, 11)
    assert shapes["average"] == (128, 1, 1)


def test_batch_norm_is_the_only_difference() -> None:
    without, with_norm = (describe(NETWORKS[name](), SHAPE) for name in ("nobn", "bn"))
    assert with_norm["parameters_norm"] == 2 * (64 + 128 + 128)
    for count in ("parameters_conv", "parameters_fc", "neurons", "receptive_field"):
        assert without[count] == with_norm[count]
    assert (
        without["parameters_conv"] == (121 * 3 + 1) * 64 + (9 * 64 + 1) * 128 + (9 * 128 + 1) * 128
    )


def test_the_better_network_is_deeper_with_small_filters() -> None:
    layers = [layer for layer in layers_of(deep_cnn(), SHAPE) if layer.kind == "Conv2d"]
    assert [layer.output_shape for layer in layers] == [
        (32, 32, 32),
        (64, 32, 32),
        (64, 16, 16),
        (128, 16, 16),
        (128, 8, 8),
        (256, 8, 8),
        (256, 4, 4),
    ]


@pytest.mark.parametrize("name", NETWORKS)
def test_logits_come_for_every_image(name: str) -> None:
    network = NETWORKS[name]().eval()
    pixels = torch.rand(2, *SHAPE)
    logits = network(pixels)
    assert logits.shape == (2, 10)
    torch.testing.assert_close(network(pixels[:1]), logits[:1], rtol=1e-4, atol=1e-5)

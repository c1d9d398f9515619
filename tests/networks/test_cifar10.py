"""The CIFAR-10 networks of CS5787."""

import pytest
import torch

from foolproof.networks.cifar10 import NETWORKS, cs5787_cnn, deep_cnn, whitening_filters
from foolproof.networks.structure import describe, layers_of

SHAPE = (3, 32, 32)


@pytest.mark.parametrize("batch_norm", [False, True])
def test_the_layers_are_those_of_the_sheet(batch_norm: bool) -> None:
    layers = layers_of(cs5787_cnn(batch_norm=batch_norm), SHAPE)
    kinds = [layer.kind for layer in layers if layer.kind != "BatchNorm2d"]
    convolution = ["Conv2d", "ReLU"]
    first = ["Conv2d", "MaxPool2d", "ReLU"]
    expected = ["Normalize", *first, *convolution * 2, "AdaptiveAvgPool2d", "Flatten", "Linear"]
    assert kinds == expected
    shapes = {layer.name: layer.output_shape for layer in layers}
    assert shapes["conv1"] == (64, 22, 22)
    assert shapes["conv2"] == shapes["conv3"] == (128, 11, 11)
    assert shapes["avgpool"] == (128, 1, 1)


def test_batch_norm_is_the_only_difference() -> None:
    without, with_norm = (describe(NETWORKS[name](), SHAPE) for name in ("nobn", "bn"))
    assert with_norm.parameters_norm == 2 * (64 + 128 + 128)
    for count in ("parameters_conv", "parameters_fc", "neurons", "receptive_field"):
        assert getattr(without, count) == getattr(with_norm, count)
    assert without.parameters_conv == (121 * 3 + 1) * 64 + (9 * 64 + 1) * 128 + (9 * 128 + 1) * 128


def test_deep_network_has_seven_convolutions_of_these_sizes() -> None:
    layers = [layer for layer in layers_of(deep_cnn(), SHAPE) if layer.kind == "Conv2d"]
    assert [layer.output_shape for layer in layers] == [
        (24, 31, 31),
        (64, 31, 31),
        (64, 15, 15),
        (256, 15, 15),
        (256, 7, 7),
        (256, 7, 7),
        (256, 3, 3),
    ]


def test_whitening_filters_have_uncorrelated_responses_of_unit_variance() -> None:
    generator = torch.Generator().manual_seed(0)
    coarse = torch.rand(50, 3, 8, 8, generator=generator)
    smooth = torch.nn.functional.interpolate(coarse, size=32, mode="bilinear")
    images = (255 * smooth).to(torch.uint8)
    filters = whitening_filters(images, smallest=1e-6)
    assert filters.shape == (24, 3, 2, 2)
    assert torch.equal(filters[12:], -filters[:12])
    network = deep_cnn(filters)
    responses = network[:2](images / 255)[:, :12].permute(1, 0, 2, 3).flatten(1)
    covariance = responses.double().cov()
    torch.testing.assert_close(covariance, torch.eye(12).double(), rtol=0, atol=0.05)


def test_deep_network_has_gelu_and_batch_norm_without_scales() -> None:
    layers = layers_of(deep_cnn(), SHAPE)
    block = ["Conv2d", "BatchNorm2d", "GELU"]
    pooled = ["Conv2d", "MaxPool2d", "BatchNorm2d", "GELU"]
    expected = [*(pooled + block) * 3, "MaxOverMap", "Flatten", "Linear"]
    assert [layer.kind for layer in layers] == ["Normalize", "Conv2d", "GELU", *expected]


def test_first_filters_and_scales_of_batch_norm_are_not_trained_but_the_first_bias_is() -> None:
    network = deep_cnn()
    fixed = {name for name, each in network.named_parameters() if not each.requires_grad}
    assert fixed == {"conv1.weight", *(f"norm{index}.weight" for index in range(2, 8))}
    assert all((network.get_parameter(name) == 1).all() for name in fixed - {"conv1.weight"})
    assert (network.get_parameter("conv1.bias") == 0).all()


def test_filters_of_the_deep_network_start_with_the_identity() -> None:
    network = deep_cnn()
    for index in range(2, 8):
        convolution = network.get_submodule(f"conv{index}")
        weight = network.get_parameter(f"conv{index}.weight")
        maps = torch.rand(2, weight.shape[1], 5, 5)
        torch.testing.assert_close(convolution(maps)[:, : weight.shape[1]], maps)


def test_initial_logits_of_the_deep_network_are_small() -> None:
    torch.manual_seed(0)
    network = deep_cnn().eval()
    assert network.get_parameter("fc.weight").std().item() == pytest.approx(1 / 256, rel=0.1)
    assert network(torch.rand(20, *SHAPE)).abs().max() < 1


@pytest.mark.parametrize("name", NETWORKS)
def test_logits_of_an_image_do_not_depend_on_the_batch(name: str) -> None:
    network = NETWORKS[name]().eval()
    pixels = torch.rand(2, *SHAPE)
    logits = network(pixels)
    assert logits.shape == (2, 10)
    torch.testing.assert_close(network(pixels[:1]), logits[:1], rtol=1e-4, atol=1e-5)

"""Units by name, their activations, the choice of classes, and messages on unknown names."""

from collections import OrderedDict

import pytest
import torch

from foolproof.core.errors import FoolproofError
from foolproof.explain.units import (
    NegativeSquaredError,
    Unit,
    UnitActivations,
    choose_classes,
    find_unit,
    most_activated_channels,
)
from foolproof.optimize.objectives import ClassLogit
from foolproof.pretrained.load import Pretrained

INDICES = torch.arange(3)

CLASSES = [f"class {number}" for number in range(10)]


@pytest.fixture
def pixels() -> torch.Tensor:
    return torch.rand(3, 3, 16, 16, generator=torch.Generator().manual_seed(1))


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("first:4", Unit("first:4", "first", 4)),
        ("second:0:5,2", Unit("second:0:5,2", "second", 0, (5, 2))),
        ("fc:2", Unit("fc:2", "fc", 2)),
        ("coffee", Unit("coffee", "fc", 1)),
    ],
)
def test_units_are_found_by_name(pretrained: Pretrained, name: str, expected: Unit) -> None:
    assert find_unit(pretrained, name) == expected


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("tea", "'tea' is no class of resnet_tiny; the nearest are: "),
        ("frist:0", "no layer 'frist'; the nearest are: first, .*all are: first, second, fc"),
        ("relu:0", "no layer 'relu'"),
        ("first:5", "'first:5': the layer has the indices 0 to 4"),
        ("second:0:6,0", "the map has the rows 0 to 5 and the columns 0 to 5"),
        ("second:0:0,6", "the map has the rows 0 to 5 and the columns 0 to 5"),
        ("fc:0:1,1", "a fully connected layer has no places"),
        ("first:x", "'first:x' is no unit; expected layer:index"),
        ("first:-1", "'first:-1' is no unit; expected layer:index"),
    ],
)
def test_unknown_unit_is_refused_with_valid_ones(
    pretrained: Pretrained, name: str, message: str
) -> None:
    with pytest.raises(FoolproofError, match=message):
        find_unit(pretrained, name)


def test_activations_equal_layer_outputs(pretrained: Pretrained, pixels: torch.Tensor) -> None:
    units = [find_unit(pretrained, name) for name in ("first:4", "second:1:5,2", "rocket")]
    activations = UnitActivations(pretrained.network, units)(pixels)
    network = pretrained.network
    first = network[:1](pixels)
    first = network.get_submodule("body.first")(first)
    second = network.get_submodule("body.second")(first.relu())
    expected = torch.stack([first[:, 4].mean((1, 2)), second[:, 1, 5, 2], network(pixels)[:, 2]], 1)
    torch.testing.assert_close(activations, expected)


def test_class_logit_of_activations_is_that_of_each_examples_unit(
    pretrained: Pretrained, pixels: torch.Tensor
) -> None:
    units = [find_unit(pretrained, name) for name in ("cat", "first:1", "rocket")]
    network = UnitActivations(pretrained.network, units)
    value, _ = ClassLogit(INDICES).at(torch.tensor([2, 0])).evaluate(network, pixels[:2])
    logits = pretrained.network(pixels)
    torch.testing.assert_close(value, torch.stack([logits[0, 2], logits[1, 0]]))


def test_gradients_of_one_unit_do_not_reach_other_examples(
    pretrained: Pretrained, pixels: torch.Tensor
) -> None:
    units = [find_unit(pretrained, name) for name in ("first:1", "first:1", "second:0")]
    network, together = UnitActivations(pretrained.network, units), pixels.requires_grad_()
    value = ClassLogit(INDICES).evaluate(network, together).value
    (gradient,) = torch.autograd.grad(value.sum(), together)
    for index, unit in enumerate(units):
        alone = pixels[index, None].detach().requires_grad_()
        UnitActivations(pretrained.network, [unit])(alone).sum().backward()
        assert alone.grad is not None
        torch.testing.assert_close(gradient[index, None], alone.grad)


def test_negative_squared_error_is_zero_at_the_desired_activation(
    pretrained: Pretrained, pixels: torch.Tensor
) -> None:
    network = UnitActivations(pretrained.network, [find_unit(pretrained, "cat")])
    objective = ClassLogit(torch.zeros(3, dtype=torch.long))
    values = objective.evaluate(network, pixels).value
    squared = NegativeSquaredError(objective, values[1].expand(3))
    found = squared.evaluate(network, pixels)
    torch.testing.assert_close(found.value, -((values - values[1]) ** 2))
    assert found.value[1] == 0
    torch.testing.assert_close(found.logits, network(pixels))


def test_channels_with_the_highest_activation_by_a_photo_are_chosen(
    pretrained: Pretrained, pixels: torch.Tensor
) -> None:
    units = most_activated_channels(pretrained, pixels, layers=2, channels=2)
    assert [unit.layer for unit in units] == ["first", "first", "second", "second"]
    channels = [Unit("", "second", index) for index in range(4)]
    peaks = UnitActivations(pretrained.network, channels)(pixels).amax(0).tolist()
    order = sorted(range(4), key=lambda index: -peaks[index])
    assert [unit.index for unit in units[2:]] == order[:2]


def test_classes_of_photos_come_first_and_others_fill_up() -> None:
    labels = ["class 7", "unknown", None, "class 2", "class 7"]
    chosen = choose_classes(CLASSES, CLASSES, labels, 5)
    assert chosen[:2] == ["class 7", "class 2"]
    assert len(set(chosen)) == 5
    assert set(chosen) <= set(CLASSES)
    assert choose_classes(CLASSES, CLASSES, labels, 1) == ["class 7"]
    assert sorted(choose_classes(CLASSES, CLASSES, labels, 99)) == CLASSES


def test_common_classes_come_before_classes_of_photos() -> None:
    labels = ["class 7", "class 2"]
    transfer = ["class 2", "class 9", "another"]
    assert choose_classes(CLASSES, transfer, labels, 3) == ["class 2", "class 9", "class 7"]
    assert choose_classes(CLASSES, ["another"], labels, 2) == ["class 7", "class 2"]
    assert sorted(choose_classes(CLASSES, transfer, labels, 99)) == CLASSES


def test_a_unit_of_a_fully_connected_layer_over_a_map_is_a_channel() -> None:
    """ConvNeXt's blocks have the channels last; index and place are those of other layers."""
    from torchvision.models import convnext_tiny

    torch.manual_seed(0)
    body = convnext_tiny(weights=None).eval().requires_grad_(False)
    layer = "features.1.0.block.3"
    network = torch.nn.Sequential(OrderedDict(body=body))
    convnext = Pretrained("convnext_tiny", network, tuple(CLASSES), 64, 64)
    pixels = torch.rand(2, 3, 64, 64, generator=torch.Generator().manual_seed(1))
    kept: list[torch.Tensor] = []
    body.get_submodule(layer).register_forward_hook(lambda *_: kept.append(_[2]))
    units = [find_unit(convnext, f"{layer}:{name}") for name in ("300", "300:2,5")]
    found = UnitActivations(network, units)(pixels)
    output = kept[-1]
    assert output.shape == (2, 16, 16, 384)
    torch.testing.assert_close(found[:, 0], output[..., 300].mean((1, 2)))
    torch.testing.assert_close(found[:, 1], output[:, 2, 5, 300])
    with pytest.raises(FoolproofError, match="has the indices 0 to 383"):
        find_unit(convnext, f"{layer}:384")

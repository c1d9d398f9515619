"""Units by name, their activations, the choice of classes, and messages on unknown names."""

import pytest
import torch

from foolproof.core.errors import FoolproofError
from foolproof.explain.units import (
    Unit,
    activation_objective,
    choose_classes,
    find_unit,
    most_activated_channels,
    negative_squared_error,
)
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


def test_activation_objective_equals_layer_outputs(
    pretrained: Pretrained, pixels: torch.Tensor
) -> None:
    units = [find_unit(pretrained, name) for name in ("first:4", "second:1:5,2", "rocket")]
    value, logits = activation_objective(pretrained.network, units)(pixels, INDICES)
    network = pretrained.network
    first = network[:1](pixels)
    first = network.get_submodule("body.first")(first)
    second = network.get_submodule("body.second")(first.relu())
    expected = torch.stack([first[0, 4].mean(), second[1, 1, 5, 2], network(pixels)[2, 2]])
    torch.testing.assert_close(value, expected)
    torch.testing.assert_close(logits, network(pixels))


def test_activation_objective_follows_indices(pretrained: Pretrained, pixels: torch.Tensor) -> None:
    units = [find_unit(pretrained, name) for name in ("cat", "coffee", "rocket")]
    objective = activation_objective(pretrained.network, units)
    value, logits = objective(pixels[:2], torch.tensor([2, 0]))
    assert value.tolist() == [logits[0, 2].item(), logits[1, 0].item()]


def test_negative_squared_error_is_zero_at_the_desired_activation(
    pretrained: Pretrained, pixels: torch.Tensor
) -> None:
    objective = activation_objective(pretrained.network, [find_unit(pretrained, "cat")] * 3)
    values = objective(pixels, INDICES).value
    distances = negative_squared_error(objective, values[1].item())(pixels, INDICES).value
    torch.testing.assert_close(distances, -((values - values[1]) ** 2))
    assert distances[1] == 0


def test_channels_with_the_highest_activation_by_a_photo_are_chosen(
    pretrained: Pretrained, pixels: torch.Tensor
) -> None:
    units = most_activated_channels(pretrained, pixels, layers=1, channels=2)
    assert [unit.layer for unit in units] == ["second", "second"]
    peaks = []
    for index in range(4):
        objective = activation_objective(pretrained.network, [Unit("", "second", index)] * 3)
        peaks.append(objective(pixels, INDICES).value.max().item())
    order = sorted(range(4), key=lambda index: -peaks[index])
    assert [unit.index for unit in units] == order[:2]


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

"""Units by name, their activations, and what is said of names that are none."""

import pytest
import torch

from foolproof.core.errors import FoolproofError
from foolproof.explain.units import (
    Unit,
    find_unit,
    most_informative_units,
    towards,
    unit_activation,
)
from foolproof.pretrained.load import Pretrained

ROWS = torch.arange(3)


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
def test_what_is_no_unit_is_refused_with_what_is_possible(
    pretrained: Pretrained, name: str, message: str
) -> None:
    with pytest.raises(FoolproofError, match=message):
        find_unit(pretrained, name)


def test_activations_are_those_of_the_layers(pretrained: Pretrained, pixels: torch.Tensor) -> None:
    units = [find_unit(pretrained, name) for name in ("first:4", "second:1:5,2", "rocket")]
    value, logits = unit_activation(pretrained.network, units)(pixels, ROWS)
    network = pretrained.network
    first = network[:1](pixels)
    first = network.get_submodule("body.first")(first)
    second = network.get_submodule("body.second")(first.relu())
    expected = torch.stack([first[0, 4].mean(), second[1, 1, 5, 2], network(pixels)[2, 2]])
    torch.testing.assert_close(value, expected)
    torch.testing.assert_close(logits, network(pixels))


def test_rows_decide_whose_unit_counts(pretrained: Pretrained, pixels: torch.Tensor) -> None:
    units = [find_unit(pretrained, name) for name in ("cat", "coffee", "rocket")]
    objective = unit_activation(pretrained.network, units)
    value, logits = objective(pixels[:2], torch.tensor([2, 0]))
    assert value.tolist() == [logits[0, 2].item(), logits[1, 0].item()]


def test_the_distance_to_a_desired_activation_is_zero_there(
    pretrained: Pretrained, pixels: torch.Tensor
) -> None:
    objective = unit_activation(pretrained.network, [find_unit(pretrained, "cat")] * 3)
    values = objective(pixels, ROWS).value
    distances = towards(objective, values[1].item())(pixels, ROWS).value
    torch.testing.assert_close(distances, -((values - values[1]) ** 2))
    assert distances[1] == 0


def test_units_are_chosen_that_some_photo_excites_most(
    pretrained: Pretrained, pixels: torch.Tensor
) -> None:
    units = most_informative_units(pretrained, pixels, layers=1, units=2)
    assert [unit.layer for unit in units] == ["second", "second"]
    peaks = []
    for index in range(4):
        objective = unit_activation(pretrained.network, [Unit("", "second", index)] * 3)
        peaks.append(objective(pixels, ROWS).value.max().item())
    order = sorted(range(4), key=lambda index: -peaks[index])
    assert [unit.index for unit in units] == order[:2]

"""What other networks make of adversarial images, and the random ink beside it."""

import json
from functools import partial

import pytest
import torch
from torch import Tensor, nn

from foolproof.attacks.one_sided import untargeted
from foolproof.attacks.result import AttackResult, evaluate
from foolproof.attacks.transfer import by_confidence, by_steps, received, transfer
from foolproof.compute.seeds import new_generator

STEP_SIZE = 0.003


@pytest.fixture
def fooled(divided_network: nn.Module, pictures: Tensor, classes: Tensor) -> AttackResult:
    trace = untargeted(
        divided_network, pictures, classes, confidence=0.8, steps=100, step_size=STEP_SIZE
    )
    return evaluate(divided_network, trace, pictures, classes).take(trace.success)


def test_what_a_network_receives_by_hand() -> None:
    """A network that sees the brighter of two pixels."""
    network = nn.Flatten()
    pixels = torch.tensor([[1.0, 0.0], [0.0, 1.0], [1.0, 0.0], [0.5, 0.0]])[:, None, None]
    adversarial = torch.tensor([[1.0, 2.0], [2.0, 1.0], [1.0, 0.0], [0.5, 0.6]])[:, None, None]
    control = torch.tensor([[1.0, 0.0], [0.0, 1.0], [1.0, 0.0], [0.5, 0.6]])[:, None, None]
    labels = torch.tensor([0, 1, 1, 0])
    goals = torch.tensor([1, 1, 0, 1])
    fooled = AttackResult(pixels, adversarial, labels, goals, adversarial[:, 0, 0], labels)
    found = received(network, fooled, control)
    assert found["error_rate"] == 1
    assert found["same_class_rate"] == 0.75
    assert found["clean_error_rate"] == 0.25
    assert found["random_ink_error_rate"] == 0.5
    expected = torch.tensor([1.0, 1.0, 1.0, 0.1]).sigmoid().double().mean().item()
    assert found["mean_confidence"] == pytest.approx(expected)


def test_the_attacked_network_takes_its_images_for_what_they_were_made(
    divided_network: nn.Module, fooled: AttackResult
) -> None:
    found = transfer({"itself": divided_network}, fooled, new_generator(0))
    itself = found["networks"]["itself"]
    assert found["images"] == len(fooled.labels) > 6
    assert (itself["error_rate"], itself["same_class_rate"]) == (1, 1)
    assert itself["clean_error_rate"] == 0
    assert itself["random_ink_error_rate"] < 1
    assert found["mean_l1"] == pytest.approx(found["random_ink_mean_l1"], rel=1e-6)


def test_without_a_success_there_is_nothing_to_say_and_no_nan(
    divided_network: nn.Module, fooled: AttackResult
) -> None:
    found = transfer({"itself": divided_network}, fooled.take(torch.arange(0)), new_generator(0))
    assert json.loads(json.dumps(found, allow_nan=False)) == found
    assert set(found["networks"]["itself"].values()) == {None}


def test_points_are_those_of_the_attack_at_each_strength(
    divided_network: nn.Module, pictures: Tensor, classes: Tensor
) -> None:
    some = ({"itself": divided_network}, divided_network, pictures, classes)
    attack = partial(untargeted, divided_network, pictures, classes, step_size=STEP_SIZE)
    points = by_confidence(*some, new_generator(0), [0.9, 0.5], steps=9, step_size=STEP_SIZE)
    assert [point["confidence"] for point in points] == [0.5, 0.9]
    assert points[0]["images"] == attack(confidence=0.5, steps=9).success.sum()
    assert 0 < points[1]["images"] < len(classes)
    assert all(point["networks"]["itself"]["error_rate"] == 1 for point in points)
    points = by_steps(*some, new_generator(0), [8, 1], step_size=STEP_SIZE)
    assert [point["steps"] for point in points] == [1, 8]
    for point in points:
        made = attack(confidence=None, steps=point["steps"]).inputs
        errors = (divided_network(made).argmax(1) != classes).double().mean().item()
        assert point["networks"]["itself"]["error_rate"] == errors
        assert point["images"] == len(classes)
        assert point["mean_l1"] == pytest.approx((made - pictures).sum((1, 2, 3)).mean().item())

"""Fooling within a ball: the formula, linear networks in closed form, and what is attempted."""

from collections.abc import Sequence
from itertools import product
from typing import Any

import pytest
import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy

from foolproof.attacks.linf import (
    OBJECTIVES,
    STEPS,
    Attempt,
    choose_attempts,
    greatest_violation,
    pgd,
    pgd_eot,
    random_attempts,
    recognition,
)
from foolproof.compute.seeds import new_generator
from foolproof.optimize.loop import OptimizationResult

SHAPE = (3, 8, 8)
EPSILON = 8 / 255
SETTINGS: dict[str, Any] = {
    "epsilon": EPSILON,
    "objective": "cross_entropy",
    "step": "sign",
    "step_size": 0.3,
    "steps": 6,
}
PHOTOS = ["cat.jpg", "cup.jpg", "dog.jpg"]
CLASSES = ["cat", "cup", "dog", "zebra"]
LABELS = [0, 1, 2]


@pytest.fixture
def small() -> nn.Module:
    """A network in float64, where no sign of a gradient hangs on how a sum is rounded."""
    torch.manual_seed(0)
    layers = nn.Sequential(
        nn.Conv2d(3, 4, 3), nn.Tanh(), nn.Flatten(), nn.Linear(4 * 6 * 6, len(CLASSES))
    )
    return layers.double().eval().requires_grad_(False)


@pytest.fixture
def images() -> Tensor:
    """Images with black and white pixels too."""
    pixels = 1.4 * torch.rand(6, *SHAPE, generator=new_generator(0), dtype=torch.float64) - 0.2
    return pixels.clamp(0, 1)


@pytest.fixture
def targets(small: nn.Module, images: Tensor) -> Tensor:
    return torch.as_tensor(small(images)).argmin(1)


def probabilities(network: nn.Module, images: Tensor, targets: Tensor) -> Tensor:
    found: Tensor = network(images).softmax(1).gather(1, targets[:, None])[:, 0]
    return found


def descend(network: nn.Module, originals: Tensor, targets: Tensor) -> Tensor:
    """Follow Madry et al., arXiv 1706.06083, towards a target, image by image."""
    made = []
    for original, target in zip(originals, targets, strict=True):
        image = original.clone()
        for _ in range(SETTINGS["steps"]):
            variable = image.clone().requires_grad_()
            cross_entropy(network(variable[None]), target[None]).backward()
            assert variable.grad is not None
            image = image - SETTINGS["step_size"] * EPSILON * variable.grad.sign()
            image = torch.maximum(torch.minimum(image, original + EPSILON), original - EPSILON)
            image = image.clamp(0, 1)
        made.append(image)
    return torch.stack(made)


@pytest.mark.parametrize("objective", ["cross_entropy", "log_probability"])
def test_it_is_projected_gradient_descent(
    small: nn.Module, images: Tensor, targets: Tensor, objective: str
) -> None:
    found = pgd(small, images, targets, **{**SETTINGS, "objective": objective})
    expected = descend(small, images, targets)
    torch.testing.assert_close(found.inputs, expected, rtol=0, atol=1e-6)
    assert found.steps.tolist() == [SETTINGS["steps"]] * len(images)


@pytest.mark.parametrize(("objective", "step"), list(product(OBJECTIVES, STEPS)))
def test_every_objective_and_step_raises_the_targets_probability_within_the_ball(
    small: nn.Module, images: Tensor, targets: Tensor, objective: str, step: str
) -> None:
    how = {**SETTINGS, "objective": objective, "step": step}
    single = pgd(small.float(), images.float(), targets, **how).inputs
    assert greatest_violation(images.float(), single, EPSILON) < 1e-7
    assert single.min() >= 0
    assert single.max() <= 1
    before = probabilities(small, images.float(), targets)
    assert (probabilities(small, single, targets) > before).all()


@pytest.mark.parametrize("objective", OBJECTIVES)
def test_on_a_linear_network_it_saturates_where_the_weights_point(objective: str) -> None:
    """The margin of two classes grows by epsilon |w|_1, which decides who is fooled."""
    torch.manual_seed(1)
    linear = nn.Linear(3 * 8 * 8, 2)
    network = nn.Sequential(nn.Flatten(), linear).double().eval().requires_grad_(False)
    images = 0.1 + 0.8 * torch.rand(8, *SHAPE, generator=new_generator(1), dtype=torch.float64)
    difference = linear.weight[1] - linear.weight[0]
    gain = EPSILON * difference.abs().sum()
    margins = torch.linspace(-2, 0, len(images), dtype=torch.float64) * gain
    # Each image is moved to its margin along the weights, with all pixels still far from 0 and 1.
    lacking = margins - network(images).diff(dim=1)[:, 0]
    images += (lacking[:, None] * difference / difference.square().sum()).view_as(images)
    targets = torch.ones(len(images), dtype=torch.long)
    trace = pgd(network, images, targets, **{**SETTINGS, "objective": objective, "steps": 20})
    expected = images + EPSILON * difference.sign().view(SHAPE)
    assert expected.min() > 0
    assert expected.max() < 1
    torch.testing.assert_close(trace.inputs, expected)
    reached = network(trace.inputs).argmax(1) == targets
    assert torch.equal(reached, margins + gain > 0)
    assert len(reached.unique()) == 2


def test_it_stops_at_the_first_step_that_is_confident(
    small: nn.Module, images: Tensor, targets: Tensor
) -> None:
    def attack(steps: int, confidence: float | None) -> OptimizationResult:
        how = {**SETTINGS, "step_size": 0.05, "steps": steps}
        return pgd(small, images, targets, confidence=confidence, **how)

    reached = probabilities(small, attack(40, None).inputs, targets)
    confidence = 0.98 * reached.min().item()
    trace = attack(40, confidence)
    assert trace.success.all()
    assert len(trace.steps.unique()) > 1
    assert trace.steps.max() < 40
    assert (probabilities(small, trace.inputs, targets) >= confidence).all()
    slowest = trace.steps == trace.steps.max()
    assert torch.equal(~attack(int(trace.steps.max()) - 1, confidence).success, slowest)


def test_without_random_views_it_is_the_attack_on_the_picture_itself(
    small: nn.Module, images: Tensor, targets: Tensor
) -> None:
    how = {name: SETTINGS[name] for name in ("epsilon", "step_size", "steps")}
    found = pgd_eot(small, images, targets, **how, samples=3, view=torch.clone)
    expected = pgd(small, images, targets, **{**SETTINGS, "objective": "log_probability"})
    torch.testing.assert_close(found.inputs, expected.inputs)


def test_in_every_view_it_raises_the_mean_over_views_within_the_ball(
    small: nn.Module, images: Tensor, targets: Tensor
) -> None:
    generator = new_generator(3)

    def view(pixels: Tensor) -> Tensor:
        mirrored = torch.rand(len(pixels), generator=generator) < 0.5
        return torch.where(mirrored[:, None, None, None], pixels.flip(3), pixels)

    how = {name: SETTINGS[name] for name in ("epsilon", "step_size", "steps")}
    made = pgd_eot(small, images, targets, **how, samples=4, view=view).inputs
    assert greatest_violation(images, made, EPSILON) < 1e-12

    def worth(pixels: Tensor) -> Tensor:
        views = (pixels, pixels.flip(3))
        return torch.stack([probabilities(small, each, targets).log() for each in views]).mean(0)

    assert (worth(made) > worth(images)).all()


def test_the_greatest_violation_is_of_the_ball_or_of_the_range() -> None:
    originals = torch.full((2, *SHAPE), 0.5, dtype=torch.float64)
    originals[1] = 0.99
    assert greatest_violation(originals, originals, 0.1) == 0
    for row, change, violation in ((0, 0.1, 0), (0, -0.25, 0.15), (1, 0.05, 0.04), (0, 0.7, 0.6)):
        images = originals.clone()
        images[row, 1, 2, 3] += change
        assert greatest_violation(originals, images, 0.1) == pytest.approx(violation, abs=1e-12)
    below = torch.full_like(originals, -0.02)
    assert greatest_violation(torch.zeros_like(below), below, 0.1) == pytest.approx(0.02)


def choose(*wanted: tuple[str, str], photos: Sequence[str] = PHOTOS) -> list[Attempt]:
    labels = [LABELS[PHOTOS.index(name)] for name in photos]
    return choose_attempts(wanted, photos, labels, CLASSES, new_generator(0))


def test_what_is_there_is_attempted_as_wanted() -> None:
    assert choose(("dog.jpg", "cup"), ("cat.jpg", "zebra")) == [(0, 2, 1), (1, 0, 3)]


def test_in_place_of_a_missing_photo_comes_one_that_nobody_wants() -> None:
    assert choose(("owl.jpg", "zebra"), ("cat.jpg", "dog"), ("elk.jpg", "cat")) == [
        (0, 1, 3),
        (1, 0, 2),
        (2, 2, 0),
    ]


@pytest.mark.parametrize("target", ["teapot", "cup"])
def test_in_place_of_a_missing_target_and_of_the_own_class_comes_any_other(target: str) -> None:
    wanted = [("cup.jpg", target)] * 30
    found = choose(*wanted)
    assert {attempt.photo for attempt in found} == {1}
    assert {attempt.target for attempt in found} == {0, 2, 3}
    assert found == choose(*wanted)


def test_a_target_that_is_the_class_of_the_photo_in_place_is_replaced() -> None:
    ((_, photo, target),) = choose(("owl.jpg", "cat"))
    assert photo == 0
    assert target in {1, 2, 3}


def test_where_the_photos_run_out_the_rest_keeps_its_wishes() -> None:
    found = choose(
        ("owl.jpg", "zebra"), ("elk.jpg", "zebra"), ("cat.jpg", "dog"), photos=PHOTOS[:2]
    )
    assert found == [(0, 1, 3), (2, 0, 2)]
    found = choose(("owl.jpg", "dog"), ("cat.jpg", "dog"), photos=PHOTOS[:1])
    assert found == [(1, 0, 2)]


def pairs(number: int, seed: int = 0) -> list[tuple[int, int]]:
    """Choose pairs for three images of four classes."""
    rows, goals = random_attempts(torch.tensor([3, 0, 1]), 4, number, new_generator(seed))
    return list(zip(rows.tolist(), goals.tolist(), strict=True))


ALL_PAIRS = {(0, 0), (0, 1), (0, 2), (1, 1), (1, 2), (1, 3), (2, 0), (2, 2), (2, 3)}


def test_random_pairs_are_different_and_never_of_the_own_class() -> None:
    for number in range(1, 10):
        found = pairs(number)
        assert len(set(found)) == number
        assert set(found) <= ALL_PAIRS
    for number in (9, 10, 1000):
        assert set(pairs(number)) == ALL_PAIRS
        assert len(pairs(number)) == 9


def test_every_pair_is_equally_likely() -> None:
    drawn = [pairs(1, seed)[0] for seed in range(900)]
    assert set(drawn) == ALL_PAIRS
    # Each count is binomial with a standard deviation of 9.4.
    assert all(abs(drawn.count(pair) - 100) < 40 for pair in ALL_PAIRS)


def test_what_a_manipulation_leaves_by_hand() -> None:
    """Of four targets three were seen; one of these is lost, and the fourth is found."""
    before = torch.tensor([[0.1, 0.9, 0], [0.2, 0.8, 0], [0.3, 0.1, 0.6], [0.9, 0.1, 0]])
    after = torch.tensor([[0.3, 0.7, 0], [0.6, 0.4, 0], [0.1, 0.4, 0.5], [0.2, 0.8, 0]])
    goals, labels = torch.tensor([1, 1, 2, 1]), torch.tensor([0, 0, 1, 0])
    found = recognition(after, goals, before, labels)
    assert found == {
        "mean_probability": pytest.approx((0.7 + 0.4 + 0.5 + 0.8) / 4),
        "least_probability": pytest.approx(0.4),
        "share": 0.75,
        "destruction_rate": pytest.approx(1 / 3),
        "true_share": 0.25,
    }
    assert recognition(before, goals, before, labels)["destruction_rate"] == 0
    assert (
        recognition(after, torch.tensor([2, 2, 0, 2]), before, labels)["destruction_rate"] is None
    )

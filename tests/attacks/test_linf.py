"""Targeted PGD: the formula, linear networks in closed form, and the choice of examples."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Literal, get_args, get_type_hints

import pytest
import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy

from foolproof.attacks.linf import (
    OBJECTIVES,
    STEPS,
    Example,
    PgdConfig,
    choose_examples,
    pgd,
    pgd_eot,
    pgd_in_growing_balls,
    random_pairs,
)
from foolproof.attacks.perturbation import linf_violation
from foolproof.compute.seeds import new_generator
from foolproof.optimize.loop import OptimizationResult

SHAPE = (3, 8, 8)
EPSILON = 8 / 255
CONFIG = PgdConfig(objective="cross_entropy", step="sign", step_size=0.3, steps=6)
CONFIGS = [
    replace(CONFIG, objective=objective, step=step)
    for objective in get_args(get_type_hints(PgdConfig)["objective"])
    for step in get_args(get_type_hints(PgdConfig)["step"])
]
PHOTOS = ["cat.jpg", "cup.jpg", "dog.jpg"]
CLASSES = ["cat", "cup", "dog", "zebra"]
LABELS = [0, 1, 2]


@pytest.fixture
def small() -> nn.Module:
    """A network in float64, where rounding changes no sign of a gradient."""
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
    """Compute targeted PGD of Madry et al., arXiv 1706.06083, image by image."""
    made = []
    for original, target in zip(originals, targets, strict=True):
        image = original.clone()
        for _ in range(CONFIG.steps):
            variable = image.clone().requires_grad_()
            cross_entropy(network(variable[None]), target[None]).backward()
            assert variable.grad is not None
            image = image - CONFIG.step_size * EPSILON * variable.grad.sign()
            image = torch.maximum(torch.minimum(image, original + EPSILON), original - EPSILON)
            image = image.clamp(0, 1)
        made.append(image)
    return torch.stack(made)


@pytest.mark.parametrize("objective", ["cross_entropy", "log_probability"])
def test_pgd_is_projected_gradient_descent(
    small: nn.Module,
    images: Tensor,
    targets: Tensor,
    objective: Literal["cross_entropy", "log_probability"],
) -> None:
    config = replace(CONFIG, objective=objective)
    found = pgd(small, images, targets, config, epsilon=EPSILON)
    expected = descend(small, images, targets)
    torch.testing.assert_close(found.inputs, expected, rtol=0, atol=1e-6)
    assert found.steps.tolist() == [CONFIG.steps] * len(images)


def test_configs_name_every_objective_and_step() -> None:
    assert {config.objective for config in CONFIGS} == set(OBJECTIVES)
    assert {config.step for config in CONFIGS} == set(STEPS)


@pytest.mark.parametrize("config", CONFIGS)
def test_every_objective_and_step_raises_the_targets_probability_within_the_ball(
    small: nn.Module, images: Tensor, targets: Tensor, config: PgdConfig
) -> None:
    single = pgd(small.float(), images.float(), targets, config, epsilon=EPSILON).inputs
    assert linf_violation(single, images.float(), EPSILON) < 1e-7
    assert single.min() >= 0
    assert single.max() <= 1
    before = probabilities(small, images.float(), targets)
    assert (probabilities(small, single, targets) > before).all()


@pytest.mark.parametrize("config", [config for config in CONFIGS if config.step == "sign"])
def test_pgd_reaches_the_corner_of_the_ball_on_a_linear_network(config: PgdConfig) -> None:
    """The margin of two classes grows by epsilon |w|_1, which decides the success."""
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
    result = pgd(network, images, targets, replace(config, steps=20), epsilon=EPSILON)
    expected = images + EPSILON * difference.sign().view(SHAPE)
    assert expected.min() > 0
    assert expected.max() < 1
    torch.testing.assert_close(result.inputs, expected)
    reached = network(result.inputs).argmax(1) == targets
    assert torch.equal(reached, margins + gain > 0)
    assert len(reached.unique()) == 2


def test_pgd_stops_at_the_first_confident_step(
    small: nn.Module, images: Tensor, targets: Tensor
) -> None:
    def attack(steps: int, confidence: float | None) -> OptimizationResult:
        config = replace(CONFIG, step_size=0.05, steps=steps)
        return pgd(small, images, targets, config, epsilon=EPSILON, confidence=confidence)

    reached = probabilities(small, attack(40, None).inputs, targets)
    confidence = 0.98 * reached.min().item()
    result = attack(40, confidence)
    assert result.success.all()
    assert len(result.steps.unique()) > 1
    assert result.steps.max() < 40
    assert (probabilities(small, result.inputs, targets) >= confidence).all()
    slowest = result.steps == result.steps.max()
    assert torch.equal(~attack(int(result.steps.max()) - 1, confidence).success, slowest)


def test_growing_balls_attack_only_what_failed_in_smaller_ones(
    small: nn.Module, images: Tensor, targets: Tensor
) -> None:
    def attack(epsilon: float, confidence: float | None) -> OptimizationResult:
        return pgd(small, images, targets, CONFIG, epsilon=epsilon, confidence=confidence)

    reached = probabilities(small, attack(EPSILON, None).inputs, targets)
    confidence = reached.median().item()
    first, second = attack(EPSILON, confidence), attack(2 * EPSILON, confidence)
    assert 0 < first.success.sum() < len(images)
    epsilons = [EPSILON, 2 * EPSILON]
    balls = list(
        pgd_in_growing_balls(
            small, images, targets, CONFIG, epsilons=epsilons, confidence=confidence
        )
    )
    kept = first.success[:, None, None, None]
    torch.testing.assert_close(balls[0][0], first.inputs)
    torch.testing.assert_close(balls[1][0], torch.where(kept, first.inputs, second.inputs))
    assert torch.equal(balls[0][1], first.steps)
    assert torch.equal(balls[1][1], torch.where(first.success, first.steps, second.steps))


def test_pgd_eot_with_the_identity_is_pgd_on_the_log_probability(
    small: nn.Module, images: Tensor, targets: Tensor
) -> None:
    found = pgd_eot(
        small, images, targets, epsilon=EPSILON, step_size=0.3, steps=6, samples=3, view=torch.clone
    )
    config = replace(CONFIG, objective="log_probability")
    expected = pgd(small, images, targets, config, epsilon=EPSILON)
    torch.testing.assert_close(found.inputs, expected.inputs)


def test_pgd_eot_raises_the_mean_over_views_within_the_ball(
    small: nn.Module, images: Tensor, targets: Tensor
) -> None:
    generator = new_generator(3)

    def view(pixels: Tensor) -> Tensor:
        mirrored = torch.rand(len(pixels), generator=generator) < 0.5
        return torch.where(mirrored[:, None, None, None], pixels.flip(3), pixels)

    made = pgd_eot(
        small, images, targets, epsilon=EPSILON, step_size=0.3, steps=6, samples=4, view=view
    ).inputs
    assert linf_violation(made, images, EPSILON) < 1e-12

    def mean_over_views(pixels: Tensor) -> Tensor:
        views = (pixels, pixels.flip(3))
        return torch.stack([probabilities(small, each, targets).log() for each in views]).mean(0)

    assert (mean_over_views(made) > mean_over_views(images)).all()


def choose(*requests: tuple[str, str], photos: Sequence[str] = PHOTOS) -> list[Example]:
    labels = [LABELS[PHOTOS.index(name)] for name in photos]
    return choose_examples(requests, photos, labels, CLASSES, new_generator(0))


def test_existing_photos_and_targets_are_chosen_as_requested() -> None:
    assert choose(("dog.jpg", "cup"), ("cat.jpg", "zebra")) == [(0, 2, 1), (1, 0, 3)]


def test_missing_photo_is_replaced_by_one_not_requested() -> None:
    assert choose(("owl.jpg", "zebra"), ("cat.jpg", "dog"), ("elk.jpg", "cat")) == [
        (0, 1, 3),
        (1, 0, 2),
        (2, 2, 0),
    ]


@pytest.mark.parametrize("target", ["teapot", "cup"])
def test_missing_target_and_own_class_are_replaced_by_any_other(target: str) -> None:
    requests = [("cup.jpg", target)] * 30
    found = choose(*requests)
    assert {example.photo for example in found} == {1}
    assert {example.target for example in found} == {0, 2, 3}
    assert found == choose(*requests)


def test_target_that_is_the_class_of_the_replacing_photo_is_replaced() -> None:
    ((_, photo, target),) = choose(("owl.jpg", "cat"))
    assert photo == 0
    assert target in {1, 2, 3}


def test_without_photos_left_the_other_requests_are_kept() -> None:
    found = choose(
        ("owl.jpg", "zebra"), ("elk.jpg", "zebra"), ("cat.jpg", "dog"), photos=PHOTOS[:2]
    )
    assert found == [(0, 1, 3), (2, 0, 2)]
    found = choose(("owl.jpg", "dog"), ("cat.jpg", "dog"), photos=PHOTOS[:1])
    assert found == [(1, 0, 2)]


def pairs(number: int, seed: int = 0) -> list[tuple[int, int]]:
    """Choose pairs for three images of four classes."""
    indices, targets = random_pairs(torch.tensor([3, 0, 1]), 4, number, new_generator(seed))
    return list(zip(indices.tolist(), targets.tolist(), strict=True))


ALL_PAIRS = {(0, 0), (0, 1), (0, 2), (1, 1), (1, 2), (1, 3), (2, 0), (2, 2), (2, 3)}


def test_random_pairs_are_distinct_and_never_of_the_true_class() -> None:
    for number in range(1, 10):
        found = pairs(number)
        assert len(set(found)) == number
        assert set(found) <= ALL_PAIRS
    for number in (9, 10, 1000):
        assert set(pairs(number)) == ALL_PAIRS
        assert len(pairs(number)) == 9


def test_random_pairs_are_uniform() -> None:
    drawn = [pairs(1, seed)[0] for seed in range(900)]
    assert set(drawn) == ALL_PAIRS
    # Each count is binomial with a standard deviation of 9.4.
    assert all(abs(drawn.count(pair) - 100) < 40 for pair in ALL_PAIRS)

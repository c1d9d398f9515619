"""Targeted PGD with all objectives and steps: the formula, and linear networks in closed form."""

from dataclasses import replace
from typing import Literal, get_args, get_type_hints

import pytest
import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy

from foolproof.attacks.linf import (
    OBJECTIVES,
    STEPS,
    PgdConfig,
    pgd_in_growing_balls,
    targeted_pgd,
)
from foolproof.attacks.perturbation import linf_violation
from foolproof.attacks.result import AttackResult
from foolproof.classifiers.classifier import Classifier, classifier
from foolproof.compute.seeds import new_generator

SHAPE = (3, 8, 8)
EPSILON = 8 / 255
CONFIG = PgdConfig(objective="cross_entropy", step="sign", step_size=0.3, steps=6)
CONFIGS = [
    replace(CONFIG, objective=objective, step=step)
    for objective in get_args(get_type_hints(PgdConfig)["objective"])
    for step in get_args(get_type_hints(PgdConfig)["step"])
]


@pytest.fixture
def small() -> Classifier:
    """A network in float64, where rounding changes no sign of a gradient."""
    torch.manual_seed(0)
    layers = nn.Sequential(nn.Conv2d(3, 4, 3), nn.Tanh(), nn.Flatten(), nn.Linear(4 * 6 * 6, 4))
    return classifier(layers.double(), input_shape=SHAPE)


@pytest.fixture
def images() -> Tensor:
    """Images with black and white pixels too."""
    pixels = 1.4 * torch.rand(6, *SHAPE, generator=new_generator(0), dtype=torch.float64) - 0.2
    return pixels.clamp(0, 1)


@pytest.fixture
def labels(small: Classifier, images: Tensor) -> Tensor:
    return torch.as_tensor(small(images)).argmax(1)


@pytest.fixture
def targets(small: Classifier, images: Tensor) -> Tensor:
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
    small: Classifier,
    images: Tensor,
    labels: Tensor,
    targets: Tensor,
    objective: Literal["cross_entropy", "log_probability"],
) -> None:
    config = replace(CONFIG, objective=objective)
    found = targeted_pgd(small, images, labels, targets, config, epsilon=EPSILON)
    expected = descend(small, images, targets)
    torch.testing.assert_close(found.x_adv, expected, rtol=0, atol=1e-6)
    assert found.steps.tolist() == [CONFIG.steps] * len(images)


def test_configs_name_every_objective_and_step() -> None:
    assert {config.objective for config in CONFIGS} == set(OBJECTIVES)
    assert {config.step for config in CONFIGS} == set(STEPS)


@pytest.mark.parametrize("config", CONFIGS)
def test_every_objective_and_step_raises_the_targets_probability_within_the_ball(
    small: Classifier, images: Tensor, labels: Tensor, targets: Tensor, config: PgdConfig
) -> None:
    single = targeted_pgd(
        small.float(), images.float(), labels, targets, config, epsilon=EPSILON
    ).x_adv
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
    network = classifier(nn.Sequential(nn.Flatten(), linear).double(), input_shape=SHAPE)
    images = 0.1 + 0.8 * torch.rand(8, *SHAPE, generator=new_generator(1), dtype=torch.float64)
    difference = (linear.weight[1] - linear.weight[0]).detach()
    gain = EPSILON * difference.abs().sum()
    margins = torch.linspace(-2, 0, len(images), dtype=torch.float64) * gain
    # Each image is moved to its margin along the weights, with all pixels still far from 0 and 1.
    lacking = margins - network(images).diff(dim=1)[:, 0]
    images += (lacking[:, None] * difference / difference.square().sum()).view_as(images)
    targets = torch.ones(len(images), dtype=torch.long)
    result = targeted_pgd(
        network, images, 1 - targets, targets, replace(config, steps=20), epsilon=EPSILON
    )
    expected = images + EPSILON * difference.sign().view(SHAPE)
    assert expected.min() > 0
    assert expected.max() < 1
    torch.testing.assert_close(result.x_adv, expected)
    reached = network(result.x_adv).argmax(1) == targets
    assert torch.equal(reached, margins + gain > 0)
    assert len(reached.unique()) == 2


def test_pgd_stops_at_the_first_confident_step(
    small: Classifier, images: Tensor, labels: Tensor, targets: Tensor
) -> None:
    def attack(steps: int, confidence: float | None) -> AttackResult:
        config = replace(CONFIG, step_size=0.05, steps=steps)
        return targeted_pgd(
            small, images, labels, targets, config, epsilon=EPSILON, confidence=confidence
        )

    reached = probabilities(small, attack(40, None).x_adv, targets)
    confidence = 0.98 * reached.min().item()
    result = attack(40, confidence)
    assert result.success.all()
    assert len(result.steps.unique()) > 1
    assert result.steps.max() < 40
    assert (probabilities(small, result.x_adv, targets) >= confidence).all()
    slowest = result.steps == result.steps.max()
    assert torch.equal(~attack(int(result.steps.max()) - 1, confidence).success, slowest)


def test_growing_balls_attack_only_what_failed_in_smaller_ones(
    small: Classifier, images: Tensor, labels: Tensor, targets: Tensor
) -> None:
    def attack(epsilon: float, confidence: float | None) -> AttackResult:
        return targeted_pgd(
            small, images, labels, targets, CONFIG, epsilon=epsilon, confidence=confidence
        )

    reached = probabilities(small, attack(EPSILON, None).x_adv, targets)
    confidence = reached.median().item()
    first, second = attack(EPSILON, confidence), attack(2 * EPSILON, confidence)
    assert 0 < first.success.sum() < len(images)
    epsilons = [EPSILON, 2 * EPSILON]
    balls = list(
        pgd_in_growing_balls(
            small, images, labels, targets, CONFIG, epsilons=epsilons, confidence=confidence
        )
    )
    kept = first.success[:, None, None, None]
    torch.testing.assert_close(balls[0][0], first.x_adv)
    torch.testing.assert_close(balls[1][0], torch.where(kept, first.x_adv, second.x_adv))
    assert torch.equal(balls[0][1], first.steps)
    assert torch.equal(balls[1][1], torch.where(first.success, first.steps, second.steps))

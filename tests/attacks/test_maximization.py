"""Activation maximization: the formula, the constraint, and the penalty to a reference."""

from typing import Any

import pytest
import torch
from torch import Tensor, nn

from foolproof.attacks.maximization import activation_maximization
from foolproof.classifiers.classifier import Classifier, classifier
from foolproof.compute.seeds import new_generator
from foolproof.optimize.starts import gaussian_start
from tests.attacks.conftest import TARGETS


def ascend_by_hand(
    network: nn.Module, start: Tensor, reference: Tensor, target: int, beta: float, steps: int
) -> Tensor:
    """Maximize logit - beta MSE of one image (1, 28, 28) by the formula, with steps of 0.1."""
    image = start.clone()
    for _ in range(steps):
        image = image.detach().requires_grad_()
        cost = network(image[None])[0, target] - beta * ((image - reference) ** 2).mean()
        cost.backward()
        assert image.grad is not None
        image = (image + 0.1 * image.grad).clamp(0, 1)
    return image.detach()


def test_maximization_follows_the_formula(network: Classifier, start: Tensor) -> None:
    result = activation_maximization(network, TARGETS, start=start, steps=5, step_size=0.1)
    for index, target in enumerate(TARGETS.tolist()):
        expected = ascend_by_hand(network, start[index], start[index], target, beta=0, steps=5)
        torch.testing.assert_close(result.x_adv[index], expected, atol=1e-5, rtol=1e-4)


def test_maximization_with_a_penalty_follows_the_formula(
    network: Classifier, start: Tensor
) -> None:
    references = gaussian_start(len(TARGETS), mean=40, std=60, generator=new_generator(1))
    betas = torch.tensor([0.0, 30, 100, 300, 1000])

    def attack(beta: Tensor | float) -> Tensor:
        return activation_maximization(
            network,
            TARGETS,
            start=start,
            reference=references,
            beta=beta,
            steps=5,
            step_size=0.1,
        ).x_adv

    found = attack(betas)
    for index, (target, beta) in enumerate(zip(TARGETS.tolist(), betas.tolist(), strict=True)):
        expected = ascend_by_hand(network, start[index], references[index], target, beta, steps=5)
        torch.testing.assert_close(found[index], expected, atol=1e-5, rtol=1e-4)
    assert (found[1:] - attack(0 * betas)[1:]).abs().amax() > 0.1
    assert torch.equal(attack(torch.full((5,), 30.0)), attack(30.0))


def test_maximization_increases_the_logit_with_valid_pixels(
    network: Classifier, start: Tensor
) -> None:
    given = start.clone()
    result = activation_maximization(network, TARGETS, start=start, steps=100, step_size=0.03)
    assert torch.equal(start, given)
    assert result.success.all()
    assert (result.history[-1] > result.history[0] + 1).all()
    assert result.x_adv.min() == 0
    assert result.x_adv.max() == 1
    assert (result.steps == 100).all()
    assert (result.queries == 101).all()
    logits = network(result.x_adv)
    assert (logits.argmax(1) == TARGETS).all()
    at_end = logits.gather(1, TARGETS[:, None])[:, 0]
    torch.testing.assert_close(at_end, result.history[-1], atol=1e-4, rtol=1e-4)
    torch.testing.assert_close(result.linf, (result.x_adv - start).abs().amax((1, 2, 3)))


def test_larger_beta_stays_nearer_to_the_reference(network: Classifier, start: Tensor) -> None:
    references = torch.zeros_like(start)
    distances = [
        activation_maximization(
            network,
            TARGETS,
            start=start,
            reference=references,
            beta=beta,
            steps=50,
            step_size=0.03,
        )
        .x_adv.square()
        .mean()
        for beta in (0.0, 100.0, 1000.0, 10000.0)
    ]
    assert distances == sorted(distances, reverse=True)
    assert distances[-1] < 0.01 * distances[0]


@pytest.mark.parametrize("shape", [(1, 4, 4), (3, 4, 4)])
@pytest.mark.parametrize("count", [2, 5])
def test_linear_network_of_any_shape_classes_and_bounds_in_closed_form(
    shape: tuple[int, ...], count: int
) -> None:
    """Each step adds the weights of the target, until a pixel is at its bound."""
    torch.manual_seed(0)
    network = nn.Sequential(nn.Flatten(), nn.Linear(16 * shape[0], count))
    model = classifier(network, bounds=(-2, 3), input_shape=shape)
    start = 5 * torch.rand(3, *shape) - 2
    result = activation_maximization(model, 1, start=start, steps=20, step_size=0.5)
    weight = model.get_parameter("network.1.weight")[1].view(shape)
    torch.testing.assert_close(result.x_adv, (start + 10 * weight).clamp(-2, 3))


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"start": torch.full((2, 1, 2, 2), -1.0)}, "expected pixels in \\[0, 1\\], found -1"),
        ({"start": torch.zeros(0, 1, 2, 2)}, "expected a batch of at least one image"),
        ({"target": 3}, "expected target from 0 to 2, found 3"),
        ({"target": torch.tensor([0])}, "expected target as an int64 tensor \\(2,\\)"),
        ({"steps": 0}, "expected steps of at least 1, found 0"),
        ({"step_size": 0.0}, "expected step_size above 0, found 0"),
        ({"beta": 1.0}, "beta weighs the distance to reference images, but reference is None"),
        ({"beta": -1.0}, "expected beta of at least 0, found -1"),
        ({"beta": torch.ones(3)}, "expected beta as a number or \\(2,\\), found \\(3,\\)"),
        ({"reference": torch.zeros(1, 1, 2, 2)}, "expected reference images of the shape"),
        ({"reference": torch.full((2, 1, 2, 2), 2.0)}, "expected pixels in \\[0, 1\\], found 2"),
    ],
)
def test_maximization_refuses_bad_input(changes: dict[str, Any], message: str) -> None:
    model = classifier(nn.Sequential(nn.Flatten(), nn.Linear(4, 3)), input_shape=(1, 2, 2))
    given: dict[str, Any] = {
        "target": 0,
        "start": torch.rand(2, 1, 2, 2),
        "steps": 2,
        "step_size": 0.1,
    }
    with pytest.raises(ValueError, match=message):
        activation_maximization(model, **(given | changes))

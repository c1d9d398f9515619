"""Objectives against finite differences and hand computation."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor, nn
from torch.nn import functional

from foolproof.networks.mnist import mnist_cnn
from foolproof.optimize.loop import Objective
from foolproof.optimize.objectives import (
    class_logit,
    class_probability,
    cross_entropy,
    expectation,
    log_probability,
    negative,
    on_perturbation,
    with_mse_penalty,
)

COUNT = 4
TARGETS = torch.tensor([3, 1, 4, 1])
INDICES = torch.arange(COUNT)
OPPOSITES = (log_probability, cross_entropy)


@pytest.fixture(scope="module")
def network() -> nn.Module:
    torch.manual_seed(0)
    return mnist_cnn(batch_norm=True, hidden=(20,)).double().eval().requires_grad_(False)


def pixels(seed: int) -> Tensor:
    generator = torch.Generator().manual_seed(seed)
    return torch.rand(COUNT, 1, 28, 28, generator=generator, dtype=torch.float64)


def scaled(inputs: Tensor) -> Tensor:
    """Scale each input by a factor that depends on its position in the batch only."""
    return inputs * torch.linspace(0.5, 1, len(inputs), dtype=inputs.dtype)[:, None, None, None]


def slopes(objective: Objective, inputs: Tensor, direction: Tensor) -> tuple[Tensor, Tensor]:
    """Compute the slopes along a direction, by autograd and by finite differences."""
    variable = inputs.clone().requires_grad_()
    (gradient,) = torch.autograd.grad(objective(variable, INDICES).value.sum(), variable)
    step = 1e-7
    ahead, behind = (objective(inputs + s * direction, INDICES).value for s in (step, -step))
    return (gradient * direction).flatten(1).sum(1), (ahead - behind) / (2 * step)


def test_gradients_equal_finite_differences(network: nn.Module) -> None:
    logit = class_logit(network, TARGETS)
    betas = torch.tensor([0.0, 1, 10, 1000], dtype=torch.float64)
    loss = cross_entropy(network, TARGETS)
    for objective in (
        logit,
        with_mse_penalty(logit, pixels(1), betas),
        on_perturbation(logit, pixels(1)),
        loss,
        negative(loss),
        class_probability(network, TARGETS),
        log_probability(network, TARGETS),
        expectation(logit, scaled, 3),
    ):
        for seed in (2, 3):
            analytic, numeric = slopes(objective, pixels(0), pixels(seed) - 0.5)
            torch.testing.assert_close(analytic, numeric, rtol=1e-5, atol=1e-6)
            assert (analytic.abs() > 1e-4).all()


def test_class_logit_is_that_of_each_target(network: nn.Module) -> None:
    indices = torch.tensor([2, 0])
    value, logits = class_logit(network, TARGETS)(pixels(0)[indices], indices)
    expected = network(pixels(0))
    torch.testing.assert_close(logits, expected[indices])
    torch.testing.assert_close(value, torch.stack([expected[2, 4], expected[0, 3]]))


def test_mse_penalty_is_the_mean_over_pixels_times_each_beta(
    network: nn.Module,
) -> None:
    logit = class_logit(network, TARGETS)
    betas = torch.tensor([1.0, 2, 3, 4], dtype=torch.float64)
    images = pixels(0)
    value, logits = with_mse_penalty(logit, images, betas)(images[INDICES] + 0.1, INDICES)
    plain = logit(images + 0.1, INDICES)
    torch.testing.assert_close(logits, plain.logits)
    torch.testing.assert_close(plain.value - value, 0.01 * betas)


@given(st.integers(0, 1000))
def test_mse_penalty_of_weight_zero_changes_nothing(seed: int) -> None:
    layers = nn.Sequential(nn.Flatten(), nn.Linear(784, 10)).double().requires_grad_(False)
    logit = class_logit(layers, TARGETS)
    weightless = with_mse_penalty(logit, pixels(seed + 1), torch.zeros(COUNT, dtype=torch.float64))
    gradients = []
    for objective in (logit, weightless):
        variable = pixels(seed).requires_grad_()
        evaluation = objective(variable, INDICES)
        (gradient,) = torch.autograd.grad(evaluation.value.sum(), variable)
        gradients += [gradient, evaluation.value.detach()]
    assert torch.equal(gradients[0], gradients[2])
    assert torch.equal(gradients[1], gradients[3])


def test_on_perturbation_adds_the_image_of_each_example(network: nn.Module) -> None:
    logit = class_logit(network, TARGETS)
    indices = torch.tensor([3, 1])
    noise = pixels(1)[indices] - 0.5
    found = on_perturbation(logit, pixels(0))(noise, indices)
    expected = logit(pixels(0)[indices] + noise, indices)
    assert torch.equal(found.value, expected.value)
    assert torch.equal(found.logits, expected.logits)


def test_cross_entropy_equals_that_of_torch(network: nn.Module) -> None:
    indices = torch.tensor([2, 0])
    value, logits = cross_entropy(network, TARGETS)(pixels(0)[indices], indices)
    expected = functional.cross_entropy(network(pixels(0)), TARGETS, reduction="none")
    torch.testing.assert_close(value, expected[indices])
    torch.testing.assert_close(logits, network(pixels(0))[indices])
    opposite = negative(cross_entropy(network, TARGETS))(pixels(0)[indices], indices)
    assert torch.equal(opposite.value, -value)
    assert torch.equal(opposite.logits, logits)


@pytest.mark.parametrize("margin", [-60.0, -17.0, 0.0, 17.0, 60.0])
def test_the_gradient_of_the_loss_keeps_its_direction_where_rounding_would_lose_it(
    margin: float,
) -> None:
    """In float32 1 - p is zero from a margin of 17 on, and with it the usual formula's gradient."""
    objective = cross_entropy(nn.Flatten(), torch.tensor([1]))
    gradients: list[Tensor] = []
    for dtype in (torch.float32, torch.float64):
        logits = torch.tensor([[0.3, -margin, -1.0]], dtype=dtype, requires_grad=True)
        value = objective(logits, torch.tensor([0])).value
        gradients += torch.autograd.grad(value.sum(), logits)
    single, double = gradients
    assert (double != 0).all()
    torch.testing.assert_close(single.double() / double, torch.ones_like(double), atol=1e-4, rtol=0)


def test_the_probability_and_its_logarithm_are_torchs_of_each_problems_own_class(
    network: nn.Module,
) -> None:
    indices = torch.tensor([2, 0])
    expected = network(pixels(0)[indices])
    for make, normalize in ((class_probability, "softmax"), (log_probability, "log_softmax")):
        value, logits = make(network, TARGETS)(pixels(0)[indices], indices)
        normalized = getattr(functional, normalize)(expected, dim=1)
        torch.testing.assert_close(value, torch.stack([normalized[0, 4], normalized[1, 3]]))
        torch.testing.assert_close(logits, expected)


def test_log_probability_is_the_negative_cross_entropy(
    network: nn.Module,
) -> None:
    direction = pixels(1) - 0.5
    log, _ = slopes(log_probability(network, TARGETS), pixels(0), direction)
    loss, _ = slopes(cross_entropy(network, TARGETS), pixels(0), direction)
    torch.testing.assert_close(log, -loss)
    log, loss = (make(network, TARGETS)(pixels(0), INDICES).value for make in OPPOSITES)
    torch.testing.assert_close(log, -loss)


def test_expectation_is_the_mean_over_the_views_of_each_example(network: nn.Module) -> None:
    indices, samples = torch.tensor([2, 0, 1]), 4
    inputs = pixels(0)[indices]
    objective = class_probability(network, TARGETS)
    value, logits = expectation(objective, scaled, samples)(inputs, indices)
    factors = torch.linspace(0.5, 1, len(indices) * samples, dtype=inputs.dtype).view(-1, samples)
    for place, index in enumerate(indices.tolist()):
        evaluated = [
            objective(factor * inputs[place, None], torch.tensor([index]))
            for factor in factors[place]
        ]
        expected = torch.cat([each.value for each in evaluated]).mean()
        torch.testing.assert_close(value[place], expected)
        torch.testing.assert_close(
            logits[place], torch.cat([each.logits for each in evaluated]).mean(0)
        )
    once = expectation(objective, torch.clone, 1)(inputs, indices)
    torch.testing.assert_close(once, objective(inputs, indices))

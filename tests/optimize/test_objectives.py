"""Objectives against finite differences and hand computation."""

from collections.abc import Callable
from functools import partial

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor, nn
from torch.nn import functional

from foolproof.networks.mnist import mnist_cnn
from foolproof.optimize.objectives import (
    ClassLogit,
    ClassProbability,
    CrossEntropy,
    Evaluation,
    Expectation,
    LogProbability,
    Margin,
    Network,
    Objective,
    OnPerturbation,
    Penalty,
    Reparametrized,
    SquaredDistance,
)

COUNT = 4
TARGETS = torch.tensor([3, 1, 4, 1])


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


def roughness(inputs: Tensor) -> Tensor:
    return inputs.diff(dim=3).square().flatten(1).sum(1)


def value_of(objective: Objective, network: Network, inputs: Tensor) -> Tensor:
    return objective.evaluate(network, inputs).value


def logits_of(objective: Objective, network: Network, inputs: Tensor) -> Tensor:
    logits = objective.evaluate(network, inputs).logits
    assert logits is not None
    return logits


def slopes(
    objective: Objective, network: Network, inputs: Tensor, direction: Tensor
) -> tuple[Tensor, Tensor]:
    """Compute the slopes along a direction, by autograd and by finite differences."""
    variable = inputs.clone().requires_grad_()
    (gradient,) = torch.autograd.grad(value_of(objective, network, variable).sum(), variable)
    step = 1e-7
    ahead, behind = (value_of(objective, network, inputs + s * direction) for s in (step, -step))
    return (gradient * direction).flatten(1).sum(1), (ahead - behind) / (2 * step)


BETAS = torch.tensor([0.0, 1, 10, 1000], dtype=torch.float64)
LOGIT, LOSS = ClassLogit(TARGETS), CrossEntropy(TARGETS)


@pytest.mark.parametrize(
    "objective",
    [
        LOGIT,
        LOGIT - BETAS * SquaredDistance(pixels(1)),
        OnPerturbation(LOGIT, pixels(1)),
        LOSS,
        -LOSS,
        Margin(TARGETS),
        ClassProbability(TARGETS),
        LogProbability(TARGETS),
        Expectation(LOGIT, scaled, 3),
        Expectation(LOGIT + 0.5 * LOSS - Penalty(roughness), scaled, 3),
        Reparametrized(LOGIT - 0.1 * Penalty(roughness), torch.sigmoid),
        Penalty(roughness),
    ],
)
def test_gradients_equal_finite_differences(network: nn.Module, objective: Objective) -> None:
    for seed in (2, 3):
        analytic, numeric = slopes(objective, network, pixels(0), pixels(seed) - 0.5)
        torch.testing.assert_close(analytic, numeric, rtol=1e-5, atol=1e-6)
        assert (analytic.abs() > 1e-4).all()


def test_class_logit_is_that_of_each_target(network: nn.Module) -> None:
    indices = torch.tensor([2, 0])
    value, logits = LOGIT.at(indices).evaluate(network, pixels(0)[indices])
    expected = network(pixels(0))
    torch.testing.assert_close(logits, expected[indices])
    torch.testing.assert_close(value, torch.stack([expected[2, 4], expected[0, 3]]))


def test_squared_distance_is_the_mean_over_pixels_times_each_beta(network: nn.Module) -> None:
    betas = torch.tensor([1.0, 2, 3, 4], dtype=torch.float64)
    images = pixels(0)
    penalized = LOGIT - betas * SquaredDistance(images)
    value, logits = penalized.evaluate(network, images + 0.1)
    plain = LOGIT.evaluate(network, images + 0.1)
    torch.testing.assert_close(logits, plain.logits)
    torch.testing.assert_close(plain.value - value, 0.01 * betas)
    indices = torch.tensor([3, 1])
    some = penalized.at(indices).evaluate(network, images[indices] + 0.1)
    torch.testing.assert_close(some.value, value[indices])


@given(st.integers(0, 1000))
def test_squared_distance_of_weight_zero_changes_nothing(seed: int) -> None:
    layers = nn.Sequential(nn.Flatten(), nn.Linear(784, 10)).double().requires_grad_(False)
    weightless = LOGIT - torch.zeros(COUNT, dtype=torch.float64) * SquaredDistance(pixels(seed + 1))
    gradients = []
    for objective in (LOGIT, weightless):
        variable = pixels(seed).requires_grad_()
        value = value_of(objective, layers, variable)
        (gradient,) = torch.autograd.grad(value.sum(), variable)
        gradients += [gradient, value.detach()]
    assert torch.equal(gradients[0], gradients[2])
    assert torch.equal(gradients[1], gradients[3])


def test_on_perturbation_adds_the_image_of_each_example(network: nn.Module) -> None:
    indices = torch.tensor([3, 1])
    noise = pixels(1)[indices] - 0.5
    objective = OnPerturbation(LOGIT, pixels(0)).at(indices)
    expected = LOGIT.at(indices), network, pixels(0)[indices] + noise
    assert torch.equal(value_of(objective, network, noise), value_of(*expected))
    assert torch.equal(logits_of(objective, network, noise), logits_of(*expected))


def test_reparametrized_evaluates_the_image_of_the_parameters(network: nn.Module) -> None:
    parameters = pixels(1) - 0.5
    expected = LOGIT, network, parameters.sigmoid()
    objective = Reparametrized(LOGIT, torch.sigmoid)
    assert torch.equal(value_of(objective, network, parameters), value_of(*expected))
    assert torch.equal(logits_of(objective, network, parameters), logits_of(*expected))


def test_cross_entropy_equals_that_of_torch(network: nn.Module) -> None:
    indices = torch.tensor([2, 0])
    value, logits = LOSS.at(indices).evaluate(network, pixels(0)[indices])
    expected = functional.cross_entropy(network(pixels(0)), TARGETS, reduction="none")
    torch.testing.assert_close(value, expected[indices])
    torch.testing.assert_close(logits, network(pixels(0))[indices])
    opposite = (-LOSS).at(indices), network, pixels(0)[indices]
    assert torch.equal(value_of(*opposite), -value)
    torch.testing.assert_close(logits_of(*opposite), logits)


def test_margin_is_positive_exactly_where_the_image_is_misclassified() -> None:
    logits = torch.randn(60, 5, generator=torch.Generator().manual_seed(0))
    labels = torch.arange(60) % 5
    margins = Margin(labels).value(logits)
    for row, label, margin in zip(logits.tolist(), labels.tolist(), margins.tolist(), strict=True):
        others = [logit for index, logit in enumerate(row) if index != label]
        assert margin == pytest.approx(max(others) - row[label], abs=1e-6)
    assert torch.equal(margins > 0, logits.argmax(1) != labels)
    two = Margin(torch.tensor([0])).value(torch.tensor([[1.0, 3.0]]))
    assert two.item() == 2


@pytest.mark.parametrize("margin", [-60.0, -17.0, 0.0, 17.0, 60.0])
def test_the_gradient_of_the_loss_keeps_its_direction_where_rounding_would_lose_it(
    margin: float,
) -> None:
    """In float32 1 - p is zero from a margin of 17 on, and with it the usual formula's gradient."""
    objective = CrossEntropy(torch.tensor([1]))
    gradients: list[Tensor] = []
    for dtype in (torch.float32, torch.float64):
        logits = torch.tensor([[0.3, -margin, -1.0]], dtype=dtype, requires_grad=True)
        value = value_of(objective, nn.Flatten(), logits)
        gradients += torch.autograd.grad(value.sum(), logits)
    single, double = gradients
    assert (double != 0).all()
    torch.testing.assert_close(single.double() / double, torch.ones_like(double), atol=1e-4, rtol=0)


@pytest.mark.parametrize(
    ("make", "normalize"),
    [(ClassProbability, functional.softmax), (LogProbability, functional.log_softmax)],
)
def test_the_probability_and_its_logarithm_are_torchs_of_each_examples_own_class(
    network: nn.Module, make: Callable[[Tensor], Objective], normalize: Callable[..., Tensor]
) -> None:
    indices = torch.tensor([2, 0])
    expected = network(pixels(0)[indices])
    value, logits = make(TARGETS).at(indices).evaluate(network, pixels(0)[indices])
    normalized = normalize(expected, dim=1)
    torch.testing.assert_close(value, torch.stack([normalized[0, 4], normalized[1, 3]]))
    torch.testing.assert_close(logits, expected)


def test_log_probability_is_the_negative_cross_entropy(network: nn.Module) -> None:
    direction = pixels(1) - 0.5
    log, loss = (
        slopes(make(TARGETS), network, pixels(0), direction)[0]
        for make in (LogProbability, CrossEntropy)
    )
    torch.testing.assert_close(log, -loss)
    log, loss = (
        value_of(make(TARGETS), network, pixels(0)) for make in (LogProbability, CrossEntropy)
    )
    torch.testing.assert_close(log, -loss)


def test_expectation_is_the_mean_over_the_views_of_each_example(network: nn.Module) -> None:
    indices, samples = torch.tensor([2, 0, 1]), 4
    inputs = pixels(0)[indices]
    objective = ClassProbability(TARGETS)
    value, logits = Expectation(objective, scaled, samples).at(indices).evaluate(network, inputs)
    assert logits is not None
    factors = torch.linspace(0.5, 1, len(indices) * samples, dtype=inputs.dtype).view(-1, samples)
    for place, index in enumerate(indices.tolist()):
        alone = objective.at(torch.tensor([index]))
        views = [factor * inputs[place, None] for factor in factors[place]]
        expected = torch.cat([value_of(alone, network, view) for view in views]).mean()
        torch.testing.assert_close(value[place], expected)
        of_views = torch.cat([logits_of(alone, network, view) for view in views])
        torch.testing.assert_close(logits[place], of_views.mean(0))
    once = Expectation(objective, torch.clone, 1).at(indices).evaluate(network, inputs)
    torch.testing.assert_close(once, objective.at(indices).evaluate(network, inputs))


def test_expectation_of_a_sum_is_the_sum_of_expectations(network: nn.Module) -> None:
    inputs, betas = pixels(0), torch.tensor([1.0, 2, 3, 4], dtype=torch.float64)
    parts = (LOGIT, betas * Margin(TARGETS), -0.5 * Penalty(roughness))
    whole = Expectation(parts[0] + parts[1] + parts[2], scaled, 3)
    expected = sum(value_of(Expectation(part, scaled, 3), network, inputs) for part in parts)
    torch.testing.assert_close(value_of(whole, network, inputs), expected)
    assert Expectation(Penalty(roughness), scaled, 3).evaluate(network, inputs).logits is None


def test_objectives_add_subtract_negate_and_scale(network: nn.Module) -> None:
    inputs, betas = pixels(0), torch.tensor([1.0, 2, 3, 4], dtype=torch.float64)
    value = partial(value_of, network=network, inputs=inputs)
    logit, loss, rough = value(LOGIT), value(LOSS), roughness(inputs)
    rules: list[tuple[Objective, Tensor]] = [
        (LOGIT + LOSS, logit + loss),
        (LOGIT - LOSS, logit - loss),
        (-LOGIT, -logit),
        (2 * LOGIT, 2 * logit),
        (LOGIT * 2, 2 * logit),
        (betas * LOGIT, betas * logit),
        (LOGIT * betas, betas * logit),
        (torch.tensor(0.5) * LOGIT, 0.5 * logit),
        (2 * (LOGIT + betas * (LOSS - LOGIT)), 2 * (logit + betas * (loss - logit))),
        (Penalty(roughness) - LOGIT, rough - logit),
    ]
    indices = torch.tensor([3, 0, 3])
    for objective, expected in rules:
        torch.testing.assert_close(value(objective), expected)
        some = objective.at(indices)
        torch.testing.assert_close(value_of(some, network, inputs[indices]), expected[indices])
        torch.testing.assert_close(logits_of(objective, network, inputs), network(inputs))


@pytest.mark.parametrize(
    ("objective", "passes"),
    [
        (LOGIT + LOSS, 1),
        (LOGIT + LOSS - Margin(TARGETS), 1),
        (LOGIT + (LOSS - 2 * (Margin(TARGETS) + LOGIT)) + Penalty(roughness), 1),
        (Penalty(roughness) - SquaredDistance(pixels(1)) + LOGIT, 1),
        (Expectation(LOGIT + LOSS, scaled, 3), 1),
        (Reparametrized(LOGIT + LOSS, torch.sigmoid), 1),
        (OnPerturbation(LOGIT + LOSS, pixels(1)), 1),
        (LOGIT + Expectation(LOGIT, scaled, 3), 2),
        (Penalty(roughness) + SquaredDistance(pixels(1)), 0),
    ],
)
def test_objectives_of_the_same_inputs_share_one_forward_pass(
    network: nn.Module, objective: Objective, passes: int
) -> None:
    calls = []

    def counted(inputs: Tensor) -> Tensor:
        calls.append(len(inputs))
        logits: Tensor = network(inputs)
        return logits

    inputs = pixels(0).requires_grad_()
    value = value_of(objective, counted, inputs)
    assert len(calls) == passes
    (gradient,) = torch.autograd.grad(value.sum(), inputs)
    assert gradient.any()
    value_of(objective, counted, inputs)
    assert len(calls) == 2 * passes


def test_value_of_a_new_objective_is_all_that_an_author_writes(network: nn.Module) -> None:
    """Batching, sums and selection come with the base class."""

    class Entropy(Objective):
        def evaluate(self, network: Network, inputs: Tensor) -> Evaluation:
            logits = network(inputs)
            return Evaluation(-(logits.softmax(1) * logits.log_softmax(1)).sum(1), logits)

    found = value_of(Entropy() - LOGIT, network, pixels(0))
    expected = torch.distributions.Categorical(logits=network(pixels(0))).entropy()
    torch.testing.assert_close(found, expected - value_of(LOGIT, network, pixels(0)))

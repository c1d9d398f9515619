"""Steps against hand computation and torch.optim, and the purity of `init` and `update`."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from foolproof.optimize.loop import optimize_input
from foolproof.optimize.steps import (
    Adam,
    GradientStep,
    NormalizedStep,
    Point,
    SignStep,
    Step,
    l2_norms,
    normalized,
    per_example,
)
from tests.optimize.test_loop import identity, quadratic

STEPS: list[Step] = [GradientStep(0.3), SignStep(0.3), NormalizedStep(0.3), Adam(0.3)]


def point(gradient: Tensor, inputs: Tensor | None = None) -> Point:
    inputs = torch.zeros_like(gradient) if inputs is None else inputs
    return Point(inputs, torch.zeros(len(gradient)), torch.zeros(len(gradient), 2), gradient)


def change(step: Step, gradient: Tensor) -> Tensor:
    """Take a first step from zero."""
    return step.update(point(gradient), step.init(torch.zeros_like(gradient)))[0]


@given(st.lists(st.floats(-1e6, 1e6, width=32), min_size=1, max_size=9), st.floats(1e-3, 10))
def test_sign_step_does_not_depend_on_the_norm(values: list[float], size: float) -> None:
    gradient = torch.tensor(values)
    step = change(SignStep(size), gradient)
    assert torch.equal(step, torch.tensor([size * ((v > 0) - (v < 0)) for v in values]))
    assert torch.equal(change(SignStep(size), 1e6 * gradient), step)


def test_gradient_step_is_added_to_the_inputs() -> None:
    gradient, inputs = torch.randn(3, 2), torch.randn(3, 2)
    stepped, state = GradientStep(0.5).update(point(gradient, inputs), ())
    torch.testing.assert_close(stepped, inputs + 0.5 * gradient)
    assert state == ()


def test_normalized_step_has_its_length_and_is_zero_for_a_zero_gradient() -> None:
    gradient = torch.stack(
        [torch.zeros(3, 4, 4), torch.randn(3, 4, 4), 1e-6 * torch.randn(3, 4, 4)]
    )
    step = change(NormalizedStep(0.3), gradient)
    torch.testing.assert_close(step.flatten(1).norm(dim=1), torch.tensor([0.0, 0.3, 0.3]))


@pytest.mark.parametrize("shape", [(5, 7), (5, 2, 3), (5, 1, 4, 4)])
def test_norms_are_those_of_the_flat_examples(shape: tuple[int, ...]) -> None:
    images = torch.randn(shape, generator=torch.Generator().manual_seed(0))
    torch.testing.assert_close(l2_norms(images), images.flatten(1).norm(dim=1))
    torch.testing.assert_close(l2_norms(normalized(images)), torch.ones(5))
    assert per_example(torch.arange(5), images).shape == (5, *[1] * (len(shape) - 1))


@pytest.mark.parametrize("step", STEPS)
def test_init_and_update_are_pure(step: Step) -> None:
    generator = torch.Generator().manual_seed(0)
    start, gradient = torch.randn(2, 4, 3, generator=generator)
    state = step.init(start)
    for _ in range(3):
        _, state = step.update(point(gradient, start), state)
    given_state = tuple(part.clone() for part in state)
    given_point = Point(*(part.clone() for part in point(gradient, start)))
    once, after_once = step.update(given_point, state)
    twice, after_twice = step.update(given_point, state)
    assert torch.equal(once, twice)
    for ours, theirs in zip(after_once, after_twice, strict=True):
        assert torch.equal(ours, theirs)
    for before, after in zip(given_state, state, strict=True):
        assert torch.equal(before, after)
    for before, after in zip(point(gradient, start), given_point, strict=True):
        assert torch.equal(before, after)
    assert all(len(part) == len(start) for part in state)
    assert all(part.count_nonzero() == 0 for part in step.init(start))


@pytest.mark.parametrize("step", [Adam(0.1), Adam(0.05, betas=(0.5, 0.9)), Adam(0.1, epsilon=1e-2)])
def test_adam_equals_torch_and_keeps_moments_of_each_example(step: Adam) -> None:
    peaks, start = torch.tensor([[2.0, -1.0], [0.5, 3.0]]), torch.zeros(2, 2)
    objective = quadratic(peaks, 1, 4)
    found = optimize_input(identity, start, objective, steps=25, step=step)
    expected = start.clone().requires_grad_()
    optimizer = torch.optim.Adam(
        [expected], lr=step.size, betas=step.betas, eps=step.epsilon, maximize=True
    )
    for _ in range(25):
        optimizer.zero_grad()
        objective.evaluate(identity, expected).value.sum().backward()
        optimizer.step()
    torch.testing.assert_close(found.inputs, expected.detach(), rtol=1e-5, atol=1e-6)
    of_torch = optimizer.state[expected]
    # Of descent, so the sign is the other one.
    torch.testing.assert_close(found.state[0], -of_torch["exp_avg"], rtol=1e-5, atol=1e-4)
    torch.testing.assert_close(found.state[1], of_torch["exp_avg_sq"], rtol=1e-5, atol=1e-4)
    assert found.state[2].tolist() == [25, 25]
    alone = optimize_input(identity, start[1:], quadratic(peaks[1:], 1, 4), steps=25, step=step)
    torch.testing.assert_close(alone.inputs, found.inputs[1:])


def test_adam_corrects_the_bias_by_the_count_of_each_example() -> None:
    """Examples with one and with four steps behind them, in one batch."""
    generator = torch.Generator().manual_seed(0)
    gradients = torch.randn(5, 2, 3, generator=generator)
    step, inputs = Adam(0.1), torch.zeros(2, 3)
    alone = []
    for index, steps in enumerate((1, 4)):
        chosen = slice(index, index + 1)
        state = step.init(inputs[chosen])
        for gradient in gradients[:steps]:
            _, state = step.update(point(gradient[chosen]), state)
        alone.append(state)
    together = tuple(map(torch.cat, zip(*alone, strict=True)))
    found, _ = step.update(point(gradients[4]), together)
    for index, state in enumerate(alone):
        chosen = slice(index, index + 1)
        expected, _ = step.update(point(gradients[4][chosen]), state)
        torch.testing.assert_close(found[chosen], expected)

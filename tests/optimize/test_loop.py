"""`optimize_input` on objectives whose maxima and steps have a closed form."""

import pytest
import torch
from torch import Tensor, nn

from foolproof.optimize.constraints import bounds, box
from foolproof.optimize.criteria import classified_as, confident_in, confident_in_any_but
from foolproof.optimize.loop import (
    CHUNK,
    CHUNK_NUMBERS,
    Criterion,
    Evaluation,
    Objective,
    optimize_input,
)
from foolproof.optimize.steps import adam_step, gradient_step, normalized_step, sign_step

FIELDS = ("inputs", "logits", "success", "steps", "history")


def quadratic(peaks: Tensor, curvatures: Tensor) -> Objective:
    """Make -1/2 sum_i a_i (x_i - peak_i)^2, with a peak for each example; x passes as logits."""

    def evaluate(inputs: Tensor, indices: Tensor) -> Evaluation:
        value = -0.5 * (curvatures * (inputs - peaks[indices]).square()).sum(1)
        return Evaluation(value, inputs)

    return evaluate


def above(threshold: float) -> Criterion:
    """Make the criterion that the first logit is above a threshold."""
    return lambda logits, _: logits[:, 0] > threshold


def random(*shape: int, seed: int = 0) -> Tensor:
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(*shape, generator=generator, dtype=torch.float64)


class Counter:
    """An objective that grows by one in each step and records the indices of each call."""

    def __init__(self) -> None:
        self.calls: list[list[int]] = []

    def __call__(self, inputs: Tensor, indices: Tensor) -> Evaluation:
        """Value the sum of the inputs, which pass as logits."""
        self.calls.append(indices.tolist())
        return Evaluation(inputs.sum(1), inputs)


def test_gradient_step_is_the_gradient_times_its_size() -> None:
    start, peaks, curvatures = random(4, 3), random(4, 3, seed=1), torch.tensor([1.0, 2, 3])
    result = optimize_input(start, quadratic(peaks, curvatures), steps=1, step=gradient_step(0.1))
    torch.testing.assert_close(result.inputs, start - 0.1 * curvatures * (start - peaks))


def test_quadratic_converges_at_the_rate_of_the_closed_form() -> None:
    """Each step multiplies the distance along coordinate i by 1 - size a_i."""
    start, peaks, curvatures = random(4, 3), random(4, 3, seed=1), torch.tensor([1.0, 2, 5])
    for steps in (7, 200):
        result = optimize_input(
            start, quadratic(peaks, curvatures), steps=steps, step=gradient_step(0.3)
        )
        expected = peaks + (1 - 0.3 * curvatures) ** steps * (start - peaks)
        torch.testing.assert_close(result.inputs, expected)
        assert (result.history.diff(dim=0) >= -1e-12).all()
    torch.testing.assert_close(result.inputs, peaks)


def test_quadratic_in_a_box_converges_to_the_projection_of_the_peak() -> None:
    peaks = 3 * random(50, 3)
    objective = quadratic(peaks, torch.ones(3))
    start = torch.full_like(peaks, 0.5)
    result = optimize_input(start, objective, steps=100, step=gradient_step(0.3), project=box())
    torch.testing.assert_close(result.inputs, peaks.clamp(0, 1))
    result = optimize_input(
        start, objective, steps=100, step=gradient_step(0.3), project=box(-1, 2)
    )
    torch.testing.assert_close(result.inputs, peaks.clamp(-1, 2))


def test_linear_objective_converges_to_a_corner_of_the_box() -> None:
    slopes = random(5, 4)
    result = optimize_input(
        torch.full_like(slopes, 0.5),
        lambda inputs, indices: Evaluation((slopes[indices] * inputs).sum(1), inputs),
        steps=300,
        step=gradient_step(1),
        project=box(),
    )
    assert torch.equal(result.inputs, (slopes > 0).double())
    torch.testing.assert_close(result.history[-1], slopes.clamp(min=0).sum(1))


def test_sign_steps_converge_to_the_bounds_in_the_direction_of_the_slopes() -> None:
    slopes, lower = random(5, 4), -random(5, 4, seed=1).abs()
    upper = lower + random(5, 4, seed=2).abs()

    def objective(inputs: Tensor, indices: Tensor) -> Evaluation:
        return Evaluation((slopes[indices] * inputs).sum(1), inputs)

    start = (lower + upper) / 2
    inside = bounds(lower, upper)
    result = optimize_input(start, objective, steps=1, step=sign_step(0.01), project=inside)
    torch.testing.assert_close(
        result.inputs, torch.clamp(start + 0.01 * slopes.sign(), lower, upper)
    )
    result = optimize_input(start, objective, steps=300, step=sign_step(0.01), project=inside)
    assert torch.equal(result.inputs, torch.where(slopes > 0, upper, lower))


def test_result_equals_a_run_by_hand() -> None:
    """From 0, 1 and 5 by one in each step until above 2.5, in at most two steps."""
    start = torch.tensor([[0.0], [1.0], [5.0]])
    result = optimize_input(start, Counter(), steps=2, step=gradient_step(1), stop=above(2.5))
    assert result.inputs.tolist() == result.logits.tolist() == [[2], [3], [5]]
    assert result.success.tolist() == [False, True, True]
    assert result.steps.tolist() == [2, 2, 0]
    expected = torch.tensor([[0, 1, 5], [1, 2, torch.nan], [2, 3, torch.nan]])
    assert torch.equal(result.history.nan_to_num(-1), expected.nan_to_num(-1))
    assert start.flatten().tolist() == [0, 1, 5]
    assert not any(getattr(result, name).requires_grad for name in FIELDS)


def test_successful_examples_are_dropped_and_the_last_success_ends_the_loop() -> None:
    objective = Counter()
    start = torch.tensor([[0.0], [2.0], [9.0], [1.0]])
    result = optimize_input(start, objective, steps=100, step=gradient_step(1), stop=above(2.5))
    assert objective.calls == [[0, 1, 2, 3], [0, 1, 3], [0, 3], [0]]
    assert result.inputs.flatten().tolist() == [3, 3, 9, 3]
    assert result.steps.tolist() == [3, 1, 0, 2]
    assert result.success.all()
    assert result.history[4:].isnan().all()


def test_zero_steps_evaluate_the_start() -> None:
    start = torch.tensor([[0.0], [9.0]])
    result = optimize_input(start, Counter(), steps=0, step=gradient_step(1), stop=above(2.5))
    assert torch.equal(result.inputs, start)
    assert result.history.tolist() == [[0, 9]]
    assert result.success.tolist() == [False, True]
    assert result.steps.tolist() == [0, 0]


def test_without_criterion_there_is_no_success() -> None:
    result = optimize_input(torch.zeros(2, 1), Counter(), steps=3, step=gradient_step(1))
    assert not result.success.any()
    assert result.steps.tolist() == [3, 3]
    assert not result.history.isnan().any()


@pytest.fixture
def network() -> nn.Module:
    torch.manual_seed(0)
    layers = nn.Sequential(nn.Linear(6, 8), nn.Tanh(), nn.Linear(8, 4))
    layers.double().requires_grad_(False)
    layers.get_parameter("2.weight").mul_(4)
    return layers


def maximize(network: nn.Module, start: Tensor, targets: Tensor) -> dict[str, Tensor]:
    """Maximize the logit of each target up to a confidence of 0.6."""
    result = optimize_input(
        start,
        lambda inputs, indices: Evaluation(
            (logits := network(inputs)).gather(1, targets[indices, None])[:, 0], logits
        ),
        steps=20,
        step=gradient_step(0.1),
        project=box(-2, 2),
        stop=confident_in(targets, 0.6),
    )
    return {name: getattr(result, name) for name in FIELDS}


@pytest.mark.parametrize("count", [13, 2 * CHUNK + 30])
def test_examples_of_a_batch_are_independent(network: nn.Module, count: int) -> None:
    """Also in a batch of more than one chunk."""
    start, targets = random(count, 6), torch.arange(count) % 4
    together = maximize(network, start, targets)
    alone = [maximize(network, start[i : i + 1], targets[i : i + 1]) for i in range(count)]
    for name, found in together.items():
        expected = torch.cat([result[name] for result in alone], 1 if name == "history" else 0)
        torch.testing.assert_close(found, expected, equal_nan=True)
    assert together["success"].any()
    assert len(together["steps"].unique()) > 2


def test_indices_count_through_all_chunks() -> None:
    objective = Counter()
    all_indices: list[int] = []

    def note(inputs: Tensor, indices: Tensor) -> Tensor:
        all_indices.extend(indices.tolist())
        return inputs

    count = 2 * CHUNK + 30
    start = torch.zeros(count, 1)
    optimize_input(start, objective, steps=1, step=gradient_step(1), project=note)
    assert all_indices == list(range(count))
    assert max(map(len, objective.calls)) == CHUNK


def test_large_inputs_make_smaller_chunks() -> None:
    objective = Counter()
    start = torch.zeros(5, CHUNK_NUMBERS // 2)
    result = optimize_input(start, objective, steps=1, step=gradient_step(1))
    assert objective.calls == [[0, 1], [0, 1], [2, 3], [2, 3], [4], [4]]
    assert (result.inputs == 1).all()
    objective = Counter()
    optimize_input(torch.zeros(2, CHUNK_NUMBERS + 1), objective, steps=0, step=gradient_step(1))
    assert objective.calls == [[0], [1]]


@pytest.mark.parametrize("numbers", [1, 6, 5 * 6 + 1])
def test_result_does_not_depend_on_the_chunks(
    network: nn.Module, monkeypatch: pytest.MonkeyPatch, numbers: int
) -> None:
    start, targets = random(13, 6), torch.arange(13) % 4
    together = maximize(network, start, targets)
    monkeypatch.setattr("foolproof.optimize.loop.CHUNK_NUMBERS", numbers)
    for name, found in maximize(network, start, targets).items():
        torch.testing.assert_close(found, together[name], equal_nan=True)


def test_two_runs_equal_one_longer_run() -> None:
    start, peaks = random(5, 3), random(5, 3, seed=1)
    objective = quadratic(peaks, torch.tensor([1.0, 2, 3]))
    first = optimize_input(start, objective, steps=3, step=gradient_step(0.1))
    second = optimize_input(first.inputs, objective, steps=4, step=gradient_step(0.1))
    whole = optimize_input(start, objective, steps=7, step=gradient_step(0.1))
    assert torch.equal(second.inputs, whole.inputs)
    assert torch.equal(torch.cat([first.history[:-1], second.history]), whole.history)


def test_confident_in_compares_the_probability_of_each_target() -> None:
    logits = torch.tensor([[0.0, 0.0], [0.0, 0.0], [0.0, 5.0], [5.0, 0.0]])
    targets = torch.tensor([0, 1, 1, 1])
    assert confident_in(targets, 0.5)(logits, torch.arange(4)).tolist() == [True, True, True, False]
    assert confident_in(targets, 0.51)(logits[2:], torch.tensor([2, 3])).tolist() == [True, False]


def test_confident_in_any_but_takes_the_max_over_the_other_classes() -> None:
    logits = torch.tensor([[9.0, 0, 0], [9.0, 0, 0], [0.0, 0, 9], [5.0, 5.0, 0]])
    reached = confident_in_any_but(torch.tensor([0, 1, 1, 0]), 0.9)
    assert reached(logits, torch.arange(4)).tolist() == [False, True, True, False]
    assert reached(logits[[3, 3]], torch.tensor([2, 1])).tolist() == [False, False]
    assert confident_in_any_but(torch.tensor([0]), 0.49)(logits[3:], torch.tensor([0])).all()


def test_adam_equals_torch_and_keeps_moments_of_each_example() -> None:
    peaks, curvatures = torch.tensor([[2.0, -1.0], [0.5, 3.0]]), torch.tensor([1.0, 4.0])
    start = torch.zeros(2, 2)
    objective = quadratic(peaks, curvatures)
    found = optimize_input(start, objective, steps=25, step=adam_step(start, 0.1)).inputs
    expected = start.clone().requires_grad_()
    optimizer = torch.optim.Adam([expected], lr=0.1, maximize=True)
    for _ in range(25):
        optimizer.zero_grad()
        objective(expected, torch.arange(2)).value.sum().backward()
        optimizer.step()
    torch.testing.assert_close(found, expected.detach(), rtol=1e-5, atol=1e-6)
    alone = optimize_input(
        start[1:], quadratic(peaks[1:], curvatures[1:]), steps=25, step=adam_step(start[1:], 0.1)
    )
    torch.testing.assert_close(alone.inputs, found[1:])


def test_normalized_step_has_its_length_and_is_zero_for_a_zero_gradient() -> None:
    gradient = torch.stack(
        [torch.zeros(3, 4, 4), torch.randn(3, 4, 4), 1e-6 * torch.randn(3, 4, 4)]
    )
    step = normalized_step(0.3)(gradient, torch.arange(3))
    torch.testing.assert_close(step.flatten(1).norm(dim=1), torch.tensor([0.0, 0.3, 0.3]))


def test_classified_as_compares_the_top_class_with_each_target() -> None:
    logits = torch.tensor([[0.0, 1.0], [2.0, 1.0]])
    reached = classified_as(torch.tensor([1, 0, 1]))(logits, torch.tensor([0, 2]))
    assert reached.tolist() == [True, False]

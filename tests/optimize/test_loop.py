"""The ascent loop on objectives whose maxima and steps are known in closed form."""

import pytest
import torch
from torch import Tensor, nn

from foolproof.optimize.constraints import bounds, box
from foolproof.optimize.criteria import confident_in, confident_in_any_but
from foolproof.optimize.loop import (
    CHUNK,
    CHUNK_NUMBERS,
    Criterion,
    Evaluation,
    Objective,
    optimize_input,
)
from foolproof.optimize.steps import adam_step, gradient_step, sign_step

FIELDS = ("inputs", "logits", "success", "steps", "history")


def quadratic(peaks: Tensor, curvatures: Tensor) -> Objective:
    """Make -1/2 sum_i a_i (x_i - peak_i)^2 with a peak for each problem; x passes as logits."""

    def evaluate(inputs: Tensor, rows: Tensor) -> Evaluation:
        value = -0.5 * (curvatures * (inputs - peaks[rows]).square()).sum(1)
        return Evaluation(value, inputs)

    return evaluate


def above(threshold: float) -> Criterion:
    """Make the criterion that the first logit is above a threshold."""
    return lambda logits, _: logits[:, 0] > threshold


def random(*shape: int, seed: int = 0) -> Tensor:
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(*shape, generator=generator, dtype=torch.float64)


class Counter:
    """An objective that rises by one a step and writes down the rows of its every call."""

    def __init__(self) -> None:
        self.calls: list[list[int]] = []

    def __call__(self, inputs: Tensor, rows: Tensor) -> Evaluation:
        """Value the sum of the inputs, which pass as logits."""
        self.calls.append(rows.tolist())
        return Evaluation(inputs.sum(1), inputs)


def test_a_step_is_the_gradient_times_its_size() -> None:
    start, peaks, curvatures = random(4, 3), random(4, 3, seed=1), torch.tensor([1.0, 2, 3])
    trace = optimize_input(start, quadratic(peaks, curvatures), steps=1, step=gradient_step(0.1))
    torch.testing.assert_close(trace.inputs, start - 0.1 * curvatures * (start - peaks))


def test_a_concave_objective_is_led_to_its_peak_at_the_known_rate() -> None:
    """Each step shrinks the distance along coordinate i by 1 - size a_i."""
    start, peaks, curvatures = random(4, 3), random(4, 3, seed=1), torch.tensor([1.0, 2, 5])
    for steps in (7, 200):
        trace = optimize_input(
            start, quadratic(peaks, curvatures), steps=steps, step=gradient_step(0.3)
        )
        expected = peaks + (1 - 0.3 * curvatures) ** steps * (start - peaks)
        torch.testing.assert_close(trace.inputs, expected)
        assert (trace.history.diff(dim=0) >= -1e-12).all()
    torch.testing.assert_close(trace.inputs, peaks)


def test_within_a_box_it_ends_at_the_nearest_point_to_the_peak() -> None:
    peaks = 3 * random(50, 3)
    objective = quadratic(peaks, torch.ones(3))
    start = torch.full_like(peaks, 0.5)
    trace = optimize_input(start, objective, steps=100, step=gradient_step(0.3), project=box())
    torch.testing.assert_close(trace.inputs, peaks.clamp(0, 1))
    trace = optimize_input(start, objective, steps=100, step=gradient_step(0.3), project=box(-1, 2))
    torch.testing.assert_close(trace.inputs, peaks.clamp(-1, 2))


def test_a_linear_objective_is_led_to_a_corner_of_the_box() -> None:
    slopes = random(5, 4)
    trace = optimize_input(
        torch.full_like(slopes, 0.5),
        lambda inputs, rows: Evaluation((slopes[rows] * inputs).sum(1), inputs),
        steps=300,
        step=gradient_step(1),
        project=box(),
    )
    assert torch.equal(trace.inputs, (slopes > 0).double())
    torch.testing.assert_close(trace.history[-1], slopes.clamp(min=0).sum(1))


def test_sign_steps_between_bounds_end_at_the_bounds_that_the_slopes_point_to() -> None:
    slopes, lower = random(5, 4), -random(5, 4, seed=1).abs()
    upper = lower + random(5, 4, seed=2).abs()
    objective: Objective = lambda inputs, rows: Evaluation((slopes[rows] * inputs).sum(1), inputs)  # noqa: E731
    start = (lower + upper) / 2
    inside = bounds(lower, upper)
    trace = optimize_input(start, objective, steps=1, step=sign_step(0.01), project=inside)
    torch.testing.assert_close(
        trace.inputs, torch.clamp(start + 0.01 * slopes.sign(), lower, upper)
    )
    trace = optimize_input(start, objective, steps=300, step=sign_step(0.01), project=inside)
    assert torch.equal(trace.inputs, torch.where(slopes > 0, upper, lower))


def test_the_trace_of_a_climb_by_hand() -> None:
    """From 0, 1 and 5 upwards by one a step, until above 2.5, with two steps to spend."""
    start = torch.tensor([[0.0], [1.0], [5.0]])
    trace = optimize_input(start, Counter(), steps=2, step=gradient_step(1), stop=above(2.5))
    assert trace.inputs.tolist() == trace.logits.tolist() == [[2], [3], [5]]
    assert trace.success.tolist() == [False, True, True]
    assert trace.steps.tolist() == [2, 2, 0]
    expected = torch.tensor([[0, 1, 5], [1, 2, torch.nan], [2, 3, torch.nan]])
    assert torch.equal(trace.history.nan_to_num(-1), expected.nan_to_num(-1))
    assert start.flatten().tolist() == [0, 1, 5]
    assert not any(getattr(trace, name).requires_grad for name in FIELDS)


def test_who_is_solved_leaves_the_batch_and_nobody_is_asked_when_all_are() -> None:
    objective = Counter()
    start = torch.tensor([[0.0], [2.0], [9.0], [1.0]])
    trace = optimize_input(start, objective, steps=100, step=gradient_step(1), stop=above(2.5))
    assert objective.calls == [[0, 1, 2, 3], [0, 1, 3], [0, 3], [0]]
    assert trace.inputs.flatten().tolist() == [3, 3, 9, 3]
    assert trace.steps.tolist() == [3, 1, 0, 2]
    assert trace.success.all()
    assert trace.history[4:].isnan().all()


def test_without_steps_the_start_is_only_judged() -> None:
    start = torch.tensor([[0.0], [9.0]])
    trace = optimize_input(start, Counter(), steps=0, step=gradient_step(1), stop=above(2.5))
    assert torch.equal(trace.inputs, start)
    assert trace.history.tolist() == [[0, 9]]
    assert trace.success.tolist() == [False, True]
    assert trace.steps.tolist() == [0, 0]


def test_without_a_criterion_nothing_is_ever_solved() -> None:
    trace = optimize_input(torch.zeros(2, 1), Counter(), steps=3, step=gradient_step(1))
    assert not trace.success.any()
    assert trace.steps.tolist() == [3, 3]
    assert not trace.history.isnan().any()


@pytest.fixture
def network() -> nn.Module:
    torch.manual_seed(0)
    layers = nn.Sequential(nn.Linear(6, 8), nn.Tanh(), nn.Linear(8, 4))
    layers.double().requires_grad_(False)
    layers.get_parameter("2.weight").mul_(4)
    return layers


def climb(network: nn.Module, start: Tensor, targets: Tensor, steps: int = 20) -> dict[str, Tensor]:
    """Climb to a confidence of 0.6 in each problem's target."""
    trace = optimize_input(
        start,
        lambda inputs, rows: Evaluation(
            (logits := network(inputs)).gather(1, targets[rows, None])[:, 0], logits
        ),
        steps=steps,
        step=gradient_step(0.1),
        project=box(-2, 2),
        stop=confident_in(targets, 0.6),
    )
    return {name: getattr(trace, name) for name in FIELDS}


@pytest.mark.parametrize("count", [13, 2 * CHUNK + 30])
def test_a_batch_is_as_many_problems_of_one(network: nn.Module, count: int) -> None:
    """Also where the batch is larger than what is optimized side by side."""
    start, targets = random(count, 6), torch.arange(count) % 4
    together = climb(network, start, targets)
    alone = [climb(network, start[i : i + 1], targets[i : i + 1]) for i in range(count)]
    for name, found in together.items():
        expected = torch.cat([trace[name] for trace in alone], 1 if name == "history" else 0)
        torch.testing.assert_close(found, expected, equal_nan=True)
    assert together["success"].any()
    assert len(together["steps"].unique()) > 2


def test_rows_are_numbered_through_the_whole_batch() -> None:
    objective = Counter()
    seen: list[int] = []

    def note(inputs: Tensor, rows: Tensor) -> Tensor:
        seen.extend(rows.tolist())
        return inputs

    count = 2 * CHUNK + 30
    start = torch.zeros(count, 1)
    optimize_input(start, objective, steps=1, step=gradient_step(1), project=note)
    assert seen == list(range(count))
    assert max(map(len, objective.calls)) == CHUNK


def test_large_inputs_are_split_into_smaller_batches() -> None:
    objective = Counter()
    start = torch.zeros(5, CHUNK_NUMBERS // 2)
    trace = optimize_input(start, objective, steps=1, step=gradient_step(1))
    assert objective.calls == [[0, 1], [0, 1], [2, 3], [2, 3], [4], [4]]
    assert (trace.inputs == 1).all()
    objective = Counter()
    optimize_input(torch.zeros(2, CHUNK_NUMBERS + 1), objective, steps=0, step=gradient_step(1))
    assert objective.calls == [[0], [1]]


@pytest.mark.parametrize("numbers", [1, 6, 5 * 6 + 1])
def test_a_batch_that_is_split_ends_where_it_does_in_one_piece(
    network: nn.Module, monkeypatch: pytest.MonkeyPatch, numbers: int
) -> None:
    start, targets = random(13, 6), torch.arange(13) % 4
    together = climb(network, start, targets)
    monkeypatch.setattr("foolproof.optimize.loop.CHUNK_NUMBERS", numbers)
    for name, found in climb(network, start, targets).items():
        torch.testing.assert_close(found, together[name], equal_nan=True)


def test_two_segments_are_one_longer_climb() -> None:
    start, peaks = random(5, 3), random(5, 3, seed=1)
    objective = quadratic(peaks, torch.tensor([1.0, 2, 3]))
    first = optimize_input(start, objective, steps=3, step=gradient_step(0.1))
    second = optimize_input(first.inputs, objective, steps=4, step=gradient_step(0.1))
    whole = optimize_input(start, objective, steps=7, step=gradient_step(0.1))
    assert torch.equal(second.inputs, whole.inputs)
    assert torch.equal(torch.cat([first.history[:-1], second.history]), whole.history)


def test_confidence_is_the_probability_of_each_problems_own_target() -> None:
    logits = torch.tensor([[0.0, 0.0], [0.0, 0.0], [0.0, 5.0], [5.0, 0.0]])
    targets = torch.tensor([0, 1, 1, 1])
    assert confident_in(targets, 0.5)(logits, torch.arange(4)).tolist() == [True, True, True, False]
    assert confident_in(targets, 0.51)(logits[2:], torch.tensor([2, 3])).tolist() == [True, False]


def test_confidence_in_any_other_class_does_not_ask_which() -> None:
    logits = torch.tensor([[9.0, 0, 0], [9.0, 0, 0], [0.0, 0, 9], [5.0, 5.0, 0]])
    reached = confident_in_any_but(torch.tensor([0, 1, 1, 0]), 0.9)
    assert reached(logits, torch.arange(4)).tolist() == [False, True, True, False]
    assert reached(logits[[3, 3]], torch.tensor([2, 1])).tolist() == [False, False]
    assert confident_in_any_but(torch.tensor([0]), 0.49)(logits[3:], torch.tensor([0])).all()


def test_adam_is_that_of_torch_and_each_problem_has_a_memory_of_its_own() -> None:
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

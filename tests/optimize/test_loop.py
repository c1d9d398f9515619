"""`optimize_input` on objectives whose maxima and steps have a closed form."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from foolproof.compute.chunks import CHUNK, CHUNK_NUMBERS
from foolproof.optimize.constraints import Between, Box, Constraint
from foolproof.optimize.criteria import ConfidentIn, Criterion
from foolproof.optimize.loop import OptimizationResult, optimize_input
from foolproof.optimize.objectives import (
    ClassLogit,
    Evaluation,
    Network,
    Objective,
    Penalty,
    SquaredDistance,
)
from foolproof.optimize.steps import Adam, GradientStep, Point, SignStep, State, Step

FIELDS = ("inputs", "logits", "success", "steps", "history")


def identity(inputs: Tensor) -> Tensor:
    """Let the inputs pass as logits."""
    return inputs


@dataclass(frozen=True, eq=False)
class Quadratic(Objective):
    """-1/2 sum_i a_i (x_i - peak_i)^2."""

    peaks: Tensor
    curvatures: Tensor

    def evaluate(self, network: Network, inputs: Tensor) -> Evaluation:
        """Evaluate, see `Objective`."""
        value = -0.5 * (self.curvatures * (inputs - self.peaks).square()).sum(1)
        return Evaluation(value, network(inputs))


@dataclass(frozen=True, eq=False)
class Linear(Objective):
    """The inner product with slopes."""

    slopes: Tensor

    def evaluate(self, network: Network, inputs: Tensor) -> Evaluation:
        """Evaluate, see `Objective`."""
        return Evaluation((self.slopes * inputs).sum(1), network(inputs))


@dataclass(frozen=True, eq=False)
class Counter(Objective):
    """An objective that grows by one in each step and records the examples of each call."""

    names: Tensor
    calls: list[list[int]]

    def evaluate(self, network: Network, inputs: Tensor) -> Evaluation:
        """Evaluate, see `Objective`."""
        self.calls.append(self.names.tolist())
        return Evaluation(inputs.sum(1), network(inputs))


def counter(count: int) -> Counter:
    return Counter(torch.arange(count), [])


@dataclass(frozen=True, eq=False)
class Above(Criterion):
    """The first logit is above a threshold."""

    threshold: float

    def __call__(self, logits: Tensor) -> Tensor:
        """Decide, see `Criterion`."""
        return logits[:, 0] > self.threshold


@dataclass(frozen=True, eq=False)
class Noted(Constraint):
    """No constraint; it records the examples of each call."""

    names: Tensor
    seen: list[int]

    def __call__(self, inputs: Tensor) -> Tensor:
        """Let the inputs pass."""
        self.seen.extend(self.names.tolist())
        return inputs


@dataclass(frozen=True, eq=False)
class OwnSize(Step):
    """A gradient step with a size for each example, and the sum of all changes as its state."""

    sizes: Tensor

    def init(self, start: Tensor) -> State:
        """Begin with zero."""
        return (torch.zeros_like(start),)

    def update(self, point: Point, state: State) -> tuple[Tensor, State]:
        """Take a step, see `Step`."""
        change = self.sizes[:, None] * point.gradient
        return point.inputs + change, (state[0] + change,)


def random(*shape: int, seed: int = 0) -> Tensor:
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(*shape, generator=generator, dtype=torch.float64)


def quadratic(peaks: Tensor, *curvatures: float) -> Quadratic:
    return Quadratic(peaks, torch.tensor(curvatures, dtype=peaks.dtype).expand_as(peaks))


def climb(start: Tensor, objective: Objective, steps: int, **options: Any) -> OptimizationResult:
    """Take gradient steps of size 1 unless another step is given."""
    return optimize_input(
        identity, start, objective, steps=steps, **({"step": GradientStep(1)} | options)
    )


def test_gradient_step_is_the_gradient_times_its_size() -> None:
    start, peaks, curvatures = random(4, 3), random(4, 3, seed=1), torch.tensor([1.0, 2, 3])
    result = climb(start, quadratic(peaks, 1, 2, 3), 1, step=GradientStep(0.1))
    torch.testing.assert_close(result.inputs, start - 0.1 * curvatures * (start - peaks))


def test_quadratic_converges_at_the_rate_of_the_closed_form() -> None:
    """Each step multiplies the distance along coordinate i by 1 - size a_i."""
    start, peaks, curvatures = random(4, 3), random(4, 3, seed=1), torch.tensor([1.0, 2, 5])
    for steps in (7, 200):
        result = climb(start, quadratic(peaks, 1, 2, 5), steps, step=GradientStep(0.3))
        expected = peaks + (1 - 0.3 * curvatures) ** steps * (start - peaks)
        torch.testing.assert_close(result.inputs, expected)
        assert (result.history.diff(dim=0) >= -1e-12).all()
    torch.testing.assert_close(result.inputs, peaks)


def test_quadratic_in_a_box_converges_to_the_projection_of_the_peak() -> None:
    peaks = 3 * random(50, 3)
    objective, start = quadratic(peaks, 1, 1, 1), torch.full_like(peaks, 0.5)
    result = climb(start, objective, 100, step=GradientStep(0.3), constraints=[Box()])
    torch.testing.assert_close(result.inputs, peaks.clamp(0, 1))
    result = climb(start, objective, 100, step=GradientStep(0.3), constraints=[Box(-1, 2)])
    torch.testing.assert_close(result.inputs, peaks.clamp(-1, 2))


def test_linear_objective_converges_to_a_corner_of_the_box() -> None:
    slopes = random(5, 4)
    result = climb(torch.full_like(slopes, 0.5), Linear(slopes), 300, constraints=[Box()])
    assert torch.equal(result.inputs, (slopes > 0).double())
    torch.testing.assert_close(result.history[-1], slopes.clamp(min=0).sum(1))


def test_sign_steps_converge_to_the_bounds_in_the_direction_of_the_slopes() -> None:
    slopes, lower = random(5, 4), -random(5, 4, seed=1).abs()
    upper = lower + random(5, 4, seed=2).abs()
    start, options = (lower + upper) / 2, {"step": SignStep(0.01)}
    inside = Between(lower, upper)
    result = climb(start, Linear(slopes), 1, constraints=[inside], **options)
    torch.testing.assert_close(
        result.inputs, torch.clamp(start + 0.01 * slopes.sign(), lower, upper)
    )
    result = climb(start, Linear(slopes), 300, constraints=[inside], **options)
    assert torch.equal(result.inputs, torch.where(slopes > 0, upper, lower))


def test_constraints_are_applied_in_their_order() -> None:
    start = torch.zeros(1, 1)
    for constraints, expected in (
        ([Box(-1, 0.5), Box(0.7, 2)], 0.7),
        ([Box(0.7, 2), Box(-1, 0.5)], 0.5),
    ):
        assert climb(start, counter(1), 1, constraints=constraints).inputs.item() == pytest.approx(
            expected
        )


def test_result_equals_a_run_by_hand() -> None:
    """From 0, 1 and 5 by one in each step until above 2.5, in at most two steps."""
    start = torch.tensor([[0.0], [1.0], [5.0]])
    result = climb(start, counter(3), 2, criterion=Above(2.5))
    assert result.inputs.tolist() == result.logits.tolist() == [[2], [3], [5]]
    assert result.success.tolist() == [False, True, True]
    assert result.steps.tolist() == [2, 2, 0]
    expected = torch.tensor([[0, 1, 5], [1, 2, torch.nan], [2, 3, torch.nan]])
    assert torch.equal(result.history.nan_to_num(-1), expected.nan_to_num(-1))
    assert start.flatten().tolist() == [0, 1, 5]
    assert not any(getattr(result, name).requires_grad for name in FIELDS)


def test_successful_examples_are_dropped_and_the_last_success_ends_the_loop() -> None:
    objective = counter(4)
    start = torch.tensor([[0.0], [2.0], [9.0], [1.0]])
    result = climb(start, objective, 100, criterion=Above(2.5))
    assert objective.calls == [[0, 1, 2, 3], [0, 1, 3], [0, 3], [0]]
    assert result.inputs.flatten().tolist() == [3, 3, 9, 3]
    assert result.steps.tolist() == [3, 1, 0, 2]
    assert result.success.all()
    assert result.history[4:].isnan().all()


def test_state_of_a_dropped_example_is_that_at_its_last_step() -> None:
    """From 0, 2, 9 and 1 to above 2.5 by steps of each example's own size."""
    start = torch.tensor([[0.0], [2.0], [9.0], [1.0]])
    sizes = torch.tensor([1.0, 3.0, 1.0, 0.5])
    result = climb(start, counter(4), 100, step=OwnSize(sizes), criterion=Above(2.5))
    assert result.steps.tolist() == [3, 1, 0, 4]
    assert result.inputs.flatten().tolist() == [3, 5, 9, 3]
    (changes,) = result.state
    assert changes.flatten().tolist() == [3, 3, 0, 2]


def test_zero_steps_evaluate_the_start() -> None:
    start = torch.tensor([[0.0], [9.0]])
    result = climb(start, counter(2), 0, criterion=Above(2.5), step=Adam(1))
    assert torch.equal(result.inputs, start)
    assert result.history.tolist() == [[0, 9]]
    assert result.success.tolist() == [False, True]
    assert result.steps.tolist() == [0, 0]
    assert [part.count_nonzero().item() for part in result.state] == [0, 0, 0]


def test_without_criterion_there_is_no_success() -> None:
    result = climb(torch.zeros(2, 1), counter(2), 3)
    assert not result.success.any()
    assert result.steps.tolist() == [3, 3]
    assert not result.history.isnan().any()


def test_objective_of_the_inputs_alone_gets_the_logits_of_the_network() -> None:
    start, references = random(3, 2), random(3, 2, seed=1)
    for objective in (-SquaredDistance(references), Penalty(lambda inputs: -inputs.sum(1))):
        result = optimize_input(
            lambda inputs: 2 * inputs, start, objective, steps=3, step=GradientStep(0.1)
        )
        assert torch.equal(result.logits, 2 * result.inputs)
        assert (result.history.diff(dim=0) > 0).all()


@pytest.fixture
def network() -> nn.Module:
    torch.manual_seed(0)
    layers = nn.Sequential(nn.Linear(6, 8), nn.Tanh(), nn.Linear(8, 4))
    layers.double().requires_grad_(False)
    layers.get_parameter("2.weight").mul_(4)
    return layers


def maximize(
    network: nn.Module, start: Tensor, targets: Tensor, step: Step | None = None
) -> OptimizationResult:
    """Maximize the logit of each target up to a confidence of 0.6."""
    return optimize_input(
        network,
        start,
        ClassLogit(targets),
        steps=20,
        step=step or GradientStep(0.1),
        constraints=[Box(-2, 2)],
        criterion=ConfidentIn(targets, 0.6),
    )


@pytest.mark.parametrize("step", [GradientStep(0.1), Adam(0.05)])
@pytest.mark.parametrize("count", [13, 2 * CHUNK + 30])
def test_examples_of_a_batch_are_independent(network: nn.Module, count: int, step: Step) -> None:
    """Also in a batch of more than one chunk, with a state of the step, and after drops."""
    start, targets = random(count, 6), torch.arange(count) % 4
    together = maximize(network, start, targets, step)
    alone = [maximize(network, start[i : i + 1], targets[i : i + 1], step) for i in range(count)]
    for name in FIELDS:
        parts = [getattr(result, name) for result in alone]
        expected = torch.cat(parts, 1 if name == "history" else 0)
        torch.testing.assert_close(getattr(together, name), expected, equal_nan=True)
    for index, found in enumerate(together.state):
        torch.testing.assert_close(found, torch.cat([result.state[index] for result in alone]))
    assert together.success.any()
    assert len(together.steps.unique()) > 2


def test_step_selects_its_own_tensors_through_drops_and_chunks(
    network: nn.Module, monkeypatch: pytest.MonkeyPatch
) -> None:
    start, targets, sizes = random(13, 6), torch.arange(13) % 4, torch.linspace(0.01, 0.3, 13)
    together = maximize(network, start, targets, OwnSize(sizes.double()))
    monkeypatch.setattr("foolproof.compute.chunks.CHUNK", 5)
    chunked = maximize(network, start, targets, OwnSize(sizes.double()))
    for index in range(13):
        chosen = slice(index, index + 1)
        alone = maximize(network, start[chosen], targets[chosen], GradientStep(sizes[index].item()))
        torch.testing.assert_close(together.inputs[chosen], alone.inputs, atol=1e-6, rtol=0)
        torch.testing.assert_close(chunked.inputs[chosen], alone.inputs, atol=1e-6, rtol=0)
        (changes,) = together.state
        assert changes[index].any() == bool(together.steps[index])
    assert len(together.steps.unique()) > 2


def test_examples_keep_their_tensors_through_all_chunks() -> None:
    count = 2 * CHUNK + 30
    objective, noted = counter(count), Noted(torch.arange(count), [])
    climb(torch.zeros(count, 1), objective, 1, constraints=[noted])
    assert noted.seen == list(range(count))
    assert max(map(len, objective.calls)) == CHUNK


def test_large_inputs_make_smaller_chunks() -> None:
    objective = counter(5)
    result = climb(torch.zeros(5, CHUNK_NUMBERS // 2), objective, 1)
    assert objective.calls == [[0, 1], [0, 1], [2, 3], [2, 3], [4], [4]]
    assert (result.inputs == 1).all()
    objective = counter(2)
    climb(torch.zeros(2, CHUNK_NUMBERS + 1), objective, 0)
    assert objective.calls == [[0], [1]]


@pytest.mark.parametrize("numbers", [1, 6, 5 * 6 + 1])
def test_result_does_not_depend_on_the_chunks(
    network: nn.Module, monkeypatch: pytest.MonkeyPatch, numbers: int
) -> None:
    start, targets = random(13, 6), torch.arange(13) % 4
    together = maximize(network, start, targets, Adam(0.05))
    monkeypatch.setattr("foolproof.compute.chunks.CHUNK_NUMBERS", numbers)
    found = maximize(network, start, targets, Adam(0.05))
    for name in FIELDS:
        torch.testing.assert_close(getattr(found, name), getattr(together, name), equal_nan=True)
    for ours, theirs in zip(found.state, together.state, strict=True):
        torch.testing.assert_close(ours, theirs)


def test_two_runs_equal_one_longer_run() -> None:
    start, objective = random(5, 3), quadratic(random(5, 3, seed=1), 1, 2, 3)
    first = climb(start, objective, 3, step=GradientStep(0.1))
    second = climb(first.inputs, objective, 4, step=GradientStep(0.1))
    whole = climb(start, objective, 7, step=GradientStep(0.1))
    assert torch.equal(second.inputs, whole.inputs)
    assert torch.equal(torch.cat([first.history[:-1], second.history]), whole.history)


class Noter:
    """Sums the work that is reported."""

    def __init__(self) -> None:
        self.total, self.done, self.reports = 0.0, 0.0, 0

    @contextmanager
    def __call__(self, name: str | None, total: float) -> Iterator["Noter"]:
        """Stand in for `progress_of`."""
        assert name == "a name"
        self.total += total
        yield self

    def advance(self, done: float) -> None:
        """Add work."""
        self.done += done
        self.reports += 1
        assert self.done <= self.total


@pytest.mark.parametrize("threshold", [-1.0, 2.5, 50.0, 1e9])
def test_progress_counts_up_to_its_total(monkeypatch: pytest.MonkeyPatch, threshold: float) -> None:
    """Where all examples succeed at once, one after the other, some in time, or none."""
    noter = Noter()
    monkeypatch.setattr("foolproof.optimize.loop.progress_of", noter)
    count, steps = CHUNK + 20, 30
    start = torch.arange(count)[:, None].float()
    result = climb(start, counter(count), steps, criterion=Above(threshold), progress="a name")
    assert noter.done == noter.total == count * (steps + 1)
    assert noter.reports >= int(result.steps[:CHUNK].max()) + 1
    climb(start, counter(count), 3, progress="a name")
    assert noter.done == noter.total

"""The one loop that optimizes an input: projected gradient ascent on a batch of problems."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

import torch
from torch import Tensor

from foolproof.chunks import side_by_side

# Problems that are optimized side by side: few enough that the activations of a small CNN stay
# in a CPU's cache, which more than pays for the shorter batches. A GPU takes more of them.
CHUNK = 100

# Numbers in those inputs, at most: pictures of 3 x 224 x 224 go eight by eight for that reason.
CHUNK_NUMBERS = 8 * 3 * 224 * 224


class Evaluation(NamedTuple):
    """What an objective finds at the inputs (n, ...) of some of the problems."""

    value: Tensor
    """To be increased, (n,)."""

    logits: Tensor
    """Of the network at those inputs, (n, classes); a stopping rule decides on them."""


Objective = Callable[[Tensor, Tensor], Evaluation]
"""From the inputs (n, ...) of some problems and their row numbers (n,) in the batch."""

Step = Callable[[Tensor, Tensor], Tensor]
"""From the gradient (n, ...) and row numbers (n,) to what is added to the input, same shape."""

Projection = Callable[[Tensor, Tensor], Tensor]
"""From inputs (n, ...) and row numbers (n,) to the nearest inputs that are allowed."""

Criterion = Callable[[Tensor, Tensor], Tensor]
"""From logits (n, classes) and row numbers (n,) to whether each problem is solved, (n,) bool."""


@dataclass(frozen=True, eq=False)
class Trace:
    """The record of N input optimizations, with tensors on the device of the inputs."""

    inputs: Tensor
    """The final inputs, (N, ...)."""

    logits: Tensor
    """Of the final inputs, (N, classes)."""

    solved: Tensor
    """Whether the criterion held at the final inputs, (N,) bool; False where there is none."""

    steps: Tensor
    """Steps taken, (N,) int64."""

    history: Tensor
    """The objective before each step and at the end, (steps + 1, N); NaN after a problem's end."""


def ascend(
    start: Tensor,
    objective: Objective,
    *,
    steps: int,
    step: Step,
    project: Projection | None = None,
    stop: Criterion | None = None,
) -> Trace:
    """Increase an objective by x <- P(x + step(d objective / dx)), each problem on its own.

    The objective's values are summed before the backward pass: in a network in eval mode the
    problems do not touch each other, so the gradient of the sum is every problem's own. A
    problem that is solved leaves the batch, so that nobody pays for it any more.

    Args:
        start: the inputs at the beginning, (N, ...).
        objective: what to increase; a network in it must be in eval mode with frozen parameters.
        steps: the most steps to take, at least 0.
        step: the rule that turns a gradient into a change.
        project: applied after each step; nothing where it is left out.
        stop: when a problem is solved; never where it is left out.
    """
    traces = [
        _ascend_rows(start, rows, objective, steps, step, project, stop)
        for rows in torch.arange(len(start), device=start.device).split(_side_by_side(start))
    ]
    return Trace(
        inputs=torch.cat([trace.inputs for trace in traces]),
        logits=torch.cat([trace.logits for trace in traces]),
        solved=torch.cat([trace.solved for trace in traces]),
        steps=torch.cat([trace.steps for trace in traces]),
        history=torch.cat([trace.history for trace in traces], 1),
    )


def _side_by_side(inputs: Tensor) -> int:
    """Decide how many of the inputs (N, ...) are optimized side by side."""
    numbers = inputs.shape[1:].numel()
    on_cpu = max(1, min(CHUNK, CHUNK_NUMBERS // max(1, numbers)))
    return side_by_side(inputs.device, numbers=numbers, on_cpu=on_cpu)


def _ascend_rows(
    start: Tensor,
    rows: Tensor,
    objective: Objective,
    steps: int,
    step: Step,
    project: Projection | None,
    stop: Criterion | None,
) -> Trace:
    """Do what `ascend` does for consecutive rows of the batch; all of the trace is theirs."""
    final = start[rows]
    history = start.new_full((steps + 1, len(rows)), torch.nan)
    steps_taken = torch.zeros_like(rows)
    solved = torch.zeros_like(rows, dtype=torch.bool)
    logits: Tensor | None = None
    active = torch.arange(len(rows), device=rows.device)
    for count in range(steps + 1):
        inputs = final[active].requires_grad_()
        evaluation = objective(inputs, rows[active])
        history[count, active] = evaluation.value.detach()
        if logits is None:
            logits = torch.empty_like(evaluation.logits)
        logits[active] = evaluation.logits.detach()
        if stop is not None:
            solved[active] = stop(evaluation.logits.detach(), rows[active])
        unsolved = ~solved[active]
        if count == steps or not unsolved.any():
            break
        (gradient,) = torch.autograd.grad(evaluation.value.sum(), inputs)
        active = active[unsolved]
        chosen = rows[active]
        stepped = inputs.detach()[unsolved] + step(gradient[unsolved], chosen)
        final[active] = stepped if project is None else project(stepped, chosen)
        steps_taken[active] += 1
    assert logits is not None
    return Trace(final, logits, solved, steps_taken, history)


def gradient_step(size: float) -> Step:
    """Make the plain rule of gradient ascent: the gradient times `size`."""
    return lambda gradient, _: size * gradient


def sign_step(size: float) -> Step:
    """Make the rule of the fast gradient sign method: `size` times the sign of the gradient."""
    return lambda gradient, _: size * gradient.sign()


def adam_step(
    start: Tensor, size: float, *, betas: tuple[float, float] = (0.9, 0.999), epsilon: float = 1e-8
) -> Step:
    """Make Adam's rule (Kingma and Ba, arXiv 1412.6980, algorithm 1), with the sign for ascent.

    It remembers the gradients of each problem, so it serves one call of `ascend` only.

    Args:
        start: the inputs at the beginning, (N, ...).
        size: the learning rate.
        betas: decay of the running means of the gradient and of its square.
        epsilon: added to the root of the latter.
    """
    means, squares = torch.zeros_like(start), torch.zeros_like(start)
    counts = start.new_zeros((len(start), *[1] * (start.dim() - 1)))

    def step(gradient: Tensor, rows: Tensor) -> Tensor:
        counts[rows] += 1
        means[rows] = betas[0] * means[rows] + (1 - betas[0]) * gradient
        squares[rows] = betas[1] * squares[rows] + (1 - betas[1]) * gradient.square()
        mean = means[rows] / (1 - betas[0] ** counts[rows])
        square = squares[rows] / (1 - betas[1] ** counts[rows])
        return size * mean / (square.sqrt() + epsilon)

    return step


def box(lower: float = 0.0, upper: float = 1.0) -> Projection:
    """Make the projection to inputs in [lower, upper], by default the valid pixels."""
    return lambda inputs, _: inputs.clamp(lower, upper)


def between(lower: Tensor, upper: Tensor) -> Projection:
    """Make the projection to inputs between two bounds of each problem's own, both (N, ...)."""
    return lambda inputs, rows: inputs.clamp(lower[rows], upper[rows])


def linf_ball(centres: Tensor, radius: float) -> Projection:
    """Make the projection to valid pixels that differ from `centres` (N, ...) by at most `radius`.

    It limits the difference and adds it again, as foolbox and torchattacks do, so that results
    can be compared to the bit; the sum is rounded to the nearest float32, by 3e-8 at most.
    """

    def project(inputs: Tensor, rows: Tensor) -> Tensor:
        own = centres[rows]
        return (own + (inputs - own).clamp(-radius, radius)).clamp(0, 1)

    return project


def confident_in(targets: Tensor, confidence: float) -> Criterion:
    """Make the criterion that the probability of `targets` (N,) is at least `confidence`."""

    def reached(logits: Tensor, rows: Tensor) -> Tensor:
        probabilities = logits.softmax(1)
        return probabilities.gather(1, targets[rows, None])[:, 0] >= confidence

    return reached


def confident_in_any_but(labels: Tensor, confidence: float) -> Criterion:
    """Make the criterion that a class other than `labels` (N,) has at least that probability."""

    def reached(logits: Tensor, rows: Tensor) -> Tensor:
        others = logits.softmax(1).scatter(1, labels[rows, None], 0)
        return others.amax(1) >= confidence

    return reached

"""The one loop that optimizes an input: projected gradient ascent on a batch of problems."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

import torch
from torch import Tensor

from foolproof.compute.chunks import side_by_side

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
"""From logits (n, classes) and row numbers (n,) to whether each problem is success, (n,) bool."""


@dataclass(frozen=True, eq=False)
class OptimizationResult:
    """The record of N input optimizations, with tensors on the device of the inputs."""

    inputs: Tensor
    """The final inputs, (N, ...)."""

    logits: Tensor
    """Of the final inputs, (N, classes)."""

    success: Tensor
    """Whether the criterion held at the final inputs, (N,) bool; False where there is none."""

    steps: Tensor
    """Steps taken, (N,) int64."""

    history: Tensor
    """The objective before each step and at the end, (steps + 1, N); NaN after a problem's end."""


def optimize_input(
    start: Tensor,
    objective: Objective,
    *,
    steps: int,
    step: Step,
    project: Projection | None = None,
    stop: Criterion | None = None,
) -> OptimizationResult:
    """Increase an objective by x <- P(x + step(d objective / dx)), each problem on its own.

    The objective's values are summed before the backward pass: in a network in eval mode the
    problems do not touch each other, so the gradient of the sum is every problem's own. A
    problem that is success leaves the batch, so that nobody pays for it any more.

    Args:
        start: the inputs at the beginning, (N, ...).
        objective: what to increase; a network in it must be in eval mode with frozen parameters.
        steps: the most steps to take, at least 0.
        step: the rule that turns a gradient into a change.
        project: applied after each step; nothing where it is left out.
        stop: when a problem is success; never where it is left out.
    """
    traces = [
        _ascend_rows(start, rows, objective, steps, step, project, stop)
        for rows in torch.arange(len(start), device=start.device).split(_side_by_side(start))
    ]
    return OptimizationResult(
        inputs=torch.cat([trace.inputs for trace in traces]),
        logits=torch.cat([trace.logits for trace in traces]),
        success=torch.cat([trace.success for trace in traces]),
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
) -> OptimizationResult:
    """Do what `optimize_input` does, for the examples at consecutive indices of the batch."""
    final = start[rows]
    history = start.new_full((steps + 1, len(rows)), torch.nan)
    steps_taken = torch.zeros_like(rows)
    success = torch.zeros_like(rows, dtype=torch.bool)
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
            success[active] = stop(evaluation.logits.detach(), rows[active])
        going_on = ~success[active]
        if count == steps or not going_on.any():
            break
        (gradient,) = torch.autograd.grad(evaluation.value.sum(), inputs)
        active = active[going_on]
        chosen = rows[active]
        stepped = inputs.detach()[going_on] + step(gradient[going_on], chosen)
        final[active] = stepped if project is None else project(stepped, chosen)
        steps_taken[active] += 1
    assert logits is not None
    return OptimizationResult(final, logits, success, steps_taken, history)

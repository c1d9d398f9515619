"""The one loop that optimizes inputs: projected gradient ascent on a batch of examples."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

import torch
from torch import Tensor

from foolproof.compute.chunks import side_by_side

# Max examples per chunk on a CPU: the activations of a small CNN then stay in its cache, which
# outweighs the smaller batches. A GPU takes more.
CHUNK = 100

# Max numbers in the inputs of a chunk, for the same reason: 8 images of 3 x 224 x 224.
CHUNK_NUMBERS = 8 * 3 * 224 * 224


class Evaluation(NamedTuple):
    """An objective at the inputs (n, ...) of some of the examples."""

    value: Tensor
    """To be maximized, (n,)."""

    logits: Tensor
    """Of the network at these inputs, (n, classes), for the criterion."""


Objective = Callable[[Tensor, Tensor], Evaluation]
"""From the inputs (n, ...) of some examples and their indices in the batch (n,)."""

Step = Callable[[Tensor, Tensor], Tensor]
"""From gradients (n, ...) and indices (n,) to what is added to the inputs, same shape."""

Projection = Callable[[Tensor, Tensor], Tensor]
"""From inputs (n, ...) and indices (n,) to the nearest feasible inputs."""

Criterion = Callable[[Tensor, Tensor], Tensor]
"""From logits (n, classes) and indices (n,) to the success of each example, (n,) bool."""


@dataclass(frozen=True, eq=False)
class OptimizationResult:
    """The result for N examples, with tensors on the device of the inputs."""

    inputs: Tensor
    """The final inputs, (N, ...)."""

    logits: Tensor
    """Of the final inputs, (N, classes)."""

    success: Tensor
    """Whether the criterion holds at the final inputs, (N,) bool; False without a criterion."""

    steps: Tensor
    """Steps taken, (N,) int64."""

    history: Tensor
    """The objective before each step and at the end, (steps + 1, N); NaN after success."""


def optimize_input(
    start: Tensor,
    objective: Objective,
    *,
    steps: int,
    step: Step,
    project: Projection | None = None,
    stop: Criterion | None = None,
) -> OptimizationResult:
    """Maximize an objective by x <- P(x + step(d objective / dx)), for each example separately.

    The values are summed before the backward pass: in eval mode the examples are independent, so
    the gradient of the sum contains the gradient of each. Successful examples are dropped from
    the batch to save computation.

    Args:
        start: initial inputs, (N, ...).
        objective: its network must be in eval mode with frozen parameters.
        steps: max number of steps, at least 0.
        step: from a gradient to a change.
        project: P, applied after each step; by default none.
        stop: success criterion; by default none.
    """
    chunks = torch.arange(len(start), device=start.device).split(_chunk_size(start))
    results = [
        _optimize_chunk(start, indices, objective, steps, step, project, stop) for indices in chunks
    ]
    return OptimizationResult(
        inputs=torch.cat([result.inputs for result in results]),
        logits=torch.cat([result.logits for result in results]),
        success=torch.cat([result.success for result in results]),
        steps=torch.cat([result.steps for result in results]),
        history=torch.cat([result.history for result in results], 1),
    )


def _chunk_size(inputs: Tensor) -> int:
    """Compute how many of the inputs (N, ...) make a chunk."""
    numbers = inputs.shape[1:].numel()
    on_cpu = max(1, min(CHUNK, CHUNK_NUMBERS // max(1, numbers)))
    return side_by_side(inputs.device, numbers=numbers, on_cpu=on_cpu)


def _optimize_chunk(
    start: Tensor,
    indices: Tensor,
    objective: Objective,
    steps: int,
    step: Step,
    project: Projection | None,
    stop: Criterion | None,
) -> OptimizationResult:
    """Optimize the examples at consecutive indices of the batch, see `optimize_input`."""
    final = start[indices]
    history = start.new_full((steps + 1, len(indices)), torch.nan)
    steps_taken = torch.zeros_like(indices)
    success = torch.zeros_like(indices, dtype=torch.bool)
    logits: Tensor | None = None
    active = torch.arange(len(indices), device=indices.device)
    for count in range(steps + 1):
        inputs = final[active].requires_grad_()
        evaluation = objective(inputs, indices[active])
        history[count, active] = evaluation.value.detach()
        if logits is None:
            logits = torch.empty_like(evaluation.logits)
        logits[active] = evaluation.logits.detach()
        if stop is not None:
            success[active] = stop(evaluation.logits.detach(), indices[active])
        remaining = ~success[active]
        if count == steps or not remaining.any():
            break
        (gradient,) = torch.autograd.grad(evaluation.value.sum(), inputs)
        active = active[remaining]
        of_batch = indices[active]
        stepped = inputs.detach()[remaining] + step(gradient[remaining], of_batch)
        final[active] = stepped if project is None else project(stepped, of_batch)
        steps_taken[active] += 1
    assert logits is not None
    return OptimizationResult(final, logits, success, steps_taken, history)

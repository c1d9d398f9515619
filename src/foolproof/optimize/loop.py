"""The one loop that optimizes inputs: projected gradient ascent on a batch of examples."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import torch
from torch import Tensor

from foolproof.compute.chunks import chunk_size
from foolproof.compute.progress import Progress, progress_of
from foolproof.core.errors import FoolproofError
from foolproof.optimize.constraints import Constraint
from foolproof.optimize.criteria import Criterion
from foolproof.optimize.objectives import Network, Objective
from foolproof.optimize.steps import Point, State, Step


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
    """Steps taken, (N,) int64; there was one evaluation more."""

    history: Tensor
    """The objective before each step and at the end, (steps + 1, N); NaN after success."""

    state: State
    """Of the step at the end: tensors (N, ...)."""


class _Problem(NamedTuple):
    """What belongs to a set of examples."""

    objective: Objective
    step: Step
    constraints: tuple[Constraint, ...]
    criterion: Criterion | None

    def at(self, indices: Tensor) -> "_Problem":
        """Select examples."""
        return _Problem(
            self.objective.at(indices),
            self.step.at(indices),
            tuple(constraint.at(indices) for constraint in self.constraints),
            self.criterion and self.criterion.at(indices),
        )


def optimize_input(
    network: Network,
    start: Tensor,
    objective: Objective,
    *,
    steps: int,
    step: Step,
    constraints: Sequence[Constraint] = (),
    criterion: Criterion | None = None,
    progress: str | None = None,
) -> OptimizationResult:
    """Maximize an objective by x <- P(step(x, d objective / dx)), for each example separately.

    The values are summed before the backward pass: in eval mode the examples are independent, so
    the gradient of the sum contains the gradient of each. Successful examples are dropped from
    the batch to save computation.

    Args:
        network: from inputs to logits, in eval mode with frozen parameters.
        start: initial inputs, (N, ...), N at least 1.
        objective: to be maximized.
        steps: max number of steps, at least 0.
        step: from inputs and gradient to the next inputs.
        constraints: P, projections in the order in which they are applied after each step.
        criterion: of success, at which an example is dropped; None to take all steps.
        progress: name under which the progress is shown; None to show nothing.

    Returns:
        The final inputs, their logits and success, and what happened on the way.

    Raises:
        ValueError: for an empty batch, or a negative number of steps.
        FoolproofError: for NaN in the logits or in the gradient.

    Example:
        >>> import foolproof as fp
        >>> import torch
        >>> from torch import nn
        >>> _ = torch.manual_seed(0)
        >>> net = nn.Sequential(nn.Flatten(), nn.Linear(16, 3))
        >>> model = fp.classifier(net, input_shape=(1, 4, 4))
        >>> x, targets = torch.rand(5, 1, 4, 4), torch.arange(5) % 3
        >>> result = fp.optimize.optimize_input(
        ...     model,
        ...     x,
        ...     fp.optimize.LogProbability(targets),
        ...     steps=100,
        ...     step=fp.optimize.SignStep(0.05),
        ...     constraints=[fp.optimize.Box()],
        ...     criterion=fp.optimize.ClassifiedAs(targets),
        ... )
        >>> result.success.all().item(), result.inputs.shape
        (True, torch.Size([5, 1, 4, 4]))
    """
    if not len(start) or steps < 0:
        raise ValueError(
            f"expected at least one input (N, ...) and steps of 0 or above, found "
            f"{tuple(start.shape)} and {steps}"
        )
    chunks = torch.arange(len(start), device=start.device).split(chunk_size(start))
    problem = _Problem(objective, step, tuple(constraints), criterion)
    with progress_of(progress, len(start) * (steps + 1)) as shown:
        results = [
            _optimize_chunk(network, start[chunk], problem.at(chunk), steps, shown)
            for chunk in chunks
        ]
    return OptimizationResult(
        inputs=torch.cat([result.inputs for result in results]),
        logits=torch.cat([result.logits for result in results]),
        success=torch.cat([result.success for result in results]),
        steps=torch.cat([result.steps for result in results]),
        history=torch.cat([result.history for result in results], 1),
        state=tuple(map(torch.cat, zip(*[result.state for result in results], strict=True))),
    )


@torch.enable_grad()
def _optimize_chunk(
    network: Network, start: Tensor, problem: _Problem, steps: int, shown: Progress
) -> OptimizationResult:
    """Optimize the examples of one chunk, see `optimize_input`."""
    count = len(start)
    final = start.clone()
    history = start.new_full((steps + 1, count), torch.nan)
    steps_taken = torch.zeros(count, dtype=torch.long, device=start.device)
    success = torch.zeros_like(steps_taken, dtype=torch.bool)
    logits: Tensor | None = None
    state = problem.step.init(start)
    final_state = tuple(part.clone() for part in state)
    active, current, stepped = torch.arange(count, device=start.device), problem, start
    for taken in range(steps + 1):
        inputs = stepped.detach().requires_grad_()
        value, outputs = current.objective.evaluate(network, inputs)
        if outputs is None:
            with torch.no_grad():
                outputs = network(inputs)
        _refuse_nan("logits contain", outputs, taken)
        history[taken, active] = value.detach()
        if logits is None:
            logits = torch.empty_like(outputs)
        logits[active] = outputs.detach()
        if current.criterion is not None:
            success[active] = current.criterion(outputs.detach())
        remaining = ~success[active]
        shown.advance(len(active) + (steps - taken) * int((~remaining).sum()))
        if taken == steps or not remaining.all():
            steps_taken[active] = taken
            for whole, part in zip((final, *final_state), (inputs.detach(), *state), strict=True):
                whole[active] = part
        if taken == steps or not remaining.any():
            break
        (gradient,) = torch.autograd.grad(value.sum(), inputs)
        _refuse_nan("the gradient contains", gradient, taken)
        point = Point(inputs.detach(), value.detach(), outputs.detach(), gradient)
        if not remaining.all():
            active, current = active[remaining], problem.at(active[remaining])
            point = Point(*(part[remaining] for part in point))
            state = tuple(part[remaining] for part in state)
        stepped, state = current.step.update(point, state)
        for constraint in current.constraints:
            stepped = constraint(stepped)
    assert logits is not None
    return OptimizationResult(final, logits, success, steps_taken, history, final_state)


def _refuse_nan(name: str, values: Tensor, taken: int) -> None:
    """Raise FoolproofError where values contain NaN."""
    # One number is NaN if any of them is, and its sum is faster than a comparison of each.
    if values.detach().sum().isnan() and values.isnan().any():
        raise FoolproofError(f"{name} NaN after {taken} steps; the network cannot be optimized")

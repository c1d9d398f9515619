"""An attack as one optimization from several starts, each of the examples that are left."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from warnings import warn

import torch
from torch import Tensor

from foolproof.attacks.result import AttackResult, record
from foolproof.classifiers.classifier import Classifier, predict
from foolproof.optimize.constraints import Constraint
from foolproof.optimize.criteria import Criterion
from foolproof.optimize.examples import PerExample
from foolproof.optimize.loop import OptimizationResult, optimize_input
from foolproof.optimize.objectives import Objective
from foolproof.optimize.steps import Point, State, Step

_NONE: Iterator[Tensor] = iter(())


@dataclass(frozen=True, eq=False, kw_only=True)
class Attack(PerExample):
    """What is maximized, how, within which set, and when it succeeds."""

    objective: Objective
    step: Step
    constraints: tuple[Constraint, ...]
    criterion: Criterion


def final_inputs(result: OptimizationResult) -> tuple[Tensor, Tensor]:
    """Take the final inputs (N, ...) of an optimization, and the objective there (N,)."""
    return result.inputs, result.history.gather(0, result.steps[None])[0]


def run_attack(
    model: Classifier,
    x: Tensor,
    attack: Attack,
    *,
    steps: int,
    random_starts: Iterator[Tensor] = _NONE,
    restarts: int = 1,
    first_random: bool = False,
    early_stop: bool = True,
    name: str | None = None,
    passes: int = 1,
    choose: Callable[[OptimizationResult], tuple[Tensor, Tensor]] = final_inputs,
    warn_of_zero_gradients: bool = False,
) -> AttackResult:
    """Run an attack from one start after another; each restart is of the examples that are left.

    Without success, the images with the largest objective are kept.

    Args:
        model: the attacked classifier.
        x: images, (N, C, H, W).
        attack: of these images.
        steps: max number from each start.
        random_starts: of all images, (N, C, H, W) each.
        restarts: number of starts.
        first_random: whether the first start is random too, in place of `x`.
        early_stop: whether an example is dropped from the batch at its first success; images that
            succeed as they are stay as they are.
        name: under which the progress is shown; None to show nothing.
        passes: forward passes for one value of the objective.
        choose: from the result of an optimization to its images, and the objective there.
        warn_of_zero_gradients: whether to warn where an attack fails since all gradients are zero.
    """
    count = len(x)
    best = x.clone(), x.new_full((count,), -torch.inf), x.new_full((steps + 1, count), torch.nan)
    taken, queries = torch.zeros(2, count, dtype=torch.long, device=x.device)
    without_gradient = torch.ones_like(taken, dtype=torch.bool)
    left = torch.arange(count, device=x.device)
    if early_stop and first_random:
        queries += 1
        left = left[~attack.criterion(predict(model, x))]
    for number in range(1, restarts + 1):
        if not len(left):
            break
        part = attack.at(left)
        start = next(random_starts) if number > 1 or first_random else x
        result = optimize_input(
            model,
            start[left],
            part.objective,
            steps=steps,
            step=_NotingZeros(part.step),
            constraints=part.constraints,
            criterion=part.criterion if early_stop else None,
            progress=name and (name if restarts == 1 else f"{name} {number}/{restarts}"),
        )
        zero, *state = result.state
        images, values = choose(replace(result, state=tuple(state)))
        success = result.success
        if not early_stop and restarts > 1:
            success = part.criterion(predict(model, images))
        better = success | (values >= best[1][left])
        kept = left[better]
        best[0][kept], best[1][kept] = images[better], values[better]
        best[2][:, kept] = result.history[:, better]
        taken[left] += result.steps
        queries[left] += passes * (result.steps + 1)
        without_gradient[left] &= zero & (result.steps > 0)
        left = left[~success]
    made = record(
        model, x, best[0], attack.criterion, steps=taken, queries=queries, history=best[2]
    )
    masked = int((without_gradient & ~made.success).sum())
    if masked and warn_of_zero_gradients:
        warn(
            f"the gradient of the cross-entropy is exactly zero for {masked} of {count} correctly "
            "classified images, which were not attacked; loss='margin' has a gradient there",
            stacklevel=3,
        )
    return made


@dataclass(frozen=True, eq=False)
class _NotingZeros(Step):
    """A step that notes for each example whether all gradients so far were exactly zero."""

    step: Step

    def init(self, start: Tensor) -> State:
        """Make the note, (n,) bool, and the state of the step."""
        return start.new_ones(len(start), dtype=torch.bool), *self.step.init(start)

    def update(self, point: Point, state: State) -> tuple[Tensor, State]:
        """Take the step."""
        zero, *inner = state
        # After the first step the note is False almost everywhere, and costs no time.
        if zero.any():
            zero = zero & ~point.gradient.flatten(1).any(1)
        stepped, changed = self.step.update(point, tuple(inner))
        return stepped, (zero, *changed)

"""An attack as one optimization from several starts, each of the examples that are left."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import NamedTuple
from warnings import warn

import torch
from torch import Tensor

from foolproof.attacks.result import AttackResult, record
from foolproof.classifiers.classifier import Classifier, predict
from foolproof.optimize.constraints import Constraint
from foolproof.optimize.criteria import Criterion
from foolproof.optimize.examples import PerExample
from foolproof.optimize.loop import OptimizationResult, optimize_input
from foolproof.optimize.objectives import Objective, OfLogits, Scaled
from foolproof.optimize.steps import Point, State, Step


@dataclass(frozen=True, eq=False, kw_only=True)
class AttackProblem(PerExample):
    """What is maximized, how, within which set, and when it succeeds."""

    objective: Objective
    step: Step
    constraints: tuple[Constraint, ...]
    criterion: Criterion


class Chosen(NamedTuple):
    """What an optimization has found for n examples."""

    images: Tensor
    """(n, ...)."""

    values: Tensor
    """The objective there, (n,)."""

    final: Tensor
    """Whether these are the final inputs of the optimization, (n,) bool."""


def final_inputs(result: OptimizationResult) -> Chosen:
    """Choose the final inputs of an optimization."""
    values = result.history.gather(0, result.steps[None])[0]
    return Chosen(result.inputs, values, torch.ones_like(result.success))


_NONE: Iterator[Tensor] = iter(())


def run_attack(
    model: Classifier,
    x: Tensor,
    attack: AttackProblem,
    *,
    steps: int,
    random_starts: Iterator[Tensor] = _NONE,
    restarts: int = 1,
    first_random: bool = False,
    early_stop: bool = True,
    name: str | None = None,
    passes: int = 1,
    choose: Callable[[OptimizationResult], Chosen] = final_inputs,
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
        choose: from the result of an optimization to its images.
        warn_of_zero_gradients: whether to warn where an attack fails since all gradients are zero.
    """
    best = _Best(model, x, steps)
    left = torch.arange(len(x), device=x.device)
    if early_stop and first_random:
        best.queries += 1
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
        success = best.update(left, part, result, choose, passes)
        left = left[~success]
    made = best.record(x, attack.criterion)
    masked = int((best.without_gradient & ~made.success).sum())
    if masked and warn_of_zero_gradients:
        warn(
            f"the gradient of the cross-entropy is exactly zero for {masked} of {len(x)} correctly "
            "classified images, which were not attacked; loss='margin' has a gradient there",
            stacklevel=3,
        )
    return made


class _Best:
    """The best of several optimizations of N examples."""

    def __init__(self, model: Classifier, x: Tensor, steps: int) -> None:
        self.model, self.images, count = model, x.clone(), len(x)
        self.values = x.new_full((count,), -torch.inf)
        self.logits = x.new_full((count, model.classes), torch.nan)
        self.history = x.new_full((steps + 1, count), torch.nan)
        self.steps, self.queries = torch.zeros(2, count, dtype=torch.long, device=x.device)
        self.without_gradient = torch.ones(count, dtype=torch.bool, device=x.device)

    def update(
        self,
        left: Tensor,
        attack: AttackProblem,
        result: OptimizationResult,
        choose: Callable[[OptimizationResult], Chosen],
        passes: int,
    ) -> Tensor:
        """Keep what is better for the examples that are left; return their success, (n,) bool."""
        without_gradient, *state = result.state
        chosen = choose(replace(result, state=tuple(state)))
        logits = result.logits
        if not (_of_images(attack.objective) and chosen.final.all()):
            logits = predict(self.model, chosen.images)
        success = attack.criterion(logits)
        better = success | (chosen.values >= self.values[left])
        kept = left[better]
        self.images[kept], self.values[kept] = chosen.images[better], chosen.values[better]
        self.logits[kept] = logits[better]
        self.history[:, kept] = result.history[:, better]
        self.steps[left] += result.steps
        self.queries[left] += passes * (result.steps + 1)
        self.without_gradient[left] &= without_gradient & (result.steps > 0)
        return success

    def record(self, x: Tensor, criterion: Criterion) -> AttackResult:
        """Make the record of the best images."""
        return record(
            self.model,
            x,
            self.images,
            criterion,
            steps=self.steps,
            queries=self.queries,
            history=self.history,
            logits=None if self.logits.isnan().any() else self.logits,
        )


def _of_images(objective: Objective) -> bool:
    """Tell whether the logits of an objective are those of the inputs, not of views of them."""
    if isinstance(objective, Scaled):
        return _of_images(objective.objective)
    return isinstance(objective, OfLogits)


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

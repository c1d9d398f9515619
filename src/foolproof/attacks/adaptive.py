"""Auto-PGD (APGD): PGD that chooses its step size itself."""

from dataclasses import dataclass
from itertools import chain, repeat
from typing import NamedTuple

import torch
from torch import Tensor

from foolproof.attacks.ball import check_arguments
from foolproof.attacks.geometry import Norm, on_l2_sphere, on_linf_sphere, random_starts
from foolproof.attacks.losses import Loss, criterion_of, objective_of
from foolproof.attacks.restarts import AttackProblem, Chosen, final_inputs, run_attack
from foolproof.attacks.result import AttackResult
from foolproof.classifiers.classifier import Classifier
from foolproof.optimize.constraints import Between, Constraint, L2Ball
from foolproof.optimize.criteria import Criterion
from foolproof.optimize.loop import OptimizationResult
from foolproof.optimize.steps import Point, State, Step, normalized, per_example

# Share of steps that must increase the objective between two checkpoints, rho in the paper.
INCREASES = 0.75

# Weight of the new direction against the momentum, alpha in the paper.
WEIGHT = 0.75


def apgd(
    model: Classifier,
    x: Tensor,
    y: Tensor,
    *,
    eps: float,
    steps: int = 100,
    norm: Norm = "linf",
    loss: Loss = "cross_entropy",
    targets: Tensor | None = None,
    restarts: int = 1,
    seed: int = 0,
    shared_start: bool = False,
    criterion: Criterion | None = None,
    early_stop: bool = True,
    progress: bool = False,
) -> AttackResult:
    """Maximize a loss within a ball by Auto-PGD (Croce and Hein, arXiv 2003.01690, algorithm 1).

    Projected gradient ascent with momentum, whose step size begins at 2 eps. At checkpoints it is
    halved where the loss grew in at most 3 of 4 steps, or where neither step size nor best loss
    have changed since the last one; the search goes on from the best point then.

    Args:
        model: made by `fp.classifier`.
        x: images, (N, C, H, W), float pixels within `model.bounds`.
        y: true classes, (N,) int64.
        eps: max L-infinity or L2 norm of x_adv - x, in units of the pixels.
        steps: max number of steps from each start.
        norm: "linf" or "l2".
        loss: as for `pgd`; the paper uses the cross-entropy and "dlr".
        targets: classes other than y, (N,) int64; None for an untargeted attack.
        restarts: number of random starts, on the surface of the ball; each is of the images that
            are left.
        seed: of the random starts.
        shared_start: whether one random perturbation is the start of all images, so that the result
            of an image does not depend on the others in the batch.
        criterion: of success on the logits; by default misclassified, or classified as the target.
        early_stop: whether an image leaves the batch at its first success, which saves computation;
            images that succeed as they are stay as they are.
        progress: whether to show a bar on a terminal, or a line of the log every half minute.

    Returns:
        The record; without early success, x_adv is the image with the largest loss of all steps.

    Raises:
        ValueError: for pixels out of range, invalid classes, norm, loss, eps or counts.
        FoolproofError: for a network that is no classifier, or NaN in its logits or gradients.

    Example:
        >>> import torch, foolproof as fp
        >>> _ = torch.manual_seed(0)
        >>> net = torch.nn.Sequential(torch.nn.Flatten(), torch.nn.Linear(16, 3))
        >>> model = fp.classifier(net, input_shape=(1, 4, 4))
        >>> x = torch.rand(5, 1, 4, 4)
        >>> result = fp.attacks.apgd(model, x, net(x).argmax(1), eps=0.3, steps=10, loss="dlr")
        >>> bool((result.linf <= 0.3 + 1e-6).all())
        True
    """
    check_arguments(model, x, y, targets, norm, eps=eps, steps=steps, restarts=restarts)
    x = x.detach()
    low, high = model.bounds
    ball: Constraint = L2Ball(x, eps, low, high)
    if norm == "linf":
        ball = Between((x - eps).clamp(low, high), (x + eps).clamp(low, high))
    attack = AttackProblem(
        objective=objective_of(loss, model, y, targets),
        step=AutoStep(ball, eps, steps, norm),
        constraints=(ball,),
        criterion=criterion or criterion_of(y, targets),
    )
    draw = on_linf_sphere if norm == "linf" else on_l2_sphere
    warned = loss == "cross_entropy" and targets is None
    return run_attack(
        model,
        x,
        attack,
        steps=steps,
        random_starts=random_starts(draw, model, x, eps, seed, shared=shared_start),
        restarts=restarts,
        first_random=True,
        early_stop=early_stop,
        name="apgd" if progress else None,
        choose=best_inputs,
        warn_of_zero_gradients=warned,
    )


class _Memory(NamedTuple):
    """The state of `AutoStep`, for each example."""

    best: Tensor
    """The inputs with the largest value so far, (n, ...)."""

    best_gradient: Tensor
    """There, (n, ...)."""

    best_value: Tensor
    """There, (n,)."""

    previous: Tensor
    """The inputs from which the last step was taken, (n, ...)."""

    last_value: Tensor
    """Of the last inputs, (n,)."""

    size: Tensor
    """Of the steps, (n,)."""

    increases: Tensor
    """Steps since the last checkpoint that increased the value, (n,)."""

    checked_value: Tensor
    """The best value at the last checkpoint, (n,)."""

    halved: Tensor
    """Whether the step size was halved at the last checkpoint, (n,) bool."""

    taken: Tensor
    """Number of steps, (n,) int64."""


@dataclass(frozen=True, eq=False)
class AutoStep(Step):
    """The step of Auto-PGD, with momentum and its own step size for each example."""

    ball: Constraint

    radius: float
    """Of the ball; the first steps have twice its size."""

    steps: int
    """Of the whole optimization, which determines the checkpoints."""

    norm: Norm

    def init(self, start: Tensor) -> State:
        """Make the state."""
        number = start.new_zeros(len(start))
        return tuple(
            _Memory(
                best=start,
                best_gradient=torch.zeros_like(start),
                best_value=number - torch.inf,
                previous=start,
                last_value=number + torch.inf,
                size=number + 2 * self.radius,
                increases=number,
                checked_value=number,
                halved=torch.ones_like(number, dtype=torch.bool),
                taken=torch.zeros_like(number, dtype=torch.long),
            )
        )

    def update(self, point: Point, state: State) -> tuple[Tensor, State]:
        """Take a step, with the size and from the point that the last checkpoint determines."""
        memory = _note(point, _Memory(*state))
        inputs, gradient = point.inputs, point.gradient
        taken = int(memory.taken[0])  # equal for all examples that are left
        window = checkpoints(self.steps).get(taken)
        if window is not None:
            memory = _check(memory, window)
            restarted = per_example(memory.halved, inputs)
            inputs = torch.where(restarted, memory.best, inputs)
            gradient = torch.where(restarted, memory.best_gradient, gradient)
        direction = gradient.sign() if self.norm == "linf" else normalized(gradient)
        ahead = self.ball(inputs + per_example(memory.size, inputs) * direction)
        weight = WEIGHT if taken else 1.0
        momentum = inputs - memory.previous
        stepped = inputs + (ahead - inputs) * weight + momentum * (1 - weight)
        memory = memory._replace(previous=inputs, taken=memory.taken + 1)
        return stepped, tuple(memory)


def _note(point: Point, memory: _Memory) -> _Memory:
    """Note the value of a point: whether it is the best, and whether it increased."""
    better = point.value > memory.best_value
    of_inputs = per_example(better, point.inputs)
    return memory._replace(
        best=torch.where(of_inputs, point.inputs, memory.best),
        best_gradient=torch.where(of_inputs, point.gradient, memory.best_gradient),
        best_value=torch.where(better, point.value, memory.best_value),
        last_value=point.value,
        increases=memory.increases + (point.value > memory.last_value),
    )


def _check(memory: _Memory, window: int) -> _Memory:
    """Halve the step size where too few of the last `window` steps increased the value."""
    oscillates = memory.increases <= INCREASES * window
    stuck = ~memory.halved & (memory.checked_value >= memory.best_value)
    halved = oscillates | stuck
    return memory._replace(
        size=torch.where(halved, memory.size / 2, memory.size),
        increases=torch.zeros_like(memory.increases),
        checked_value=memory.best_value,
        halved=halved,
    )


def checkpoints(steps: int) -> dict[int, int]:
    """Map the checkpoints to the number of steps since the last one.

    The first is after 22 % of the steps; each distance is 3 % shorter than the last, down to 6 %.
    """
    first, shorter, least = (max(int(share * steps), 1) for share in (0.22, 0.03, 0.06))
    windows = chain(range(first, least, -shorter), repeat(least))
    found: dict[int, int] = {}
    for window in windows:
        at = max(found, default=0) + window
        if at >= steps:
            return found
        found[at] = window
    raise AssertionError


def best_inputs(result: OptimizationResult) -> Chosen:
    """Choose the successful inputs, or those with the largest value of all steps."""
    inputs, values, _ = final_inputs(result)
    memory = _Memory(*result.state)
    final = result.success | (values > memory.best_value)
    chosen = torch.where(per_example(final, inputs), inputs, memory.best)
    return Chosen(chosen, torch.where(final, values, memory.best_value), final)

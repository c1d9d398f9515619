"""Minimal L2 perturbations that change the top-1 class (HUJI 67103, 3)."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import pi

import torch
from torch import Tensor

from foolproof.attacks.result import AttackResult, record
from foolproof.classifiers.checks import check_attacked, check_confidence, check_counts
from foolproof.classifiers.classifier import Classifier, predict
from foolproof.optimize.constraints import Box, Constraint, EightBit
from foolproof.optimize.criteria import (
    ClassifiedAs,
    ConfidentIn,
    ConfidentInAnyBut,
    Criterion,
    Misclassified,
)
from foolproof.optimize.loop import OptimizationResult, optimize_input
from foolproof.optimize.objectives import CrossEntropy, LogProbability, Network, Objective
from foolproof.optimize.steps import (
    NormalizedStep,
    Point,
    State,
    Step,
    l2_norms,
    normalized,
    per_example,
)

# Of DDN: relative change of the radius, its initial value with pixels in [0, 1], and the first
# and last length of a step (values of Rony et al.).
GAMMA, FIRST_RADIUS, FIRST_STEP, LAST_STEP = 0.05, 1.0, 1.0, 0.01

# Bisections of the line from the original to the result; the last interval is 0.1 % of it.
BISECTIONS = 10


def ddn(
    model: Classifier,
    x: Tensor,
    y: Tensor,
    *,
    confidence: float | None = None,
    steps: int = 100,
    targets: Tensor | None = None,
    eight_bit: bool = False,
    progress: bool = False,
) -> AttackResult:
    """Minimize the L2 norm of a perturbation that changes the top-1 class.

    Decoupled direction and norm (DDN, Rony et al., arXiv 1811.09600, algorithm 1): steps along the
    gradient of the loss, on a sphere around the image. Its radius shrinks by 5 % where the attack
    is successful, and grows by 5 % where it is not. Then bisection scales the smallest successful
    perturbation down as long as it is successful. Radius and step lengths, given for pixels in
    [0, 1], are scaled to the bounds.

    Args:
        model: the attacked classifier.
        x: images, (N, C, H, W), pixels within the bounds of the classifier.
        y: their classes, (N,) int64.
        confidence: probability of the target, or of any class but y, that makes a success, in
            (0, 1]; None for the top-1 class.
        steps: number of steps, at least 1.
        targets: target classes, (N,) int64; None for an untargeted attack.
        eight_bit: whether the network sees each image rounded to 256 levels between the bounds, so
            that success and norm are those of a saved picture. The paper rounds the image itself
            after every step, and loses what is below half a level; here the gradient passes the
            rounding unchanged (straight-through). On 10 photos in 30 steps that gave 0.71 times
            the norm (95 % interval 0.65 to 0.77); without either, no result survived rounding.
        progress: whether to show the progress.

    Returns:
        The record, with the original where no step is successful. Its history is of the
        cross-entropy of y, or of log p(target), in nats; its queries count the bisection.

    Raises:
        FoolproofError: when `model` is no classifier.
        ValueError: for invalid pixels, labels, targets, confidence or steps.

    Example:
        >>> import foolproof as fp, torch
        >>> _ = torch.manual_seed(0)
        >>> net = torch.nn.Sequential(torch.nn.Flatten(), torch.nn.Linear(16, 3))
        >>> model = fp.classifier(net, input_shape=(1, 4, 4))
        >>> x = torch.rand(2, 1, 4, 4)
        >>> result = fp.attacks.ddn(model, x, model(x).argmax(1), steps=20)
        >>> bool(result.success.all()), result.l2.shape
        (True, torch.Size([2]))
    """
    check_attacked(model, x, y, targets)
    check_counts(steps=steps)
    if confidence is not None:
        check_confidence(confidence)
    x = x.detach()
    objective: Objective = CrossEntropy(y) if targets is None else LogProbability(targets)
    criterion = _criterion(y, targets, confidence)
    low, high = model.bounds
    seen = EightBit(low, high) if eight_bit else Box(low, high)
    step = _DdnStep(x, criterion, seen, steps, high - low)
    result = optimize_input(
        _on_8_bit(model) if eight_bit else model,
        x,
        objective,
        steps=steps,
        step=step,
        constraints=[Box(low, high)],
        progress="DDN" if progress else None,
    )
    best, *_ = step.compare(result.inputs, result.logits, result.state)
    return record(
        model,
        x,
        _bisected(model, x, best, criterion, seen),
        criterion,
        steps=result.steps,
        queries=result.steps + 1 + BISECTIONS,
        history=result.history,
    )


def _criterion(y: Tensor, targets: Tensor | None, confidence: float | None) -> Criterion:
    if confidence is None:
        return Misclassified(y) if targets is None else ClassifiedAs(targets)
    if targets is None:
        return ConfidentInAnyBut(y, confidence)
    return ConfidentIn(targets, confidence)


@dataclass(frozen=True, eq=False)
class _DdnStep(Step):
    """A step on a sphere around each image, whose length falls along half a cosine.

    The state is the smallest successful perturbation so far, as an image, its norm, the radius of
    the sphere, and the number of points so far.
    """

    images: Tensor
    """The centres, (N, ...)."""

    criterion: Criterion
    """Of success."""

    seen: Constraint
    """From an image to what the network sees of it."""

    steps: int
    """In total."""

    extent: float
    """Of valid pixels, from the lower to the upper bound."""

    def init(self, start: Tensor) -> State:
        """Make the state of no success yet."""
        norms = start.new_full((len(start),), torch.inf)
        radii = torch.full_like(norms, self.extent * FIRST_RADIUS)
        return start, norms, radii, torch.zeros_like(norms, dtype=torch.long)

    def update(self, point: Point, state: State) -> tuple[Tensor, State]:
        """Take a step, see `Step`."""
        state = self.compare(point.inputs, point.logits, state)
        _, _, radii, count = state
        angles = pi * (count - 1).double() / self.steps
        lengths = LAST_STEP + (FIRST_STEP - LAST_STEP) * (1 + angles.cos()) / 2
        lengths = (self.extent * lengths).to(point.inputs)
        direction = normalized(point.gradient)
        change = point.inputs + per_example(lengths, direction) * direction - self.images
        scale = radii / l2_norms(change).clamp(min=torch.finfo(change.dtype).tiny)
        return self.images + per_example(scale, change) * change, state

    def compare(self, inputs: Tensor, logits: Tensor, state: State) -> State:
        """Keep the smallest successful perturbation, and shrink or grow the radius."""
        best, smallest, radii, count = state
        success = self.criterion(logits)
        seen = self.seen(inputs)
        norms = l2_norms(seen - self.images)
        better = success & (norms < smallest)
        return (
            torch.where(per_example(better, inputs), seen, best),
            torch.where(better, norms, smallest),
            torch.where(success, (1 - GAMMA) * radii, (1 + GAMMA) * radii),
            count + 1,
        )


@torch.no_grad()
def _bisected(
    model: Classifier, images: Tensor, results: Tensor, criterion: Criterion, seen: Constraint
) -> Tensor:
    """Scale each perturbation down by bisection, with success of what is `seen` kept."""

    def scaled(shares: Tensor) -> Tensor:
        return seen(images + per_example(shares, images) * (results - images))

    low, high = results.new_zeros(len(results)), results.new_ones(len(results))
    for _ in range(BISECTIONS):
        middle = (low + high) / 2
        success = criterion(predict(model, scaled(middle)))
        low, high = torch.where(success, low, middle), torch.where(success, middle, high)
    return scaled(high)


def normalized_steps(
    model: Classifier,
    images: Tensor,
    targets: Tensor,
    *,
    step_size: float,
    steps: int,
    confidence: float | None = None,
    eight_bit: bool = False,
    progress: bool = False,
) -> OptimizationResult:
    """Maximize log p(target) by normalized gradient steps until the target is the top-1 class.

    Args:
        model: the attacked classifier.
        images: (N, C, H, W), pixels within its bounds.
        targets: classes, (N,).
        step_size: L2 norm of a step.
        steps: max number of steps.
        confidence: probability of the target at which to stop instead.
        eight_bit: as for `ddn`; the final inputs are rounded.
        progress: whether to show the progress.
    """
    result = optimize_input(
        _on_8_bit(model) if eight_bit else model,
        images,
        LogProbability(targets),
        steps=steps,
        step=NormalizedStep(step_size),
        constraints=[Box(*model.bounds)],
        criterion=ClassifiedAs(targets) if confidence is None else ConfidentIn(targets, confidence),
        progress="normalized gradient steps" if progress else None,
    )
    return replace(result, inputs=EightBit(*model.bounds)(result.inputs)) if eight_bit else result


def _on_8_bit(model: Classifier) -> Network:
    """Make the network that sees images rounded to 8 bits; gradients pass the rounding."""
    rounded = EightBit(*model.bounds)

    def logits(inputs: Tensor) -> Tensor:
        fixed = inputs.detach()
        result: Tensor = model(rounded(fixed) + (inputs - fixed))
        return result

    return logits


def possible_ranks(ranks: Sequence[int], classes: int) -> list[int]:
    """Keep the ranks from 1 to the number of classes; without one, take the last."""
    possible = [rank for rank in ranks if rank <= classes] or [classes]
    if missing := sorted(set(ranks) - set(possible)):
        logging.warning(
            "%d classes have no rank %s: the targets are of rank %s",
            classes,
            ", ".join(map(str, missing)),
            ", ".join(map(str, possible)),
        )
    return possible


def targets_of_ranks(logits: Tensor, ranks: Sequence[int]) -> tuple[Tensor, Tensor, Tensor]:
    """Pair each of N images with its classes of R ranks, by descending logit.

    Args:
        logits: of the originals, (N, classes).
        ranks: from 1.

    Returns:
        Indices of the images, ranks and target classes, each (N R,); the first two on the CPU.
    """
    order = logits.argsort(dim=1, descending=True, stable=True)
    indices = torch.arange(len(logits)).repeat_interleave(len(ranks))
    of_pairs = torch.tensor(ranks).repeat(len(logits))
    return indices, of_pairs, order[indices, of_pairs - 1]

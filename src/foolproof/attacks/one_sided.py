"""One-sided FGSM, iterated: adversarial images with x_adv >= x in every pixel (CIS680, 4)."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

import torch
from torch import Tensor

from foolproof.attacks.result import AttackResult, record
from foolproof.classifiers.checks import (
    check_attacked,
    check_confidence,
    check_counts,
    check_positive,
)
from foolproof.classifiers.classifier import Classifier
from foolproof.optimize.constraints import Between
from foolproof.optimize.criteria import (
    ClassifiedAs,
    ConfidentIn,
    ConfidentInAnyBut,
    Criterion,
    Misclassified,
)
from foolproof.optimize.loop import OptimizationResult, optimize_input
from foolproof.optimize.objectives import CrossEntropy, Objective
from foolproof.optimize.steps import SignStep


def one_sided_fgsm(
    model: Classifier,
    x: Tensor,
    y: Tensor,
    *,
    step_size: float,
    steps: int,
    targets: Tensor | None = None,
    confidence: float | None = None,
    progress: bool = False,
) -> AttackResult:
    """Increase pixels until the class changes: x_adv >= x in every pixel.

    The fast gradient sign method (Goodfellow et al., arXiv 1412.6572), iterated. Untargeted, it
    maximizes the loss of the label: X <- P(X + step_size sign(d CE(X, y) / dX)); targeted, it
    minimizes that of the target. P clips each pixel to the interval from its original value to the
    upper bound.

    Args:
        model: the attacked classifier.
        x: images, (N, C, H, W), pixels within the bounds of the classifier.
        y: their classes, (N,) int64.
        step_size: above 0, in units of the pixels.
        steps: max number of steps, at least 1.
        targets: target classes, (N,) int64; None for an untargeted attack.
        confidence: required probability of the target, or of any class but y, in (0, 1]: the steps
            of an image end there. None to take all steps; then the top-1 class decides success.
        progress: whether to show the progress.

    Returns:
        The record; its history is of the objective, CE(X, y) or -CE(X, target), in nats.

    Raises:
        FoolproofError: when `model` is no classifier.
        ValueError: for invalid pixels, labels, targets, steps, step size or confidence.

    Example:
        >>> import foolproof as fp, torch
        >>> _ = torch.manual_seed(0)
        >>> net = torch.nn.Sequential(torch.nn.Flatten(), torch.nn.Linear(16, 3))
        >>> model = fp.classifier(net, input_shape=(1, 4, 4))
        >>> x = torch.rand(2, 1, 4, 4)
        >>> y = model(x).argmax(1)
        >>> result = fp.attacks.one_sided_fgsm(model, x, y, step_size=0.1, steps=5)
        >>> bool((result.x_adv >= x).all())
        True
    """
    check_attacked(model, x, y, targets)
    check_counts(steps=steps)
    check_positive("step_size", step_size)
    if confidence is not None:
        check_confidence(confidence)
    x = x.detach()
    result = _optimize(
        model,
        x,
        y,
        targets,
        start=x,
        confidence=confidence,
        steps=steps,
        step_size=step_size,
        progress="one-sided FGSM" if progress else None,
    )
    top_1: Criterion = Misclassified(y) if targets is None else ClassifiedAs(targets)
    return record(
        model,
        x,
        result.inputs,
        _confident(y, targets, confidence) or top_1,
        steps=result.steps,
        queries=result.steps + 1,
        history=result.history,
    )


def at_confidences(
    model: Classifier,
    images: Tensor,
    labels: Tensor,
    confidences: Sequence[float],
    *,
    steps: int,
    step_size: float,
) -> Iterator[tuple[float, OptimizationResult]]:
    """Attack untargeted up to one confidence after another, each from the images of the last.

    These are the images on the path of `one_sided_fgsm` to the highest confidence.

    Args:
        model: as for `one_sided_fgsm`, like all that follow.
        images: the originals.
        labels: their true classes.
        confidences: required probabilities; yielded with their results in ascending order.
        steps: max number of steps from one confidence to the next.
        step_size: epsilon.
    """
    start, taken = images, torch.zeros_like(labels)
    for confidence in sorted(confidences):
        result = _optimize(
            model,
            images,
            labels,
            None,
            start=start,
            confidence=confidence,
            steps=steps,
            step_size=step_size,
        )
        start, taken = result.inputs, taken + result.steps
        yield confidence, replace(result, steps=taken)


def after_steps(
    model: Classifier,
    images: Tensor,
    labels: Tensor,
    counts: Sequence[int],
    *,
    step_size: float,
) -> Iterator[tuple[int, OptimizationResult]]:
    """Attack untargeted without a criterion, up to one number of steps after another.

    Args:
        model: as for `one_sided_fgsm`, like all that follow.
        images: the originals.
        labels: their true classes.
        counts: numbers of steps; yielded with their results in ascending order.
        step_size: epsilon.
    """
    start, taken = images, 0
    for count in sorted(counts):
        result = _optimize(
            model,
            images,
            labels,
            None,
            start=start,
            confidence=None,
            steps=count - taken,
            step_size=step_size,
        )
        start, taken = result.inputs, count
        yield count, replace(result, steps=torch.full_like(labels, count))


def _optimize(
    model: Classifier,
    images: Tensor,
    labels: Tensor,
    targets: Tensor | None,
    *,
    start: Tensor,
    confidence: float | None,
    steps: int,
    step_size: float,
    progress: str | None = None,
) -> OptimizationResult:
    """Optimize as `one_sided_fgsm` does, from `start`, which is at least the images."""
    objective: Objective = CrossEntropy(labels) if targets is None else -CrossEntropy(targets)
    return optimize_input(
        model,
        start,
        objective,
        steps=steps,
        step=SignStep(step_size),
        constraints=[Between(images, torch.full_like(images, model.bounds[1]))],
        criterion=_confident(labels, targets, confidence),
        progress=progress,
    )


def _confident(
    labels: Tensor, targets: Tensor | None, confidence: float | None
) -> Criterion | None:
    """Make the criterion of a confidence; None without a confidence."""
    if confidence is None:
        return None
    if targets is None:
        return ConfidentInAnyBut(labels, confidence)
    return ConfidentIn(targets, confidence)

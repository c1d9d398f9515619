"""One-sided FGSM, iterated: adversarial images with x_adv >= x in every pixel (CIS680, 4)."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

import torch
from torch import Tensor, nn

from foolproof.optimize.constraints import bounds
from foolproof.optimize.criteria import confident_in, confident_in_any_but
from foolproof.optimize.loop import Criterion, Objective, OptimizationResult, optimize_input
from foolproof.optimize.objectives import cross_entropy, negative
from foolproof.optimize.steps import sign_step


def untargeted(
    network: nn.Module,
    images: Tensor,
    labels: Tensor,
    *,
    confidence: float | None,
    steps: int,
    step_size: float,
    start: Tensor | None = None,
) -> OptimizationResult:
    """Maximize the loss of the true class: X <- P(X + step_size sign(d CE(X, label) / dX)).

    P clips each pixel to the interval from its original value to 1. The steps end as soon as any
    wrong class has the required probability.

    Args:
        network: from pixels to logits, in eval mode with frozen parameters.
        images: the originals, (N, C, H, W), pixels in [0, 1].
        labels: their true classes, (N,).
        confidence: required probability of a wrong class; None to take all steps.
        steps: max number of steps.
        step_size: epsilon, with pixels in [0, 1]; half of what it is with pixels in [-1, 1].
        start: initial images, (N, C, H, W), at least the originals; by default the originals.
    """
    return _one_sided(
        cross_entropy(network, labels),
        images,
        images if start is None else start,
        stop=None if confidence is None else confident_in_any_but(labels, confidence),
        steps=steps,
        step_size=step_size,
    )


def targeted(
    network: nn.Module,
    images: Tensor,
    targets: Tensor,
    *,
    confidence: float,
    steps: int,
    step_size: float,
) -> OptimizationResult:
    """Minimize the loss of the target class: X <- P(X - step_size sign(d CE(X, target) / dX)).

    P clips each pixel to the interval from its original value to 1. The steps end as soon as the
    target has the required probability.

    Args:
        network: from pixels to logits, in eval mode with frozen parameters.
        images: the originals, (N, C, H, W), pixels in [0, 1].
        targets: target classes, (N,).
        confidence: required probability of the target.
        steps: max number of steps.
        step_size: epsilon, with pixels in [0, 1]; half of what it is with pixels in [-1, 1].
    """
    return _one_sided(
        negative(cross_entropy(network, targets)),
        images,
        images,
        stop=confident_in(targets, confidence),
        steps=steps,
        step_size=step_size,
    )


def _one_sided(
    objective: Objective,
    images: Tensor,
    start: Tensor,
    *,
    stop: Criterion | None,
    steps: int,
    step_size: float,
) -> OptimizationResult:
    return optimize_input(
        start,
        objective,
        steps=steps,
        step=sign_step(step_size),
        project=bounds(images, torch.ones_like(images)),
        stop=stop,
    )


def at_confidences(
    network: nn.Module,
    images: Tensor,
    labels: Tensor,
    confidences: Sequence[float],
    *,
    steps: int,
    step_size: float,
) -> Iterator[tuple[float, OptimizationResult]]:
    """Attack untargeted up to one confidence after another, each from the images of the last.

    These are the images on the path of `untargeted` to the highest confidence.

    Args:
        network: as for `untargeted`, like all that follow.
        images: the originals.
        labels: their true classes.
        confidences: required probabilities; yielded with their results in ascending order.
        steps: max number of steps from one confidence to the next.
        step_size: epsilon.
    """
    start, taken = images, torch.zeros_like(labels)
    for confidence in sorted(confidences):
        result = untargeted(
            network,
            images,
            labels,
            confidence=confidence,
            steps=steps,
            step_size=step_size,
            start=start,
        )
        start, taken = result.inputs, taken + result.steps
        yield confidence, replace(result, steps=taken)


def after_steps(
    network: nn.Module,
    images: Tensor,
    labels: Tensor,
    counts: Sequence[int],
    *,
    step_size: float,
) -> Iterator[tuple[int, OptimizationResult]]:
    """Attack untargeted without a criterion, up to one number of steps after another.

    Args:
        network: as for `untargeted`, like all that follow.
        images: the originals.
        labels: their true classes.
        counts: numbers of steps; yielded with their results in ascending order.
        step_size: epsilon.
    """
    start, taken = images, 0
    for count in sorted(counts):
        result = untargeted(
            network,
            images,
            labels,
            confidence=None,
            steps=count - taken,
            step_size=step_size,
            start=start,
        )
        start, taken = result.inputs, count
        yield count, replace(result, steps=torch.full_like(labels, count))

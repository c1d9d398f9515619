"""Adversarial images that only add ink: no pixel gets darker than it was (CIS680, 4)."""

from collections.abc import Iterator, Sequence

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
    """Increase the loss of the true class: X <- P(X + step_size sign(d CE(X, label) / dX)).

    P keeps each pixel between that of the original image and 1. An image is done as soon as any
    wrong class has the wanted probability.

    Args:
        network: from pixels to logits, in eval mode with frozen parameters.
        images: the originals, (N, C, H, W), pixels in [0, 1].
        labels: their true classes, (N,).
        confidence: the probability of a wrong class at which to stop; None to take all steps.
        steps: the most to take.
        step_size: epsilon, with pixels in [0, 1]; half of what it is with pixels in [-1, 1].
        start: images with ink to begin from, (N, C, H, W); the originals where it is left out.
    """
    return _add_ink(
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
    """Decrease the loss of the target class: X <- P(X - step_size sign(d CE(X, target) / dX)).

    P keeps each pixel between that of the original image and 1. An image is done as soon as its
    target has the wanted probability.

    Args:
        network: from pixels to logits, in eval mode with frozen parameters.
        images: the originals, (N, C, H, W), pixels in [0, 1].
        targets: the classes, (N,).
        confidence: the probability of the target at which to stop.
        steps: the most to take.
        step_size: epsilon, with pixels in [0, 1]; half of what it is with pixels in [-1, 1].
    """
    return _add_ink(
        negative(cross_entropy(network, targets)),
        images,
        images,
        stop=confident_in(targets, confidence),
        steps=steps,
        step_size=step_size,
    )


def _add_ink(
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
    """Attack towards any class up to one confidence after another, each from where the last ended.

    That is the path which `untargeted` takes to the highest of them, looked at on its way.

    Args:
        network: as for `untargeted`, like all that follow.
        images: the originals.
        labels: their true classes.
        confidences: to reach; they come back with their traces in ascending order.
        steps: the most to take from one confidence to the next.
        step_size: epsilon.
    """
    made = images
    for confidence in sorted(confidences):
        trace = untargeted(
            network,
            images,
            labels,
            confidence=confidence,
            steps=steps,
            step_size=step_size,
            start=made,
        )
        made = trace.inputs
        yield confidence, trace


def after_steps(
    network: nn.Module,
    images: Tensor,
    labels: Tensor,
    counts: Sequence[int],
    *,
    step_size: float,
) -> Iterator[tuple[int, OptimizationResult]]:
    """Attack towards any class without stopping, and look at it after each number of steps.

    Args:
        network: as for `untargeted`, like all that follow.
        images: the originals.
        labels: their true classes.
        counts: of steps; they come back with their traces in ascending order.
        step_size: epsilon.
    """
    made, taken = images, 0
    for count in sorted(counts):
        trace = untargeted(
            network,
            images,
            labels,
            confidence=None,
            steps=count - taken,
            step_size=step_size,
            start=made,
        )
        made, taken = trace.inputs, count
        yield count, trace

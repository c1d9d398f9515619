"""Class-maximizing images that stay near a reference image of another class (EE6132, 3)."""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from foolproof.optimize.constraints import box
from foolproof.optimize.loop import OptimizationResult, optimize_input
from foolproof.optimize.objectives import class_logit, with_mse_penalty
from foolproof.optimize.steps import gradient_step


def targeted(
    network: nn.Module,
    start: Tensor,
    targets: Tensor,
    references: Tensor,
    *,
    beta: Tensor,
    steps: int,
    step_size: float,
) -> OptimizationResult:
    """Maximize logits[target] - beta MSE(X, reference), with pixels clipped to [0, 1].

    Args:
        network: from pixels to logits, in eval mode with frozen parameters.
        start: initial images, (N, C, H, W), pixels in [0, 1].
        targets: target classes, (N,).
        references: reference images, (N, C, H, W), pixels in [0, 1].
        beta: weight of the penalty, (N,), in logits per mean squared pixel.
        steps: number of steps.
        step_size: with pixels in [0, 1].
    """
    return optimize_input(
        start,
        with_mse_penalty(class_logit(network, targets), references, beta),
        steps=steps,
        step=gradient_step(step_size),
        project=box(),
    )


@dataclass(frozen=True, eq=False)
class TunedResult:
    """The result of N targeted attacks, each with a beta of its own."""

    images: Tensor
    """(N, C, H, W), pixels in [0, 1]."""

    probabilities: Tensor
    """Of all classes, (N, classes)."""

    distances: Tensor
    """Mean squared pixel difference to the reference, (N,)."""

    beta_index: Tensor
    """Index of the beta in the list; its length where none succeeded. (N,) int64."""


def targeted_with_tuned_beta(
    network: nn.Module,
    start: Tensor,
    targets: Tensor,
    references: Tensor,
    *,
    betas: Sequence[float],
    confidence: float,
    steps: int,
    step_size: float,
) -> TunedResult:
    """Attack with one beta after another, until the target has the required probability.

    With betas in descending order, that keeps each image as near to its reference as possible.
    Successful examples are dropped; one without success keeps the image of the last beta.

    Args:
        network: from pixels to logits, in eval mode with frozen parameters.
        start: initial images, (N, C, H, W), pixels in [0, 1].
        targets: target classes, (N,).
        references: reference images, (N, C, H, W), pixels in [0, 1].
        betas: in the order of the trials, at least one, in logits per mean squared pixel.
        confidence: probability of the target that makes a success.
        steps: number of steps for each beta.
        step_size: with pixels in [0, 1].
    """
    images = start.clone()
    probabilities: Tensor | None = None
    beta_index = torch.full_like(targets, len(betas))
    active = torch.arange(len(targets), device=targets.device)
    for index, beta in enumerate(betas):
        result = targeted(
            network,
            start[active],
            targets[active],
            references[active],
            beta=torch.full_like(start[active, 0, 0, 0], beta),
            steps=steps,
            step_size=step_size,
        )
        found = result.logits.softmax(1)
        if probabilities is None:
            probabilities = torch.empty_like(found)
        images[active], probabilities[active] = result.inputs, found
        success = found.gather(1, targets[active, None])[:, 0] >= confidence
        beta_index[active[success]] = index
        active = active[~success]
        if not len(active):
            break
    assert probabilities is not None
    distances = (images - references).square().flatten(1).mean(1)
    return TunedResult(images, probabilities, distances, beta_index)


def min_of_drawn(distances: Tensor, number: int, generator: torch.Generator) -> Tensor:
    """Draw distances at random with replacement in each row, and take the min of them, (N,).

    Args:
        distances: (N, M).
        number: of draws in each row.
        generator: of the draws, on the CPU.
    """
    drawn = torch.randint(distances.shape[1], (len(distances), number), generator=generator)
    return distances.gather(1, drawn.to(distances.device)).amin(1)


def summarize(
    result: TunedResult, targets: Tensor, nearest_drawn: Tensor, others: Tensor
) -> dict[str, float | int]:
    """Average over the pairs of target and reference.

    A success is classified as its target, and nearer to its reference than every test digit that
    was drawn for comparison.

    Args:
        result: of all pairs.
        targets: target classes, (N,).
        nearest_drawn: min distance of the drawn digits to the reference, (N,).
        others: distances of all other test digits to the reference, (N, test digits).
    """
    classified = result.probabilities.argmax(1) == targets
    confidences = result.probabilities.gather(1, targets[:, None])
    return {
        "cells": len(targets),
        "classified_rate": classified.double().mean().item(),
        "success_rate": (classified & (result.distances < nearest_drawn)).double().mean().item(),
        "mean_confidence": confidences.double().mean().item(),
        "mean_mse": result.distances.double().mean().item(),
        "closer_test_digits": (others < result.distances[:, None]).double().mean().item(),
    }


def summarize_tuning(result: TunedResult, betas: int) -> list[dict[str, float | None]]:
    """Count trials and successes at each of a number of betas, with the successes' mean MSE."""
    points: list[dict[str, float | None]] = []
    for index in range(betas):
        success = result.beta_index == index
        mse = result.distances[success].double().mean().item() if success.any() else None
        points.append(
            {
                "tried": int((result.beta_index >= index).sum()),
                "successes": int(success.sum()),
                "mean_mse": mse,
            }
        )
    return points

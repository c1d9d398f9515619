"""Class-maximizing images that stay near a reference image of another class (EE6132, 3)."""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from foolproof.attacks.maximization import activation_maximization
from foolproof.classifiers.classifier import Classifier, predict
from foolproof.compute.progress import progress_of


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
    model: Classifier,
    start: Tensor,
    targets: Tensor,
    references: Tensor,
    *,
    betas: Sequence[float],
    confidence: float,
    steps: int,
    step_size: float,
    progress: str | None = None,
) -> TunedResult:
    """Maximize with one beta after another, until the target has the required probability.

    With betas in descending order, that keeps each image as near to its reference as possible.
    Successful examples are dropped; one without success keeps the image of the last beta.

    Args:
        model: as for `activation_maximization`, like all that follow but the betas.
        start: initial images, (N, C, H, W).
        targets: target classes, (N,).
        references: reference images, (N, C, H, W).
        betas: in the order of the trials, at least one, in logits per mean squared pixel.
        confidence: probability of the target that makes a success.
        steps: number of steps for each beta.
        step_size: factor of the gradient.
        progress: name under which the progress is shown; None to show nothing.
    """
    images = start.clone()
    probabilities = start.new_empty(len(targets), model.classes)
    beta_index = torch.full_like(targets, len(betas))
    active = torch.arange(len(targets), device=targets.device)
    with progress_of(progress, len(betas) * len(targets)) as shown:
        for index, beta in enumerate(betas):
            result = activation_maximization(
                model,
                targets[active],
                start=start[active],
                reference=references[active],
                beta=beta,
                steps=steps,
                step_size=step_size,
            )
            found = predict(model, result.x_adv).softmax(1)
            images[active], probabilities[active] = result.x_adv, found
            success = found.gather(1, targets[active, None])[:, 0] >= confidence
            beta_index[active[success]] = index
            shown.advance(len(active) + (len(betas) - index - 1) * int(success.sum()))
            active = active[~success]
            if not len(active):
                break
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

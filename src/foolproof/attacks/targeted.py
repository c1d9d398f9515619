"""Class-maximizing images that stay near a reference image of another class (EE6132, 3)."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Any

import torch
from torch import Tensor

from foolproof.attacks.maximization import activation_maximization
from foolproof.classifiers.classifier import Classifier, predict
from foolproof.compute.clusters import difference_of, mean_of, rate_of
from foolproof.compute.intervals import Interval
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

    def take(self, selection: Tensor) -> "TunedResult":
        """Select attacks by indices or by a mask."""
        parts = {field.name: getattr(self, field.name)[selection] for field in fields(self)}
        return TunedResult(**parts)


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
    """Draw finite distances at random with replacement in each row, and take the min, (N,).

    Args:
        distances: (N, M); infinite where there is nothing to draw. The min of a row without a
            finite distance is infinite.
        number: of draws in each row.
        generator: of the draws, on the CPU.
    """
    finite = distances.isfinite()
    counts = finite.sum(1).cpu()
    chance = torch.rand(len(distances), number, generator=generator, dtype=torch.float64)
    drawn = (chance * counts[:, None]).long()
    # The columns of the finite distances come first, in their order.
    columns = (~finite).long().argsort(dim=1, stable=True)
    return distances.gather(1, columns.gather(1, drawn.to(distances.device))).amin(1)


def summarize(
    result: TunedResult,
    targets: Tensor,
    references: Tensor,
    nearest_drawn: Tensor,
    others: Tensor,
) -> dict[str, Any]:
    """Summarize the pairs of target and reference; intervals are over the references.

    A success is classified as its target, and nearer to its reference than every test digit of the
    reference's class that was drawn for comparison.

    Args:
        result: of the pairs, those left out whose target is the reference's own class.
        targets: target classes, (N,).
        references: index of the reference, (N,).
        nearest_drawn: min distance of the drawn digits to the reference, (N,).
        others: distances of all other digits of the reference's class to it, (N, test digits);
            infinite for digits of other classes.
    """
    classified = result.probabilities.argmax(1) == targets
    closer = (others < result.distances[:, None]).sum(1) / others.isfinite().sum(1).clamp(min=1)
    of_targets = result.probabilities.gather(1, targets[:, None])[:, 0]
    return {
        "cells": len(targets),
        "references": len(references.unique()),
        "classified_rate": rate_of(classified, references),
        "success_rate": rate_of(classified & (result.distances < nearest_drawn), references),
        "mean_confidence": mean_of(of_targets, references),
        "mean_mse": mean_of(result.distances, references),
        "closer_digits_of_class": mean_of(closer, references),
    }


def compare_distances(
    first: TunedResult, second: TunedResult, references: Tensor
) -> Interval | None:
    """Compute the mean paired difference of the distances, first minus second, by reference.

    Args:
        first: of N pairs.
        second: of the same pairs.
        references: index of the reference, (N,).
    """
    return difference_of(first.distances, second.distances, references)


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

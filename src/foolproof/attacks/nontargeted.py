"""Class-maximizing images: gradient ascent on the logit of a class, from noise (EE6132, 3)."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import torch
from torch import Tensor

from foolproof.attacks.maximization import activation_maximization
from foolproof.classifiers.classifier import Classifier, predict


class Snapshot(NamedTuple):
    """N images after a number of steps."""

    steps: int
    """Taken from the start."""

    images: Tensor
    """(N, C, H, W), pixels in [0, 1]."""

    probabilities: Tensor
    """Of all classes, (N, classes)."""


def with_snapshots(
    model: Classifier,
    start: Tensor,
    targets: Tensor,
    *,
    steps: Sequence[int],
    step_size: float,
) -> tuple[list[Snapshot], Tensor]:
    """Maximize the targets' logits, and keep the images after each of several numbers of steps.

    Args:
        model: as for `activation_maximization`, like all that follow.
        start: initial images.
        targets: target classes.
        steps: numbers of steps, at least one.
        step_size: of the gradient.

    Returns:
        The snapshots in ascending order of steps, and the logits of the targets before each step
        and at the end, (max steps + 1, N).
    """
    images, taken = start, 0
    snapshots, histories = [], []
    for count in sorted(steps):
        result = activation_maximization(
            model, targets, start=images, steps=count - taken, step_size=step_size
        )
        images, taken = result.x_adv, count
        histories.append(result.history[:-1])
        snapshots.append(Snapshot(count, images, predict(model, images).softmax(1)))
    return snapshots, torch.cat([*histories, result.history[-1:]])


def summarize(snapshots: Sequence[Snapshot], logits: Tensor, targets: Tensor) -> dict[str, Any]:
    """Summarize success, confidence and cost.

    Args:
        snapshots: in ascending order of steps.
        logits: of the targets before each step and at the end, (max steps + 1, N).
        targets: target classes, (N,).
    """
    by_steps = {
        str(snapshot.steps): confidence(snapshot.probabilities, targets) for snapshot in snapshots
    }
    return {
        **by_steps[str(snapshots[-1].steps)],
        "by_steps": by_steps,
        "images": len(targets),
        "cost_first": logits[0].double().mean().item(),
        "cost_last": logits[-1].double().mean().item(),
        "rising_steps": (logits.diff(dim=0) > 0).double().mean().item(),
    }


def confidence(probabilities: Tensor, targets: Tensor) -> dict[str, float]:
    """Summarize success and confidence in the targets (N,) by probabilities (N, classes)."""
    of_targets = probabilities.gather(1, targets[:, None])[:, 0]
    return {
        "success_rate": (probabilities.argmax(1) == targets).double().mean().item(),
        "mean_confidence": of_targets.double().mean().item(),
        "min_confidence": of_targets.min().item(),
    }

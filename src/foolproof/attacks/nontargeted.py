"""Class-maximizing images: gradient ascent on the logit of a class, from noise (EE6132, 3)."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import torch
from torch import Tensor

from foolproof.attacks.maximization import activation_maximization
from foolproof.classifiers.classifier import Classifier, predict
from foolproof.compute.intervals import mean_with_interval, rate_with_interval
from foolproof.compute.paired import superiority


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
    """Summarize success, confidence and cost; intervals are over the images.

    Args:
        snapshots: in ascending order of steps.
        logits: of the targets before each step and at the end, (max steps + 1, N).
        targets: target classes, (N,).
    """
    by_steps = {str(snapshot.steps): confidence(snapshot, targets) for snapshot in snapshots}
    return {
        **by_steps[str(snapshots[-1].steps)],
        "by_steps": by_steps,
        "images": len(targets),
        "cost": cost(logits),
    }


def confidence(snapshot: Snapshot, targets: Tensor) -> dict[str, Any]:
    """Summarize success, confidence in the targets (N,), and black or white pixels."""
    of_targets = snapshot.probabilities.gather(1, targets[:, None])[:, 0]
    success = snapshot.probabilities.argmax(1) == targets
    at_bounds = (snapshot.images == 0) | (snapshot.images == 1)
    return {
        "success_rate": rate_with_interval(int(success.sum()), len(success)),
        "mean_confidence": mean_with_interval(of_targets.tolist()),
        "min_confidence": of_targets.min().item(),
        "pixels_at_bounds": mean_with_interval(at_bounds.flatten(1).double().mean(1).tolist()),
    }


def cost(logits: Tensor) -> dict[str, Any]:
    """Summarize the cost along the ascent, and its rise in the first and second half of the steps.

    Args:
        logits: of the targets before each step and at the end, (steps + 1, N).
    """
    logits = logits.double()
    half = len(logits) // 2
    early, late = logits[half] - logits[0], logits[-1] - logits[half]
    values = {
        "first": logits[0],
        "last": logits[-1],
        "rise": logits[-1] - logits[0],
        "early_rise": early,
        "late_rise": late,
        "early_minus_late": early - late,
        "rising_steps": (logits.diff(dim=0) > 0).double().mean(0),
    }
    means = {name: mean_with_interval(of_images.tolist()) for name, of_images in values.items()}
    return {**means, "half": half}


def compare_nearest(images: Tensor, test_digits: Tensor) -> dict[str, Any]:
    """Compare distances to the nearest training digit: of images (N,) and of test digits (M,).

    Returns:
        Both means, and the probability that an image is `farther` than a test digit.
    """
    found, expected = images.double().tolist(), test_digits.double().tolist()
    return {
        "images": mean_with_interval(found),
        "test_digits": mean_with_interval(expected),
        "farther": superiority(found, expected),
    }

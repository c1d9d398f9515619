"""Class-maximizing images: gradient ascent on the logit of a class, from noise (EE6132, 3)."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn

from foolproof.optimize.constraints import box
from foolproof.optimize.loop import OptimizationResult, optimize_input
from foolproof.optimize.objectives import class_logit
from foolproof.optimize.steps import gradient_step


def nontargeted(
    network: nn.Module, start: Tensor, targets: Tensor, *, steps: int, step_size: float
) -> OptimizationResult:
    """Maximize the target's logit: X <- clip(X + step_size d logits[target] / dX).

    Args:
        network: from pixels to logits, in eval mode with frozen parameters.
        start: initial images, (N, C, H, W), pixels in [0, 1].
        targets: target classes, (N,).
        steps: number of steps.
        step_size: with pixels in [0, 1].
    """
    return optimize_input(
        start,
        class_logit(network, targets),
        steps=steps,
        step=gradient_step(step_size),
        project=box(),
    )


class Snapshot(NamedTuple):
    """N images after a number of steps."""

    steps: int
    """Taken from the start."""

    images: Tensor
    """(N, C, H, W), pixels in [0, 1]."""

    probabilities: Tensor
    """Of all classes, (N, classes)."""


def with_snapshots(
    network: nn.Module,
    start: Tensor,
    targets: Tensor,
    *,
    steps: Sequence[int],
    step_size: float,
) -> tuple[list[Snapshot], Tensor]:
    """Maximize as `nontargeted` does, and keep the images after each of several numbers of steps.

    Args:
        network: as for `nontargeted`, like all that follow.
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
        result = nontargeted(network, images, targets, steps=count - taken, step_size=step_size)
        images, taken = result.inputs, count
        histories.append(result.history[:-1])
        snapshots.append(Snapshot(count, images, result.logits.softmax(1)))
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

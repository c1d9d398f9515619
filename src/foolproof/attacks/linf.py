"""Targeted PGD on photos under an L-infinity constraint (CS5787, 4)."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor

from foolproof.attacks.ball import pgd
from foolproof.attacks.perturbation import LEVEL
from foolproof.attacks.result import AttackResult
from foolproof.classifiers.classifier import Classifier
from foolproof.compute.speed import logged_speed
from foolproof.optimize.criteria import ConfidentIn
from foolproof.optimize.objectives import (
    ClassProbability,
    CrossEntropy,
    LogProbability,
    Objective,
)
from foolproof.optimize.steps import GradientStep, SignStep, Step

# The negative cross-entropy is the log-probability, by a formula whose gradient is not rounded to
# zero where the probability of the target is almost 1.
OBJECTIVES: Mapping[str, Callable[[Tensor], Objective]] = {
    "probability": ClassProbability,
    "log_probability": LogProbability,
    "cross_entropy": lambda targets: -CrossEntropy(targets),
}

STEPS: Mapping[str, Callable[[float], Step]] = {"sign": SignStep, "gradient": GradientStep}


@dataclass(frozen=True, kw_only=True)
class PgdConfig:
    """Objective and steps of `targeted_pgd`."""

    objective: Literal["probability", "log_probability", "cross_entropy"]
    """A key of `OBJECTIVES`."""

    step: Literal["sign", "gradient"]
    """A key of `STEPS`: what is added is the sign of the gradient, or the gradient."""

    step_size: float
    """Times epsilon."""

    steps: int
    """Max number of steps."""


def targeted_pgd(
    model: Classifier,
    images: Tensor,
    labels: Tensor,
    targets: Tensor,
    config: PgdConfig,
    *,
    epsilon: float,
    confidence: float | None = None,
    progress: bool = False,
) -> AttackResult:
    """Maximize an objective f from X' = X by X' <- P(X' + step_size epsilon g), g of df / dX'.

    P keeps each pixel valid and within epsilon of X; g is the sign of the gradient or itself.

    Args:
        model: the attacked classifier.
        images: X, (N, C, H, W).
        labels: their classes, (N,).
        targets: other classes, (N,).
        config: f, g, step size and number of steps.
        epsilon: max perturbation, in units of the pixels.
        confidence: probability of the target at which to stop; None to take all steps.
        progress: whether to show the progress.
    """
    return pgd(
        model,
        images,
        labels,
        eps=epsilon,
        steps=config.steps,
        step=STEPS[config.step](config.step_size * epsilon),
        targets=targets,
        loss=OBJECTIVES[config.objective](targets),
        criterion=None if confidence is None else ConfidentIn(targets, confidence),
        early_stop=confidence is not None,
        progress=progress,
    )


def pgd_in_growing_balls(
    model: Classifier,
    images: Tensor,
    labels: Tensor,
    targets: Tensor,
    config: PgdConfig,
    *,
    epsilons: Sequence[float],
    confidence: float,
    progress: bool = False,
) -> Iterator[tuple[Tensor, Tensor]]:
    """Attack as `targeted_pgd` in one ball after another, each example until its first success.

    The images of successful examples are in the larger balls too.

    Args:
        model: as for `targeted_pgd`, like `images`, `labels`, `targets` and `config`.
        images: the originals.
        labels: their classes.
        targets: target classes.
        config: of each attack.
        epsilons: radii in ascending order.
        confidence: probability of the target at which to stop.
        progress: whether to show the progress.

    Yields:
        For each radius the images, (N, C, H, W), and the steps of the attack on each, (N,).
    """
    made, steps = images.clone(), torch.zeros_like(targets)
    remaining = torch.arange(len(targets), device=targets.device)
    for epsilon in epsilons:
        if len(remaining):
            with logged_speed(f"epsilon {epsilon / LEVEL:g}/255", len(remaining)):
                result = targeted_pgd(
                    model,
                    images[remaining],
                    labels[remaining],
                    targets[remaining],
                    config,
                    epsilon=epsilon,
                    confidence=confidence,
                    progress=progress,
                )
            made[remaining], steps[remaining] = result.x_adv, result.steps
            remaining = remaining[~result.success]
        yield made.clone(), steps.clone()

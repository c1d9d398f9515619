"""Targeted PGD on photos under an L-infinity constraint, also with EOT (CS5787, 4)."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple

import torch
from torch import Tensor, nn

from foolproof.attacks.perturbation import LEVEL
from foolproof.compute.speed import logged_speed
from foolproof.optimize.constraints import linf_ball
from foolproof.optimize.criteria import confident_in
from foolproof.optimize.loop import Criterion, Objective, OptimizationResult, Step, optimize_input
from foolproof.optimize.objectives import (
    class_probability,
    cross_entropy,
    expectation,
    log_probability,
    negative,
)
from foolproof.optimize.steps import gradient_step, sign_step
from foolproof.photos.names import find_or_replace

# The negative cross-entropy is the log-probability, by a formula whose gradient is not rounded to
# zero where the probability of the target is almost 1.
OBJECTIVES: Mapping[str, Callable[[nn.Module, Tensor], Objective]] = {
    "probability": class_probability,
    "log_probability": log_probability,
    "cross_entropy": lambda network, targets: negative(cross_entropy(network, targets)),
}

STEPS: Mapping[str, Callable[[float], Step]] = {"sign": sign_step, "gradient": gradient_step}


@dataclass(frozen=True, kw_only=True)
class PgdConfig:
    """Objective and steps of `pgd`."""

    objective: Literal["probability", "log_probability", "cross_entropy"]
    """A key of `OBJECTIVES`."""

    step: Literal["sign", "gradient"]
    """A key of `STEPS`: what is added is the sign of the gradient, or the gradient."""

    step_size: float
    """Times epsilon."""

    steps: int
    """Max number of steps."""


def pgd(
    network: nn.Module,
    images: Tensor,
    targets: Tensor,
    config: PgdConfig,
    *,
    epsilon: float,
    confidence: float | None = None,
) -> OptimizationResult:
    """Maximize an objective f from X' = X by X' <- P(X' + step_size epsilon g), g of df / dX'.

    P keeps each pixel valid and within epsilon of X; g is the sign of the gradient or itself.

    Args:
        network: from pixels to logits, in eval mode with frozen parameters.
        images: X, (N, C, H, W), pixels in [0, 1].
        targets: target classes, (N,).
        config: f, g, step size and number of steps.
        epsilon: max perturbation, with pixels in [0, 1].
        confidence: probability of the target at which to stop; None to take all steps.
    """
    return _within_ball(
        OBJECTIVES[config.objective](network, targets),
        images,
        epsilon,
        step=STEPS[config.step](config.step_size * epsilon),
        steps=config.steps,
        stop=None if confidence is None else confident_in(targets, confidence),
    )


def pgd_eot(
    network: nn.Module,
    images: Tensor,
    targets: Tensor,
    *,
    epsilon: float,
    step_size: float,
    steps: int,
    samples: int,
    view: Callable[[Tensor], Tensor],
) -> OptimizationResult:
    """Maximize the mean log-probability over random views, by PGD with the sign of the gradient.

    That is PGD under expectation over transformation (EOT, Athalye et al., arXiv 1707.07397).

    Args:
        network: from pixels to logits, in eval mode with frozen parameters.
        images: X, (N, C, H, W), pixels in [0, 1].
        targets: target classes, (N,).
        epsilon: max perturbation, with pixels in [0, 1].
        step_size: times epsilon.
        steps: number of steps.
        samples: views of each image in each step.
        view: from images to one random view of each, drawn anew at each call.
    """
    return _within_ball(
        expectation(log_probability(network, targets), view, samples),
        images,
        epsilon,
        step=sign_step(step_size * epsilon),
        steps=steps,
    )


def _within_ball(
    objective: Objective,
    images: Tensor,
    epsilon: float,
    *,
    step: Step,
    steps: int,
    stop: Criterion | None = None,
) -> OptimizationResult:
    return optimize_input(
        images, objective, steps=steps, step=step, project=linf_ball(images, epsilon), stop=stop
    )


def pgd_in_growing_balls(
    network: nn.Module,
    images: Tensor,
    targets: Tensor,
    config: PgdConfig,
    *,
    epsilons: Sequence[float],
    confidence: float,
) -> Iterator[tuple[Tensor, Tensor]]:
    """Attack as `pgd` in one ball after another; successful examples are not attacked again.

    Their images are in the larger balls too.

    Args:
        network: as for `pgd`, like `images`, `targets` and `config`.
        images: the originals.
        targets: target classes.
        config: of each attack.
        epsilons: radii in ascending order.
        confidence: probability of the target at which to stop.

    Yields:
        For each radius the images, (N, C, H, W), and the steps of the attack on each, (N,).
    """
    made, steps = images.clone(), torch.zeros_like(targets)
    remaining = torch.arange(len(targets), device=targets.device)
    for epsilon in epsilons:
        if len(remaining):
            with logged_speed(f"epsilon {epsilon / LEVEL:g}/255", len(remaining)):
                result = pgd(
                    network,
                    images[remaining],
                    targets[remaining],
                    config,
                    epsilon=epsilon,
                    confidence=confidence,
                )
            made[remaining], steps[remaining] = result.inputs, result.steps
            remaining = remaining[~result.success]
        yield made.clone(), steps.clone()


class Example(NamedTuple):
    """Indices of a requested example, of its photo and of its target class."""

    request: int
    photo: int
    target: int


def choose_examples(
    requests: Sequence[tuple[str, str]],
    photos: Sequence[str],
    labels: Sequence[int],
    classes: Sequence[str],
    generator: torch.Generator,
) -> list[Example]:
    """Choose photos and targets by name, with replacements for those that do not exist.

    An unknown photo is replaced by the first that is neither requested nor taken. An unknown
    target, or one that is the photo's own class, is replaced by a random other class. Without
    photos left, there are fewer examples than requests.

    Args:
        requests: names of photos and of target classes.
        photos: names of the photos that can be attacked.
        labels: their true classes.
        classes: names of all classes, at least two.
        generator: of the random targets, on the CPU.
    """
    indices = find_or_replace([name for name, _ in requests], photos)
    chosen = []
    for request, ((_, name), photo) in enumerate(zip(requests, indices, strict=True)):
        if photo is None:
            continue
        target = classes.index(name) if name in classes else labels[photo]
        if target == labels[photo]:
            others = [other for other in range(len(classes)) if other != labels[photo]]
            target = others[int(torch.randint(len(others), (), generator=generator))]
        chosen.append(Example(request, photo, target))
    return chosen


def random_pairs(
    labels: Tensor, classes: int, number: int, generator: torch.Generator
) -> tuple[Tensor, Tensor]:
    """Draw distinct pairs of an image and a wrong class, uniformly at random.

    Args:
        labels: true classes of the images, (N,).
        classes: number of classes.
        number: of pairs; at most all N (classes - 1).
        generator: of the draws, on the CPU.

    Returns:
        Indices of the images and target classes, each (number,).
    """
    wrong = classes - 1
    chosen = torch.randperm(len(labels) * wrong, generator=generator)[:number].to(labels.device)
    indices, targets = chosen // wrong, chosen % wrong
    return indices, targets + (targets >= labels[indices])

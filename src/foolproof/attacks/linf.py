"""Photos that a network takes for another class, within an L-infinity ball (CS5787, 4)."""

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

import torch
from torch import Tensor, nn

from foolproof.attacks.result import mean
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

# What is increased for target classes. Minus the cross-entropy is the log-probability, by a
# formula whose gradient survives where the network is all but sure of the target.
OBJECTIVES: Mapping[str, Callable[[nn.Module, Tensor], Objective]] = {
    "probability": class_probability,
    "log_probability": log_probability,
    "cross_entropy": lambda network, targets: negative(cross_entropy(network, targets)),
}

STEPS: Mapping[str, Callable[[float], Step]] = {"sign": sign_step, "gradient": gradient_step}


def pgd(
    network: nn.Module,
    images: Tensor,
    targets: Tensor,
    *,
    epsilon: float,
    objective: str,
    step: str,
    step_size: float,
    steps: int,
    confidence: float | None = None,
) -> OptimizationResult:
    """Increase an objective f from X' = X by X' <- P(X' + step_size epsilon g), g of df / dX'.

    P keeps each pixel valid and within epsilon of X; g is the sign of the gradient or itself.

    Args:
        network: from pixels to logits, in eval mode with frozen parameters.
        images: X, (N, C, H, W), pixels in [0, 1].
        targets: the classes, (N,).
        epsilon: with pixels in [0, 1].
        objective: f, one of `OBJECTIVES`.
        step: what g is, one of `STEPS`.
        step_size: times epsilon.
        steps: the most to take.
        confidence: the probability of the target at which to stop; None to take all steps.
    """
    return _within_ball(
        OBJECTIVES[objective](network, targets),
        images,
        epsilon,
        step=STEPS[step](step_size * epsilon),
        steps=steps,
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
    """Do as `fool` with the sign, for the mean log-probability over random views of X'.

    Args:
        network: from pixels to logits, in eval mode with frozen parameters.
        images: X, (N, C, H, W), pixels in [0, 1].
        targets: the classes, (N,).
        epsilon: with pixels in [0, 1].
        step_size: times epsilon.
        steps: how many.
        samples: views of each image a step.
        view: from images to random views of them, one each, drawn anew at every call.
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


def greatest_violation(originals: Tensor, images: Tensor, epsilon: float) -> float:
    """Find by how much a pixel is invalid or farther than epsilon away at the worst; 0 if none is.

    Args:
        originals: (N, C, H, W), pixels in [0, 1].
        images: made from them, (N, C, H, W).
        epsilon: with pixels in [0, 1].
    """
    made = images.double()
    distances = (made - originals.double()).abs()
    return max(0.0, *(part.max().item() for part in (distances - epsilon, -made, made - 1)))


class Attempt(NamedTuple):
    """A photo and the class that it shall be taken for, as numbers, and which wish they fulfil."""

    wish: int
    photo: int
    target: int


def choose_attempts(
    wanted: Sequence[tuple[str, str]],
    photos: Sequence[str],
    labels: Sequence[int],
    classes: Sequence[str],
    generator: torch.Generator,
) -> list[Attempt]:
    """Choose photos and targets by name, and others where a name is not there.

    In place of a photo comes the first that nobody wants and that is not taken yet; in place of a
    target, and of one that is the photo's own class, a random one of the other classes. Where
    the photos run out, fewer attempts are chosen.

    Args:
        wanted: names of photos and of target classes.
        photos: names of those that there are.
        labels: their true classes.
        classes: names of all classes, at least two.
        generator: of the random targets, on the CPU.
    """
    rows = find_or_replace([name for name, _ in wanted], photos)
    chosen = []
    for wish, ((_, target), row) in enumerate(zip(wanted, rows, strict=True)):
        if row is None:
            continue
        goal = classes.index(target) if target in classes else labels[row]
        if goal == labels[row]:
            others = [other for other in range(len(classes)) if other != labels[row]]
            goal = others[int(torch.randint(len(others), (), generator=generator))]
        chosen.append(Attempt(wish, row, goal))
    return chosen


def random_attempts(
    labels: Tensor, classes: int, number: int, generator: torch.Generator
) -> tuple[Tensor, Tensor]:
    """Choose different pairs of an image and a wrong class at random: all equally likely.

    Args:
        labels: true classes of the images, (N,).
        classes: how many there are.
        number: of pairs; all N (classes - 1) of them where there are no more.
        generator: of the choice, on the CPU.

    Returns:
        Rows of the images and target classes, each (number,).
    """
    wrong = classes - 1
    chosen = torch.randperm(len(labels) * wrong, generator=generator)[:number].to(labels.device)
    rows, targets = chosen // wrong, chosen % wrong
    return rows, targets + (targets >= labels[rows])


def recognition(
    probabilities: Tensor, classes: Tensor, before: Tensor, labels: Tensor
) -> dict[str, float | None]:
    """Measure what a manipulation leaves of what N pictures were taken for.

    Args:
        probabilities: of all classes at the manipulated pictures, (N, K).
        classes: those in question, (N,): the targets, or the true ones of originals.
        before: as `probabilities`, of the pictures as they were.
        labels: the true classes, (N,).

    Returns:
        Mean and least probability of the class in question; the `share` of the pictures that are
        seen as it; the `destruction_rate`, which is the share that no longer is, among those that
        were before (None where none was); the share whose true class is seen.
    """
    own = probabilities.gather(1, classes[:, None])[:, 0]
    seen = probabilities.argmax(1)
    was_seen = before.argmax(1) == classes
    return {
        "mean_probability": mean(own),
        "least_probability": own.min().item(),
        "share": mean(seen == classes),
        "destruction_rate": mean((seen != classes)[was_seen]),
        "true_share": mean(seen == labels),
    }

"""Images made for a class: from noise, freely or towards the look of a given image (EE6132, 3)."""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from foolproof.optimize.constraints import box
from foolproof.optimize.loop import OptimizationResult, optimize_input
from foolproof.optimize.objectives import class_logit, with_mse_penalty
from foolproof.optimize.steps import gradient_step


def gaussian_start(count: int, *, mean: float, std: float, generator: torch.Generator) -> Tensor:
    """Draw MNIST-sized noise images (count, 1, 28, 28) with pixels in [0, 1].

    Args:
        count: how many.
        mean: in grey levels from 0 to 255.
        std: likewise.
        generator: of the draws.
    """
    levels = mean + std * torch.randn(count, 1, 28, 28, generator=generator)
    return levels.div(255).clamp(0, 1)


def nontargeted(
    network: nn.Module, start: Tensor, targets: Tensor, *, steps: int, step_size: float
) -> OptimizationResult:
    """Increase the target's logit: X <- X + step_size d logits[target] / dX, in valid pixels.

    Args:
        network: from pixels to logits, in eval mode with frozen parameters.
        start: where to begin, (N, C, H, W), pixels in [0, 1].
        targets: the classes, (N,).
        steps: how many.
        step_size: with pixels in [0, 1].
    """
    return optimize_input(
        start,
        class_logit(network, targets),
        steps=steps,
        step=gradient_step(step_size),
        project=box(),
    )


def targeted(
    network: nn.Module,
    start: Tensor,
    targets: Tensor,
    look_alikes: Tensor,
    *,
    beta: Tensor,
    steps: int,
    step_size: float,
) -> OptimizationResult:
    """Increase logits[target] - beta MSE(X, look-alike), in valid pixels.

    Args:
        network: from pixels to logits, in eval mode with frozen parameters.
        start: where to begin, (N, C, H, W), pixels in [0, 1].
        targets: the classes, (N,).
        look_alikes: what to look like, (N, C, H, W), pixels in [0, 1].
        beta: weight of the distance, (N,), in logits per mean squared pixel.
        steps: how many.
        step_size: with pixels in [0, 1].
    """
    return optimize_input(
        start,
        with_mse_penalty(class_logit(network, targets), look_alikes, beta),
        steps=steps,
        step=gradient_step(step_size),
        project=box(),
    )


@dataclass(frozen=True, eq=False)
class Tuned:
    """The outcome of N targeted problems, each with a beta of its own."""

    images: Tensor
    """(N, C, H, W), pixels in [0, 1]."""

    probabilities: Tensor
    """Of all classes, (N, classes)."""

    distances: Tensor
    """Mean squared pixel difference to the look-alike, (N,)."""

    solved_at: Tensor
    """Position of the problem's beta in the list; where none sufficed, its length. (N,) int64."""


def targeted_with_tuned_beta(
    network: nn.Module,
    start: Tensor,
    targets: Tensor,
    look_alikes: Tensor,
    *,
    betas: Sequence[float],
    confidence: float,
    steps: int,
    step_size: float,
) -> Tuned:
    """Give each problem the first beta at which the target has the wanted probability.

    With betas from large to small that is the image nearest to its look-alike. Only the problems
    that are not solved yet are tried again; what no beta solves keeps the result of the last.

    Args:
        network: from pixels to logits, in eval mode with frozen parameters.
        start: where to begin, (N, C, H, W), pixels in [0, 1].
        targets: the classes, (N,).
        look_alikes: what to look like, (N, C, H, W), pixels in [0, 1].
        betas: to try in this order, at least one, in logits per mean squared pixel.
        confidence: the probability of the target to reach.
        steps: how many for each beta.
        step_size: with pixels in [0, 1].
    """
    images = start.clone()
    probabilities: Tensor | None = None
    solved_at = torch.full_like(targets, len(betas))
    rows = torch.arange(len(targets), device=targets.device)
    for position, beta in enumerate(betas):
        trace = targeted(
            network,
            start[rows],
            targets[rows],
            look_alikes[rows],
            beta=torch.full_like(start[rows, 0, 0, 0], beta),
            steps=steps,
            step_size=step_size,
        )
        found = trace.logits.softmax(1)
        if probabilities is None:
            probabilities = torch.empty_like(found)
        images[rows], probabilities[rows] = trace.inputs, found
        solved = found.gather(1, targets[rows, None])[:, 0] >= confidence
        solved_at[rows[solved]] = position
        rows = rows[~solved]
        if not len(rows):
            break
    assert probabilities is not None
    distances = (images - look_alikes).square().flatten(1).mean(1)
    return Tuned(images, probabilities, distances, solved_at)

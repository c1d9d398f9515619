"""Targeted additive perturbations of images, and their transfer to other images (EE6132, 3)."""

import torch
from torch import Tensor, nn

from foolproof.networks.inference import predict_logits
from foolproof.optimize.criteria import confident_in
from foolproof.optimize.loop import OptimizationResult, optimize_input
from foolproof.optimize.objectives import class_logit, on_perturbation
from foolproof.optimize.steps import gradient_step


def additive_noise(
    network: nn.Module,
    images: Tensor,
    targets: Tensor,
    *,
    confidence: float,
    steps: int,
    step_size: float,
) -> OptimizationResult:
    """Maximize logits[target] of X + N by N <- N + step_size d logits[target] / dN, from N = 0.

    X + N is clipped to valid pixels. The steps end as soon as the target has the required
    probability, which keeps N small.

    Args:
        network: from pixels to logits, in eval mode with frozen parameters.
        images: X, (N, C, H, W), pixels in [0, 1].
        targets: target classes, (N,).
        confidence: required probability, in [0, 1).
        steps: max number of steps.
        step_size: with pixels in [0, 1].

    Returns:
        The result, whose inputs are the perturbations, (N, C, H, W), in [-1, 1].
    """
    return optimize_input(
        images.new_zeros(images.shape),
        on_perturbation(class_logit(network, targets), images),
        steps=steps,
        step=gradient_step(step_size),
        project=lambda noise, rows: (images[rows] + noise).clamp(0, 1) - images[rows],
        stop=confident_in(targets, confidence),
    )


def add_to_each(noise: Tensor, images: Tensor) -> Tensor:
    """Add each of N perturbations to each of M images, (N, M, C, H, W), clipped to [0, 1]."""
    return (images + noise[:, None]).clamp(0, 1)


def predict_grid(network: nn.Module, images: Tensor) -> Tensor:
    """Predict probabilities (N, M, classes) of images (N, M, C, H, W)."""
    logits = predict_logits(network, images.flatten(0, 1))
    return logits.softmax(1).view(*images.shape[:2], -1)


def shuffle_pixels(noise: Tensor, generator: torch.Generator) -> Tensor:
    """Shuffle the pixels of each perturbation (N, C, H, W), which keeps its norms.

    Args:
        noise: the perturbations.
        generator: of the permutations, on the CPU.
    """
    pixels = noise.flatten(1)
    order = torch.stack([torch.randperm(pixels.shape[1], generator=generator) for _ in pixels])
    return pixels.gather(1, order.to(noise.device)).view_as(noise)


def summarize(
    result: OptimizationResult,
    targets: Tensor,
    labels: Tensor,
    probabilities: Tensor,
    control: Tensor,
) -> dict[str, float | int]:
    """Summarize the attack, and the transfer of its perturbations to other images.

    Args:
        result: of the attack.
        targets: of the perturbations, (N,).
        labels: true classes of the other images, (M,).
        probabilities: of these with each perturbation added, (N, M, classes).
        control: the same with shuffled perturbations.
    """
    predicted = probabilities.argmax(2)
    other = labels != targets[:, None]
    transferred = (predicted == targets[:, None]) & other
    flat = result.inputs.flatten(1)
    return {
        "success_rate": result.success.double().mean().item(),
        "min_confidence": result.logits.softmax(1).gather(1, targets[:, None]).min().item(),
        "transfer_rate": transferred[other].double().mean().item(),
        "error_rate": (predicted != labels).double().mean().item(),
        "error_rate_shuffled_noise": (control.argmax(2) != labels).double().mean().item(),
        "mean_l2": flat.norm(dim=1).double().mean().item(),
        "mean_linf": flat.abs().amax(1).double().mean().item(),
        "median_steps": result.steps.double().median().item(),
        "max_steps": int(result.steps.max()),
    }

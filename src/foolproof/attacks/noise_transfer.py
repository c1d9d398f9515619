"""Transfer of additive perturbations to other images (EE6132, 3)."""

import torch
from torch import Tensor, nn

from foolproof.networks.inference import predict_logits
from foolproof.optimize.loop import OptimizationResult


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

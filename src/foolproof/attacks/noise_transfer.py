"""Norms of additive perturbations, and their transfer to other images (EE6132, 3)."""

from typing import Any

import torch
from torch import Tensor, nn

from foolproof.attacks.result import AttackResult
from foolproof.compute.clusters import difference_of, mean_of, rate_of
from foolproof.compute.intervals import mean_with_interval, rate_with_interval, ratio_with_interval
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


def visible_norms(noise: Tensor, images: Tensor) -> dict[str, Tensor]:
    """Compute `l2` and `linf` of what perturbations change after the clip, (N,) float64 each."""
    change = ((images + noise).clamp(0, 1) - images).flatten(1).double()
    return {"l2": change.norm(dim=1), "linf": change.abs().amax(1)}


def summarize(result: OptimizationResult, images: Tensor, targets: Tensor) -> dict[str, Any]:
    """Summarize success and steps, and the norms of the visible change, over N images.

    Args:
        result: of the attack, whose inputs are the perturbations.
        images: the attacked images, (N, C, H, W), pixels in [0, 1].
        targets: target classes, (N,).
    """
    norms = visible_norms(result.inputs, images)
    return {
        "success_rate": rate_with_interval(int(result.success.sum()), len(targets)),
        "min_confidence": result.logits.softmax(1).gather(1, targets[:, None]).min().item(),
        **{name: mean_with_interval(values.tolist()) for name, values in norms.items()},
        "median_steps": result.steps.double().median().item(),
        "max_steps": int(result.steps.max()),
    }


def compare_with_minimal(
    result: OptimizationResult, images: Tensor, minimal: AttackResult
) -> dict[str, Any]:
    """Compare the visible change with the minimal perturbation of the same images and targets.

    Args:
        result: of the attack, whose inputs are the perturbations.
        images: the attacked images, (N, C, H, W), pixels in [0, 1].
        minimal: of the minimal attack, with the same criterion.

    Returns:
        Success and mean norms of the minimal attack, and as `l2_ratio` and `linf_ratio` the
        geometric means of the paired ratios, additive to minimal, where both are successful; None
        without such a pair.
    """
    both = result.success & minimal.success & (minimal.l2 > 0)
    found: dict[str, Any] = {
        "success_rate": rate_with_interval(int(minimal.success.sum()), len(images))
    }
    for name, of_additive in visible_norms(result.inputs, images).items():
        of_minimal = getattr(minimal, name)
        found[name] = mean_of(of_minimal[minimal.success])
        pairs = (of_additive[both].tolist(), of_minimal[both].tolist())
        found[f"{name}_ratio"] = ratio_with_interval(*pairs) if pairs[0] else None
    return found


def summarize_transfer(
    targets: Tensor, labels: Tensor, predicted: Tensor, control: Tensor
) -> dict[str, Any]:
    """Summarize the transfer of N perturbations to M other images, own classes left out.

    Sums with one perturbation depend on each other: intervals are over the perturbations.

    Args:
        targets: of the perturbations, (N,).
        labels: true classes of the other images, (M,).
        predicted: classes of these with each perturbation added, (N, M).
        control: the same with shuffled perturbations.
    """
    other = labels != targets[:, None]
    noises = torch.arange(len(targets), device=targets.device)[:, None].expand_as(other)[other]
    errors, shuffled = ((each != labels)[other] for each in (predicted, control))
    hits, shuffled_hits = ((each == targets[:, None])[other] for each in (predicted, control))
    return {
        "transfer_rate": rate_of(hits, noises),
        "transfer_rate_shuffled_noise": rate_of(shuffled_hits, noises),
        "error_rate": rate_of(errors, noises),
        "error_rate_shuffled_noise": rate_of(shuffled, noises),
        "excess_transfer": difference_of(hits, shuffled_hits, noises),
        "excess_error": difference_of(errors, shuffled, noises),
    }

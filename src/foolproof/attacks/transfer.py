"""Transfer of adversarial examples between networks."""

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor, nn

from foolproof.attacks.attacked_images import AttackedImages
from foolproof.attacks.perturbation import perturbation_norms, shuffle_perturbation
from foolproof.compute.means import mean_or_none
from foolproof.networks.inference import predict_logits


def transfer(
    networks: Mapping[str, nn.Module], result: AttackedImages, generator: torch.Generator
) -> dict[str, Any]:
    """Evaluate networks on adversarial images, with shuffled perturbations as a control.

    Args:
        networks: by name, from pixels to logits, in eval mode.
        result: the one-sided adversarial images.
        generator: of the control, on the CPU.
    """
    perturbation = result.images - result.originals
    control = result.originals + shuffle_perturbation(result.originals, perturbation, generator)
    return {
        "images": len(result.labels),
        "mean_l1": mean_or_none(perturbation_norms(perturbation).l1),
        "shuffled_mean_l1": mean_or_none(perturbation_norms(control - result.originals).l1),
        "networks": {
            name: evaluate_transfer(network, result, control) for name, network in networks.items()
        },
    }


def evaluate_transfer(
    network: nn.Module, result: AttackedImages, control: Tensor
) -> dict[str, float | None]:
    """Evaluate a network on adversarial images, on their originals and on a control.

    Args:
        network: from pixels to logits, in eval mode.
        result: the adversarial images.
        control: the originals with shuffled perturbations, (N, C, H, W).
    """
    probabilities = predict_logits(network, result.images).softmax(1)
    predicted = probabilities.argmax(1)
    return {
        "error_rate": mean_or_none(predicted != result.labels),
        "same_class_rate": mean_or_none(predicted == result.targets),
        "mean_confidence": mean_or_none(probabilities.amax(1)),
        "clean_error_rate": error_rate(network, result.originals, result.labels),
        "shuffled_error_rate": error_rate(network, control, result.labels),
    }


def error_rate(network: nn.Module, images: Tensor, labels: Tensor) -> float | None:
    """Compute the share of images (N, C, H, W) that a network misclassifies; None for N = 0."""
    return mean_or_none(predict_logits(network, images).argmax(1) != labels)

"""What networks make of the adversarial images that another network led to."""

from collections.abc import Mapping, Sequence
from typing import Any

import torch
from torch import Tensor, nn

from foolproof.attacks.one_sided import after_steps, at_confidences
from foolproof.attacks.perturbation import amount_of_ink, shuffle_ink
from foolproof.attacks.result import AttackResult, evaluate, mean
from foolproof.networks.inference import predict_logits


def transfer(
    networks: Mapping[str, nn.Module], fooled: AttackResult, generator: torch.Generator
) -> dict[str, Any]:
    """Show successful adversarial images to networks, and as a control random ink of the same L1.

    Args:
        networks: by name, from pixels to logits, in eval mode.
        fooled: the adversarial images.
        generator: of the random ink, on the CPU.
    """
    ink = fooled.images - fooled.originals
    control = fooled.originals + shuffle_ink(fooled.originals, ink, generator)
    random_l1 = amount_of_ink(control - fooled.originals).l1
    return {
        "images": len(fooled.labels),
        "mean_l1": mean(amount_of_ink(ink).l1),
        "random_ink_mean_l1": mean(random_l1),
        "networks": {
            name: received(network, fooled, control) for name, network in networks.items()
        },
    }


def received(network: nn.Module, fooled: AttackResult, control: Tensor) -> dict[str, float | None]:
    """Measure what a network makes of adversarial images, of their originals and of a control.

    Args:
        network: from pixels to logits, in eval mode.
        fooled: the adversarial images.
        control: the originals with as much ink, but not where the attack put it, (N, C, H, W).
    """
    probabilities = predict_logits(network, fooled.images).softmax(1)
    seen = probabilities.argmax(1)
    return {
        "error_rate": mean(seen != fooled.labels),
        "same_class_rate": mean(seen == fooled.goals),
        "mean_confidence": mean(probabilities.amax(1)),
        "clean_error_rate": error_rate(network, fooled.originals, fooled.labels),
        "random_ink_error_rate": error_rate(network, control, fooled.labels),
    }


def error_rate(network: nn.Module, images: Tensor, labels: Tensor) -> float | None:
    """Compute the share of images (N, C, H, W) that a network does not take for their class."""
    return mean(predict_logits(network, images).argmax(1) != labels)


def by_confidence(
    networks: Mapping[str, nn.Module],
    attacked: nn.Module,
    originals: Tensor,
    labels: Tensor,
    generator: torch.Generator,
    confidences: Sequence[float],
    *,
    steps: int,
    step_size: float,
) -> list[dict[str, Any]]:
    """Measure the transfer of attacks that stop at one confidence or another.

    At each, those images count that reached it.

    Args:
        networks: that are shown the images.
        attacked: the network that they are made for.
        originals: (N, C, H, W), pixels in [0, 1].
        labels: their true classes, (N,).
        generator: of the random ink, on the CPU.
        confidences: in any wrong class.
        steps: the most to take from one confidence to the next.
        step_size: of the attack.
    """
    points = []
    for confidence, trace in at_confidences(
        attacked, originals, labels, confidences, steps=steps, step_size=step_size
    ):
        fooled = evaluate(attacked, trace, originals, labels).take(trace.success)
        points.append({"confidence": confidence, **transfer(networks, fooled, generator)})
    return points


def by_steps(
    networks: Mapping[str, nn.Module],
    attacked: nn.Module,
    originals: Tensor,
    labels: Tensor,
    generator: torch.Generator,
    counts: Sequence[int],
    *,
    step_size: float,
) -> list[dict[str, Any]]:
    """Measure the transfer of attacks that take a number of steps, whatever they reach.

    Args:
        networks: as for `by_confidence`, like all that follow.
        attacked: the network that the images are made for.
        originals: to begin from.
        labels: their true classes.
        generator: of the random ink.
        counts: of steps.
        step_size: of the attack.
    """
    points = []
    for count, trace in after_steps(attacked, originals, labels, counts, step_size=step_size):
        made = evaluate(attacked, trace, originals, labels)
        points.append({"steps": count, **transfer(networks, made, generator)})
    return points

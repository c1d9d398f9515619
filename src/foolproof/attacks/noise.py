"""Noise that, added to an image, makes the network see another class (EE6132, 3)."""

from torch import Tensor, nn

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
    """Increase logits[target] of X + N by N <- N + step_size d logits[target] / dN, from N = 0.

    It stops as soon as the target has the wanted probability, which keeps N small, and keeps
    X + N a valid image.

    Args:
        network: from pixels to logits, in eval mode with frozen parameters.
        images: X, (N, C, H, W), pixels in [0, 1].
        targets: the classes, (N,).
        confidence: the probability to reach, in [0, 1).
        steps: the most to take.
        step_size: with pixels in [0, 1].

    Returns:
        A trace whose inputs are the noises, (N, C, H, W), in [-1, 1].
    """
    return optimize_input(
        images.new_zeros(images.shape),
        on_perturbation(class_logit(network, targets), images),
        steps=steps,
        step=gradient_step(step_size),
        project=lambda noise, rows: (images[rows] + noise).clamp(0, 1) - images[rows],
        stop=confident_in(targets, confidence),
    )

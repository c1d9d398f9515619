"""One neuron with input 1: its losses, their gradients, and gradient descent on them (CIS680, 1).

Everything depends on weight w and bias b through their sum s = w * 1 + b alone. Surfaces have
shape (points, points), rows for biases and columns for weights, and are float64.
"""

from collections.abc import Callable
from math import log, sqrt
from typing import TypedDict

import torch
from torch import Tensor
from torch.nn.functional import binary_cross_entropy_with_logits

TARGET = 0.5
"""y, what the output ought to be."""

Loss = Callable[[Tensor], Tensor]
"""From sums s = w + b to losses, element by element."""


def l2_loss(sums: Tensor) -> Tensor:
    """Compute (sigmoid(s) - y)^2."""
    return (sums.sigmoid() - TARGET).square()


def cross_entropy(sums: Tensor) -> Tensor:
    """Compute -y ln p - (1 - y) ln(1 - p) with p = sigmoid(s), without ever rounding p to 0 or 1.

    It is computed as max(s, 0) - s y + ln(1 + exp(-|s|)), which is finite for every finite s.
    """
    target = torch.full_like(sums, TARGET)
    return binary_cross_entropy_with_logits(sums, target, reduction="none")


def relu_l2_loss(sums: Tensor) -> Tensor:
    """Compute (max(s, 0) - y)^2."""
    return (sums.relu() - TARGET).square()


LOSSES: dict[str, Loss] = {"l2": l2_loss, "cross_entropy": cross_entropy}
"""The losses of the sigmoid neuron."""


def weight_gradient(loss: Loss, weight: Tensor, bias: Tensor) -> Tensor:
    """Compute d loss / dw for all weights and biases, two tensors of one shape, at once."""
    weight = weight.detach().requires_grad_()
    (gradient,) = torch.autograd.grad(loss(weight + bias).sum(), weight)
    return gradient


def parameter_grid(extent: float, points: int) -> tuple[Tensor, Tensor]:
    """Make weights and biases from -extent to extent, each (points, points)."""
    axis = torch.linspace(-extent, extent, points, dtype=torch.float64)
    weight, bias = torch.meshgrid(axis, axis, indexing="xy")
    return weight, bias


def steepest_l2() -> float:
    """Give the |s| where the L2 loss has its greatest gradient, ln(2 + sqrt 3) = 1.317.

    With t = tanh(s / 2) = 2 p - 1 the gradient is 2 (p - 1/2) p (1 - p) = t (1 - t^2) / 4, which
    is greatest at t = 1 / sqrt 3. There it is 1 / (6 sqrt 3) = 0.0962.
    """
    return log(2 + sqrt(3))


class Vanishing(TypedDict):
    """Where a gradient is small on a grid."""

    share_below_threshold: float
    """Of the grid points."""

    least_off_minimum: float
    """The least absolute value away from the line w + b = 0, where the loss is least."""

    least_at_sum: float
    """|w + b| of that point."""


def vanishing(gradient: Tensor, sums: Tensor, threshold: float) -> Vanishing:
    """Find where a gradient on a grid is small, beside the minimum of the loss.

    Args:
        gradient: d loss / dw, (points, points).
        sums: w + b, same shape.
        threshold: below which an absolute value counts as small.
    """
    size = gradient.abs()
    spacing = sums[0, 1] - sums[0, 0]
    off_minimum = sums.abs() > spacing / 2
    least, index = size[off_minimum].min(0)
    return Vanishing(
        share_below_threshold=(size < threshold).double().mean().item(),
        least_off_minimum=least.item(),
        least_at_sum=sums[off_minimum][index].abs().item(),
    )


class Greatest(TypedDict):
    """Where the L2 loss is steepest: by the closed form, and as found on a grid."""

    at_sum: float
    gradient: float
    at_sum_on_grid: float
    gradient_on_grid: float


def greatest_l2_gradient(gradient: Tensor, sums: Tensor) -> Greatest:
    """Find the greatest |d L2 / dw|, in closed form and on a grid.

    Args:
        gradient: of the L2 loss, (points, points).
        sums: w + b, same shape.
    """
    greatest, index = gradient.abs().flatten().max(0)
    return Greatest(
        at_sum=steepest_l2(),
        gradient=1 / (6 * sqrt(3)),
        at_sum_on_grid=sums.flatten()[index].abs().item(),
        gradient_on_grid=greatest.item(),
    )


class Comparison(TypedDict):
    """The sizes of both gradients at one w + b, and the second over the first."""

    l2: float
    cross_entropy: float
    ratio: float | None


def compare_gradients(at_sum: float) -> Comparison:
    """Compare |d loss / dw| of both losses at s = w + b.

    The ratio is 1 / (2 p (1 - p)) = 1 + cosh s: 2 near the minimum, e^|s| / 2 far from it, where
    the cross-entropy's gradient tends to 1/2 and that of the L2 loss to e^-|s|. It is None where
    the latter is zero.
    """
    weight, bias = torch.tensor([at_sum], dtype=torch.float64), torch.zeros(1, dtype=torch.float64)
    l2, entropy = (
        weight_gradient(LOSSES[name], weight, bias).abs().item() for name in ("l2", "cross_entropy")
    )
    return Comparison(l2=l2, cross_entropy=entropy, ratio=entropy / l2 if l2 else None)


def descend(
    loss: Loss, starts: Tensor, *, learning_rate: float, tolerance: float, max_steps: int
) -> Tensor:
    """Descend from every start by (w, b) <- (w, b) - learning_rate d loss / d(w, b).

    Args:
        loss: of the sigmoid neuron.
        starts: weights and biases, (starts, 2).
        learning_rate: of the plain gradient.
        tolerance: the error to come below; when all starts have, the descent is over.
        max_steps: after which it is over at the latest.

    Returns:
        The errors |sigmoid(w + b) - y| before each step and at the end, (steps + 1, starts).
    """
    parameters = starts.detach()
    errors = []
    for _ in range(max_steps + 1):
        parameters.requires_grad_()
        sums = parameters.sum(1)
        errors.append((sums.detach().sigmoid() - TARGET).abs())
        if (errors[-1] < tolerance).all():
            break
        (gradient,) = torch.autograd.grad(loss(sums).sum(), parameters)
        parameters = parameters.detach() - learning_rate * gradient
    return torch.stack(errors)


def steps_to_converge(errors: Tensor, tolerance: float) -> list[int | None]:
    """Count the steps until each error is below the tolerance, None where it never is.

    Args:
        errors: (steps + 1, starts), as `descend` gives them.
        tolerance: the error to come below.
    """
    below = errors < tolerance
    first = below.int().argmax(0)
    return [
        int(step) if reached else None for step, reached in zip(first, below.any(0), strict=True)
    ]


class StepsComparison(TypedDict):
    """The steps of both descents from one start, None where they were not enough."""

    l2: int | None
    cross_entropy: int | None
    ratio: float | None
    """Of the first to the second; None where either is missing or there was nothing to do."""

    l2_converged: bool
    cross_entropy_converged: bool


def compare_steps(l2: int | None, cross_entropy: int | None) -> StepsComparison:
    """Compare the steps that the two losses need from one start."""
    return StepsComparison(
        l2=l2,
        cross_entropy=cross_entropy,
        ratio=l2 / cross_entropy if l2 and cross_entropy else None,
        l2_converged=l2 is not None,
        cross_entropy_converged=cross_entropy is not None,
    )

"""Losses of one neuron with input 1, their gradients, and gradient descent on them (CIS680, 1).

All depends on weight w and bias b through the pre-activation s = w * 1 + b alone, so that
dL/dw = dL/db = dL/ds. Surfaces are float64 of shape (points, points), a row for each bias.
"""

from collections.abc import Callable, Iterable
from math import inf, log, sqrt
from typing import TypedDict

import torch
from torch import Tensor
from torch.nn.functional import binary_cross_entropy_with_logits

TARGET = 0.5
"""y, the desired output."""

MAX_L2_GRADIENT_AT = log(2 + sqrt(3))
"""The |s| of the maximum of |dL2/dw|, 1.317.

With t = tanh(s / 2) = 2 p - 1 the gradient is 2 (p - 1/2) p (1 - p) = t (1 - t^2) / 4, which has
its maximum at t = 1 / sqrt 3.
"""

MAX_L2_GRADIENT = 1 / (6 * sqrt(3))
"""The maximum, 0.0962."""

Loss = Callable[[Tensor], Tensor]
"""From pre-activations s to losses, elementwise."""


def l2_loss(sums: Tensor) -> Tensor:
    """Compute (sigmoid(s) - y)^2."""
    return (sums.sigmoid() - TARGET).square()


def cross_entropy(sums: Tensor) -> Tensor:
    """Compute -y ln p - (1 - y) ln(1 - p) with p = sigmoid(s).

    It is evaluated as max(s, 0) - s y + ln(1 + exp(-|s|)), which is finite for every finite s.
    """
    target = torch.full_like(sums, TARGET)
    return binary_cross_entropy_with_logits(sums, target, reduction="none")


def relu_l2_loss(sums: Tensor) -> Tensor:
    """Compute (max(s, 0) - y)^2."""
    return (sums.relu() - TARGET).square()


LOSSES: dict[str, Loss] = {"l2": l2_loss, "cross_entropy": cross_entropy}
"""The losses of the sigmoid neuron."""


def weight_gradient(loss: Loss, sums: Tensor) -> Tensor:
    """Compute dL/dw, elementwise, by automatic differentiation; it equals dL/ds."""
    sums = sums.detach().requires_grad_()
    (gradient,) = torch.autograd.grad(loss(sums).sum(), sums)
    return gradient


def parameter_grid(extent: float, points: int) -> tuple[Tensor, Tensor]:
    """Make weights and biases from -extent to extent, each (points, points)."""
    axis = torch.linspace(-extent, extent, points, dtype=torch.float64)
    weight, bias = torch.meshgrid(axis, axis, indexing="xy")
    return weight, bias


def sigmoid_surfaces(sums: Tensor) -> dict[str, Tensor]:
    """Compute `output`, and each of LOSSES with its gradient, `l2` and `l2_gradient`, at s."""
    surfaces = {"output": sums.sigmoid()}
    for name, loss in LOSSES.items():
        surfaces |= {name: loss(sums), f"{name}_gradient": weight_gradient(loss, sums)}
    return surfaces


def relu_surfaces(sums: Tensor) -> dict[str, Tensor]:
    """Compute `output`, `l2` and `l2_gradient` of the neuron with a ReLU at s."""
    gradient = weight_gradient(relu_l2_loss, sums)
    return {"output": sums.relu(), "l2": relu_l2_loss(sums), "l2_gradient": gradient}


class Vanishing(TypedDict):
    """How much of a grid has a small gradient."""

    share_below_threshold: float
    """Of the grid points."""

    min_off_minimum: float
    """The minimum of |gradient| away from s = 0, the minimum of the loss."""

    min_at_sum: float
    """|s| of that point."""


def vanishing(gradient: Tensor, sums: Tensor, threshold: float) -> Vanishing:
    """Measure where a gradient on a grid is small.

    Args:
        gradient: dL/dw, (points, points).
        sums: s, same shape.
        threshold: absolute values below it count as small.
    """
    size = gradient.abs()
    spacing = sums[0, 1] - sums[0, 0]
    off_minimum = sums.abs() > spacing / 2
    smallest, index = size[off_minimum].min(0)
    return Vanishing(
        share_below_threshold=(size < threshold).double().mean().item(),
        min_off_minimum=smallest.item(),
        min_at_sum=sums[off_minimum][index].abs().item(),
    )


def max_l2_gradient(gradient: Tensor, sums: Tensor) -> dict[str, float]:
    """Give the maximum of |dL2/dw| and its |s|, in closed form and on a grid.

    Args:
        gradient: of the L2 loss, (points, points).
        sums: s, same shape.
    """
    largest, index = gradient.abs().flatten().max(0)
    return {
        "at_sum": MAX_L2_GRADIENT_AT,
        "gradient": MAX_L2_GRADIENT,
        "at_sum_on_grid": sums.flatten()[index].abs().item(),
        "gradient_on_grid": largest.item(),
    }


def compare_gradients(at_sum: float) -> dict[str, float | None]:
    """Give |dL/dw| of both losses at one s, and the `ratio` of the cross-entropy's to the L2's.

    The ratio is 1 / (2 p (1 - p)) = 1 + cosh s: 2 at the minimum, and about e^|s| / 2 for large
    |s|, where the cross-entropy's gradient tends to 1/2 and the L2's to e^-|s|. It is None where
    the latter is zero.
    """
    at = torch.tensor(at_sum, dtype=torch.float64)
    sizes = {name: weight_gradient(loss, at).abs().item() for name, loss in LOSSES.items()}
    return {**sizes, "ratio": sizes["cross_entropy"] / sizes["l2"] if sizes["l2"] else None}


def descend(
    loss: Loss, starts: Tensor, *, learning_rate: float, tolerance: float, max_steps: int
) -> Tensor:
    """Run gradient descent, (w, b) <- (w, b) - learning_rate dL/d(w, b), from every start.

    Args:
        loss: of the sigmoid neuron.
        starts: weights and biases, (starts, 2).
        learning_rate: of the plain gradient.
        tolerance: an error below it is convergence; all starts together end the descent.
        max_steps: of the descent.

    Returns:
        The errors |sigmoid(s) - y| before each step and at the end, (steps + 1, starts).
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
    """Count the steps until each error is below the tolerance; None where it never is.

    Args:
        errors: (steps + 1, starts), as `descend` returns them.
        tolerance: below which an error counts as converged.
    """
    below = errors < tolerance
    first = below.int().argmax(0)
    return [
        int(step) if reached else None for step, reached in zip(first, below.any(0), strict=True)
    ]


class StepsComparison(TypedDict):
    """The steps of both descents from one start; None without convergence."""

    l2: int | None
    cross_entropy: int | None
    ratio: float | None
    """L2 over cross-entropy; None where either did not converge or both took no step."""

    l2_converged: bool
    cross_entropy_converged: bool


def count_faster(comparisons: Iterable[StepsComparison]) -> dict[str, int]:
    """Count the starts from which each loss takes fewer steps; no convergence is the slowest."""
    counts = {"l2": 0, "cross_entropy": 0, "equal": 0}
    for each in comparisons:
        l2 = inf if each["l2"] is None else each["l2"]
        other = inf if each["cross_entropy"] is None else each["cross_entropy"]
        counts["equal" if l2 == other else "l2" if l2 < other else "cross_entropy"] += 1
    return counts


def compare_steps(l2: int | None, cross_entropy: int | None) -> StepsComparison:
    """Compare the steps to convergence of the two losses from one start."""
    return StepsComparison(
        l2=l2,
        cross_entropy=cross_entropy,
        ratio=l2 / cross_entropy if l2 and cross_entropy else None,
        l2_converged=l2 is not None,
        cross_entropy_converged=cross_entropy is not None,
    )

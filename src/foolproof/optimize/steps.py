"""Steps: from a gradient to the change of an input."""

import torch
from torch import Tensor

from foolproof.optimize.loop import Step


def gradient_step(size: float) -> Step:
    """Make the plain rule of gradient ascent: the gradient times `size`."""
    return lambda gradient, _: size * gradient


def sign_step(size: float) -> Step:
    """Make the rule of the fast gradient sign method: `size` times the sign of the gradient."""
    return lambda gradient, _: size * gradient.sign()


def adam_step(
    start: Tensor, size: float, *, betas: tuple[float, float] = (0.9, 0.999), epsilon: float = 1e-8
) -> Step:
    """Make Adam's rule (Kingma and Ba, arXiv 1412.6980, algorithm 1), with the sign for ascent.

    It remembers the gradients of each problem, so it serves one call of `optimize_input` only.

    Args:
        start: the inputs at the beginning, (N, ...).
        size: the learning rate.
        betas: decay of the running means of the gradient and of its square.
        epsilon: added to the root of the latter.
    """
    means, squares = torch.zeros_like(start), torch.zeros_like(start)
    counts = start.new_zeros((len(start), *[1] * (start.dim() - 1)))

    def step(gradient: Tensor, rows: Tensor) -> Tensor:
        counts[rows] += 1
        means[rows] = betas[0] * means[rows] + (1 - betas[0]) * gradient
        squares[rows] = betas[1] * squares[rows] + (1 - betas[1]) * gradient.square()
        mean = means[rows] / (1 - betas[0] ** counts[rows])
        square = squares[rows] / (1 - betas[1] ** counts[rows])
        return size * mean / (square.sqrt() + epsilon)

    return step

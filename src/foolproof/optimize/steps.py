"""Steps: from a gradient to the change of an input."""

import torch
from torch import Tensor

from foolproof.optimize.loop import Step


def gradient_step(size: float) -> Step:
    """Make the step of plain gradient ascent: `size` times the gradient."""
    return lambda gradient, _: size * gradient


def sign_step(size: float) -> Step:
    """Make the step of the fast gradient sign method: `size` times the sign of the gradient."""
    return lambda gradient, _: size * gradient.sign()


def normalized_step(length: float) -> Step:
    """Make the step of L2 norm `length` along the gradient."""
    return lambda gradient, _: length * normalized(gradient)


def normalized(gradient: Tensor) -> Tensor:
    """Scale each gradient (n, C, H, W) to L2 norm 1; zero stays zero."""
    norms = l2_norms(gradient).clamp(min=torch.finfo(gradient.dtype).tiny)
    return gradient / norms[:, None, None, None]


def l2_norms(images: Tensor) -> Tensor:
    """Compute the L2 norms (n,) of images (n, C, H, W)."""
    norms: Tensor = torch.linalg.vector_norm(images, dim=(1, 2, 3))
    return norms


def adam_step(
    start: Tensor, size: float, *, betas: tuple[float, float] = (0.9, 0.999), epsilon: float = 1e-8
) -> Step:
    """Make the step of Adam (Kingma and Ba, arXiv 1412.6980, algorithm 1), for ascent.

    It keeps moments of each example, so it serves one call of `optimize_input` only.

    Args:
        start: initial inputs, (N, ...).
        size: the learning rate.
        betas: decay rates of the first and second moments.
        epsilon: added to the root of the second moment.
    """
    means, squares = torch.zeros_like(start), torch.zeros_like(start)
    counts = start.new_zeros((len(start), *[1] * (start.dim() - 1)))

    def step(gradient: Tensor, indices: Tensor) -> Tensor:
        counts[indices] += 1
        means[indices] = betas[0] * means[indices] + (1 - betas[0]) * gradient
        squares[indices] = betas[1] * squares[indices] + (1 - betas[1]) * gradient.square()
        mean = means[indices] / (1 - betas[0] ** counts[indices])
        square = squares[indices] / (1 - betas[1] ** counts[indices])
        return size * mean / (square.sqrt() + epsilon)

    return step

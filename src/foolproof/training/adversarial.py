"""Adversarial training on the images of a short attack."""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy

from foolproof.compute.machine import Precision


@dataclass(frozen=True, eq=False, kw_only=True)
class PgdAdversary:
    """FGSM or PGD with few steps as a `perturb` hook of `train`.

    With eps(p) at progress p, d uniform in [-eps(p), eps(p)]^n and x the pixels, each step is

        d <- clip(d + step eps(p) sign(dL(clip(x + d)) / dx), -eps(p), eps(p))

    and clip(x + d) is trained on, where L is the cross-entropy and pixels lie in [0, 1]. One step
    is FGSM with a random start (Wong et al., arXiv 2001.03994), several are PGD (Madry et al.,
    arXiv 1706.06083). eps rises linearly from 0, since from new weights a training at the full
    epsilon may not leave chance.

    The gradient is with respect to the pixels alone; those of the weights stay as they are. For
    networks without batch norm, whose running statistics the forward pass would change.
    """

    eps: float
    """Its final value, with pixels in [0, 1]."""

    steps: Sequence[float]
    """Their sizes, in units of eps; after one above 1 most pixels are at the border of the box."""

    ramp: float
    """Fraction of the training in which eps rises, in [0, 1]; 0 for the final value at once."""

    random_start: bool
    """Whether d starts at random; else at 0, which is plain FGSM."""

    precision: Precision
    """Of forward and backward pass, that of the training."""

    generator: torch.Generator
    """Of the starts, on the CPU."""

    def eps_at(self, progress: float) -> float:
        """Compute eps at a progress of the training in [0, 1]."""
        return self.eps * min(1.0, progress / self.ramp) if self.ramp else self.eps

    def __call__(
        self, network: nn.Module, pixels: Tensor, labels: Tensor, progress: float
    ) -> Tensor:
        """Perturb pixels (N, C, H, W) in [0, 1] with labels (N,), see `Perturb`."""
        eps = self.eps_at(progress)
        change = torch.zeros_like(pixels)
        if self.random_start:
            uniform = torch.rand(pixels.shape, generator=self.generator).to(pixels.device)
            change = eps * (2 * uniform - 1)
        for step in self.steps:
            gradient = self._gradient(network, (pixels + change).clamp(0, 1), labels)
            change = (change + step * eps * gradient.sign()).clamp(-eps, eps)
        return (pixels + change).clamp(0, 1).contiguous(memory_format=torch.channels_last)

    def _gradient(self, network: nn.Module, pixels: Tensor, labels: Tensor) -> Tensor:
        """Compute the gradient of the cross-entropy with respect to the pixels."""
        pixels.requires_grad_()
        with torch.autocast(
            pixels.device.type, torch.bfloat16, enabled=self.precision == "bfloat16"
        ):
            output = network(pixels)
        (gradient,) = torch.autograd.grad(cross_entropy(output.float(), labels), pixels)
        return gradient

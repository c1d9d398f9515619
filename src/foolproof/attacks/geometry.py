"""Balls around images in the L-infinity and L2 norm: steps, projections and random starts."""

from collections.abc import Callable, Iterator
from typing import Literal

import torch
from torch import Tensor

from foolproof.classifiers.classifier import Classifier
from foolproof.compute.seeds import new_generator
from foolproof.optimize.constraints import Constraint, L2Ball, LinfBall
from foolproof.optimize.steps import NormalizedStep, SignStep, Step, l2_norms, per_example

Norm = Literal["linf", "l2"]

Draw = Callable[[Tensor, float, torch.Generator], Tensor]
"""Draws perturbations of images (N, ...) in a ball of a radius."""


def step_of(norm: Norm, size: float) -> Step:
    """Make the steepest step of a norm."""
    return SignStep(size) if norm == "linf" else NormalizedStep(size)


def ball_of(norm: Norm, model: Classifier, x: Tensor, eps: float) -> Constraint:
    """Make the ball around each image, within the bounds of the classifier."""
    return (LinfBall if norm == "linf" else L2Ball)(x, eps, *model.bounds)


def random_starts(
    draw: Draw, model: Classifier, x: Tensor, eps: float, seed: int, *, shared: bool = False
) -> Iterator[Tensor]:
    """Draw starts (N, ...) without end, clipped to the bounds.

    They are drawn for all images, on the CPU, so that none depends on which images are left, nor
    on the device. With `shared`, one perturbation is for all images, so that the start of an image
    does not depend on the others either.
    """
    drawn = x[:1] if shared else x
    generator = new_generator(seed)
    while True:
        yield (x + draw(drawn, eps, generator).to(x.device)).clamp(*model.bounds)


def uniform_in_linf_ball(x: Tensor, eps: float, generator: torch.Generator) -> Tensor:
    """Draw perturbations (N, ...) uniformly in the L-infinity ball, as torchattacks does."""
    return torch.empty(x.shape, dtype=x.dtype).uniform_(-eps, eps, generator=generator)


def uniform_in_l2_ball(x: Tensor, eps: float, generator: torch.Generator) -> Tensor:
    """Draw perturbations (N, ...) uniformly in the L2 ball, as foolbox does."""
    # A point on a sphere, without two of its coordinates, is uniform in the ball (Voelker et al.).
    numbers = x[0].numel()
    points = torch.randn(len(x), numbers + 2, dtype=x.dtype, generator=generator)
    directions = points / per_example(l2_norms(points), points)
    return eps * directions[:, :numbers].reshape(x.shape)


def on_linf_sphere(x: Tensor, eps: float, generator: torch.Generator) -> Tensor:
    """Draw uniform perturbations (N, ...) and scale them to the L-infinity norm eps."""
    drawn = 2 * torch.rand(x.shape, dtype=x.dtype, generator=generator) - 1
    return eps * (drawn / per_example(drawn.flatten(1).abs().amax(1), drawn))


def on_l2_sphere(x: Tensor, eps: float, generator: torch.Generator) -> Tensor:
    """Draw perturbations (N, ...) uniformly on the L2 sphere of radius eps."""
    drawn = torch.randn(x.shape, dtype=x.dtype, generator=generator)
    return eps * (drawn / per_example(l2_norms(drawn), drawn))

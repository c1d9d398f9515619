"""Steps: from the gradient at the inputs to the next inputs."""

from abc import abstractmethod
from dataclasses import dataclass
from typing import NamedTuple

import torch
from torch import Tensor

from foolproof.optimize.examples import PerExample

State = tuple[Tensor, ...]
"""What a step keeps for each example: tensors (N, ...); empty for a step without memory."""


class Point(NamedTuple):
    """The inputs of some examples, with what was computed there."""

    inputs: Tensor
    """(n, ...)."""

    value: Tensor
    """Of the objective, to be maximized, (n,)."""

    logits: Tensor
    """(n, classes)."""

    gradient: Tensor
    """Of the objective, same shape as the inputs."""


class Step(PerExample):
    """A rule of an optimization: `init` makes the state, `update` takes a step.

    Both are pure functions, as in optax; the optimization keeps the state and selects the entries
    of the examples that are left.
    """

    def init(self, start: Tensor) -> State:  # noqa: ARG002 (most steps have no state)
        """Make the state of examples that begin at `start` (n, ...); by default none."""
        return ()

    @abstractmethod
    def update(self, point: Point, state: State) -> tuple[Tensor, State]:
        """Compute the next inputs (n, ...), before constraints, and the next state."""


@dataclass(frozen=True, eq=False)
class GradientStep(Step):
    """Plain gradient ascent: x + size * gradient."""

    size: float

    def update(self, point: Point, state: State) -> tuple[Tensor, State]:
        """Take a step, see `Step`."""
        return point.inputs + self.size * point.gradient, state


@dataclass(frozen=True, eq=False)
class SignStep(Step):
    """The step of the fast gradient sign method: x + size * sign(gradient)."""

    size: float

    def update(self, point: Point, state: State) -> tuple[Tensor, State]:
        """Take a step, see `Step`."""
        return point.inputs + self.size * point.gradient.sign(), state


@dataclass(frozen=True, eq=False)
class NormalizedStep(Step):
    """A step of L2 norm `length` along the gradient."""

    length: float

    def update(self, point: Point, state: State) -> tuple[Tensor, State]:
        """Take a step, see `Step`."""
        return point.inputs + self.length * normalized(point.gradient), state


@dataclass(frozen=True, eq=False)
class Adam(Step):
    """Adam (Kingma and Ba, arXiv 1412.6980, algorithm 1), for ascent."""

    size: float
    """The learning rate."""

    betas: tuple[float, float] = (0.9, 0.999)
    """Decay rates of the first and second moments."""

    epsilon: float = 1e-8
    """Added to the root of the second moment."""

    def init(self, start: Tensor) -> State:
        """Make both moments and the count of steps, all zero."""
        return torch.zeros_like(start), torch.zeros_like(start), start.new_zeros(len(start))

    def update(self, point: Point, state: State) -> tuple[Tensor, State]:
        """Take a step, see `Step`."""
        mean, square, count = state
        first, second = self.betas
        count = count + 1
        mean = first * mean + (1 - first) * point.gradient
        square = second * square + (1 - second) * point.gradient.square()
        counts = per_example(count, mean)
        corrected = mean / (1 - first**counts)
        root = (square / (1 - second**counts)).sqrt()
        change = self.size * corrected / (root + self.epsilon)
        return point.inputs + change, (mean, square, count)


def per_example(values: Tensor, inputs: Tensor) -> Tensor:
    """View values (n,) as (n, 1, ...), to be combined with inputs (n, ...)."""
    return values.view(-1, *[1] * (inputs.dim() - 1))


def normalized(gradient: Tensor) -> Tensor:
    """Scale each gradient (n, ...) to L2 norm 1; zero stays zero."""
    tiny = torch.finfo(gradient.dtype).tiny
    norms = l2_norms(gradient)
    # Squares of small numbers round to zero, so that such gradients are scaled to max 1 before.
    small = norms < 1e3 * tiny**0.5
    if small.any():
        largest = gradient.flatten(1).abs().amax(1).clamp(min=tiny)
        scale = per_example(torch.where(small, largest, 1), gradient)
        gradient = gradient / scale
        norms = torch.where(small, l2_norms(gradient), norms)
    return gradient / per_example(norms.clamp(min=tiny), gradient)


def l2_norms(images: Tensor) -> Tensor:
    """Compute the L2 norms (n,) of images (n, ...)."""
    norms: Tensor = torch.linalg.vector_norm(images, dim=tuple(range(1, images.dim())))
    return norms

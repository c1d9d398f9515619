"""Constraints: projections onto the feasible inputs, applied one after the other."""

from abc import abstractmethod
from dataclasses import dataclass

import torch
from torch import Tensor

from foolproof.data.levels import from_8_bit, to_8_bit
from foolproof.optimize.examples import PerExample
from foolproof.optimize.steps import l2_norms, per_example


class Constraint(PerExample):
    """A set of feasible inputs for each example."""

    @abstractmethod
    def __call__(self, inputs: Tensor) -> Tensor:
        """Project inputs (n, ...) onto the set."""


@dataclass(frozen=True, eq=False)
class Box(Constraint):
    """Numbers in [lower, upper], by default the valid pixels."""

    lower: float = 0.0
    upper: float = 1.0

    def __call__(self, inputs: Tensor) -> Tensor:
        """Project, see `Constraint`."""
        return inputs.clamp(self.lower, self.upper)


@dataclass(frozen=True, eq=False)
class Between(Constraint):
    """An interval for each number."""

    lower: Tensor
    """(N, ...)."""

    upper: Tensor
    """(N, ...)."""

    def __call__(self, inputs: Tensor) -> Tensor:
        """Project, see `Constraint`."""
        return inputs.clamp(self.lower, self.upper)


@dataclass(frozen=True, eq=False)
class EightBit(Constraint):
    """The 256 levels of a picture file, from `lower` to `upper`; the nearest of them."""

    lower: float = 0.0
    upper: float = 1.0

    def __call__(self, inputs: Tensor) -> Tensor:
        """Project, see `Constraint`."""
        bounds = (self.lower, self.upper)
        return from_8_bit(to_8_bit(inputs, bounds), bounds).to(inputs)


@dataclass(frozen=True, eq=False)
class LinfBall(Constraint):
    """An L-infinity distance of at most `radius` to the centres, within [lower, upper].

    The difference to the centres is clipped and added again, as foolbox and torchattacks do, so
    that results are equal to the bit; rounding of the sum to float32 adds at most 3e-8.
    """

    centres: Tensor
    """(N, ...)."""

    radius: float

    lower: float = 0.0
    upper: float = 1.0

    def __call__(self, inputs: Tensor) -> Tensor:
        """Project, see `Constraint`."""
        change = (inputs - self.centres).clamp(-self.radius, self.radius)
        return (self.centres + change).clamp(self.lower, self.upper)


@dataclass(frozen=True, eq=False)
class L2Ball(Constraint):
    """An L2 distance of at most `radius` to the centres, then within [lower, upper].

    Clipping does not leave the ball, since the centres are in the box.
    """

    centres: Tensor
    """(N, ...)."""

    radius: float

    lower: float = 0.0
    upper: float = 1.0

    def __call__(self, inputs: Tensor) -> Tensor:
        """Project, see `Constraint`."""
        change = inputs - self.centres
        norms = l2_norms(change).clamp(min=torch.finfo(change.dtype).tiny)
        scale = per_example((self.radius / norms).clamp(max=1), change)
        return (self.centres + scale * change).clamp(self.lower, self.upper)

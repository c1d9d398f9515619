"""Constraints: projections to the inputs that are allowed."""

from torch import Tensor

from foolproof.optimize.loop import Projection


def box(lower: float = 0.0, upper: float = 1.0) -> Projection:
    """Make the projection to inputs in [lower, upper], by default the valid pixels."""
    return lambda inputs, _: inputs.clamp(lower, upper)


def bounds(lower: Tensor, upper: Tensor) -> Projection:
    """Make the projection to inputs between two bounds of each problem's own, both (N, ...)."""
    return lambda inputs, rows: inputs.clamp(lower[rows], upper[rows])


def linf_ball(centres: Tensor, radius: float) -> Projection:
    """Make the projection to valid pixels that differ from `centres` (N, ...) by at most `radius`.

    It limits the difference and adds it again, as foolbox and torchattacks do, so that results
    can be compared to the bit; the sum is rounded to the nearest float32, by 3e-8 at most.
    """

    def project(inputs: Tensor, rows: Tensor) -> Tensor:
        own = centres[rows]
        return (own + (inputs - own).clamp(-radius, radius)).clamp(0, 1)

    return project

"""Constraints: projections onto the feasible inputs."""

from torch import Tensor

from foolproof.optimize.loop import Projection


def box(lower: float = 0.0, upper: float = 1.0) -> Projection:
    """Make the projection onto [lower, upper], by default the valid pixels."""
    return lambda inputs, _: inputs.clamp(lower, upper)


def bounds(lower: Tensor, upper: Tensor) -> Projection:
    """Make the projection onto the interval of each number, between bounds (N, ...)."""
    return lambda inputs, indices: inputs.clamp(lower[indices], upper[indices])


def linf_ball(centres: Tensor, radius: float) -> Projection:
    """Make the projection onto valid pixels with an L-infinity distance of at most `radius`.

    It clips the difference to `centres` (N, ...) and adds it again, as foolbox and torchattacks
    do, so that results are equal to the bit; rounding of the sum to float32 adds at most 3e-8.
    """

    def project(inputs: Tensor, indices: Tensor) -> Tensor:
        own = centres[indices]
        return (own + (inputs - own).clamp(-radius, radius)).clamp(0, 1)

    return project

"""Properties of the projections onto boxes and balls."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from foolproof.optimize.constraints import Between, Box, Constraint, EightBit, L2Ball, LinfBall


def check_order(constraint: Constraint, inputs: Tensor, projected: Tensor) -> None:
    """Check that each example keeps its own constraint in a batch of another order."""
    reversed_order = torch.arange(len(inputs)).flip(0)
    found = constraint.at(reversed_order)(inputs[reversed_order])
    assert torch.equal(found, projected[reversed_order])


@given(st.lists(st.floats(-5, 5), min_size=1, max_size=9))
def test_box_is_idempotent(values: list[float]) -> None:
    once = Box()(torch.tensor([values]))
    assert torch.equal(Box()(once), once)
    assert once.min() >= 0
    assert once.max() <= 1


BOUNDED = st.lists(
    st.tuples(*[st.floats(-5, 5, width=32)] * 3).map(lambda v: (v[0], *sorted(v[1:]))),
    min_size=1,
    max_size=9,
)


@given(BOUNDED)
def test_between_gives_the_nearest_feasible_point(
    examples: list[tuple[float, float, float]],
) -> None:
    inputs, lower, upper = torch.tensor(examples)[:, :, None].unbind(1)
    project = Between(lower, upper)
    once = project(inputs)
    assert (once >= lower).all()
    assert (once <= upper).all()
    assert torch.equal(project(once), once)
    allowed = (lower <= inputs) & (inputs <= upper)
    assert torch.equal(once[allowed], inputs[allowed])
    nearest = torch.minimum((inputs - lower).abs(), (inputs - upper).abs())
    assert torch.equal((once - inputs).abs()[~allowed], nearest[~allowed])
    check_order(project, inputs, once)


BALLS = st.lists(
    st.tuples(st.floats(0, 1, width=32), st.floats(-3, 3, width=32)), min_size=1, max_size=9
)


@pytest.mark.parametrize(("lower", "upper"), [(0, 1), (-1, 1), (0, 255)])
@given(examples=BALLS, share=st.floats(1e-3, 0.7))
def test_linf_ball_gives_the_nearest_feasible_pixel(
    lower: float, upper: float, examples: list[tuple[float, float]], share: float
) -> None:
    """Centres, inputs and radius are those of pixels in [0, 1], scaled to the bounds."""
    pixels = torch.tensor(examples, dtype=torch.float64)[:, :, None]
    centres, inputs = (lower + (upper - lower) * pixels).unbind(1)
    width = upper - lower
    radius = share * width
    project = LinfBall(centres, radius, lower, upper)
    once = project(inputs)
    nearest = inputs.clamp((centres - radius).clamp(min=lower), (centres + radius).clamp(max=upper))
    torch.testing.assert_close(once, nearest, rtol=0, atol=1e-12 * width)
    torch.testing.assert_close(project(once), once, rtol=0, atol=1e-12 * width)
    check_order(project, inputs, once)
    single = LinfBall(centres.float(), radius, lower, upper)(inputs.float())
    assert single.min() >= lower
    assert single.max() <= upper
    assert (single - centres.float()).abs().max() <= radius + 1e-7 * width


def in_ball(count: int, centre: Tensor, radius: float) -> Tensor:
    """Draw points of a ball, half of them on its sphere."""
    generator = torch.Generator().manual_seed(0)
    directions = torch.randn(count, centre.numel(), generator=generator, dtype=torch.float64)
    lengths = torch.rand(count, 1, generator=generator, dtype=torch.float64)
    lengths[::2] = 1
    points: Tensor = centre + radius * lengths * directions / directions.norm(dim=1, keepdim=True)
    return points


@pytest.mark.parametrize("radius", [0.05, 0.5, 2.0])
def test_l2_ball_gives_the_nearest_of_all_points_of_the_ball(radius: float) -> None:
    """Against a brute-force search, where the box does not bind."""
    generator = torch.Generator().manual_seed(1)
    centres, inputs = torch.randn(2, 20, 3, generator=generator, dtype=torch.float64)
    project = L2Ball(centres, radius, -100, 100)
    projected = project(inputs)
    for centre, given_input, found in zip(centres, inputs, projected, strict=True):
        points = in_ball(20_000, centre, radius)
        nearest = (points - given_input).norm(dim=1).min()
        assert (found - given_input).norm() <= nearest
        assert (found - centre).norm() <= radius * (1 + 1e-12)
    torch.testing.assert_close(project(projected), projected)
    check_order(project, inputs, projected)


@pytest.mark.parametrize(("lower", "upper"), [(0, 1), (-1, 1)])
@pytest.mark.parametrize("radius", [0.01, 0.3, 5.0])
def test_l2_ball_stays_in_the_box_and_keeps_feasible_inputs(
    radius: float, lower: float, upper: float
) -> None:
    generator = torch.Generator().manual_seed(1)
    centres = lower + (upper - lower) * torch.rand(30, 1, 4, 4, generator=generator)
    inputs = centres + torch.randn(centres.shape, generator=generator)
    found = L2Ball(centres, radius, lower, upper)(inputs)
    assert found.min() >= lower
    assert found.max() <= upper
    assert (found - centres).flatten(1).norm(dim=1).max() <= radius + 1e-6
    again = L2Ball(centres, radius, lower, upper)(found)
    torch.testing.assert_close(again, found, atol=1e-6, rtol=0)
    torch.testing.assert_close(L2Ball(centres, radius, lower, upper)(centres), centres)


@pytest.mark.parametrize(("lower", "upper"), [(0, 1), (-1, 1), (0, 255)])
def test_eight_bit_gives_the_nearest_of_256_levels(lower: float, upper: float) -> None:
    levels = torch.linspace(lower, upper, 256)
    generator = torch.Generator().manual_seed(0)
    inputs = lower + (upper - lower) * (1.2 * torch.rand(4, 50, generator=generator) - 0.1)
    found = EightBit(lower, upper)(inputs)
    distances = (inputs.clamp(lower, upper)[..., None] - levels).abs()
    torch.testing.assert_close(found, levels[distances.argmin(-1)])
    assert torch.equal(EightBit(lower, upper)(found), found)

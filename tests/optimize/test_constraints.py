"""Projections onto boxes and balls, and steps by sign, on values of all kinds."""

import torch
from hypothesis import given
from hypothesis import strategies as st

from foolproof.optimize.constraints import bounds, box, linf_ball
from foolproof.optimize.steps import sign_step


@given(st.lists(st.floats(-5, 5), min_size=1, max_size=9))
def test_projecting_twice_is_projecting_once(values: list[float]) -> None:
    inputs, rows = torch.tensor([values]), torch.tensor([0])
    once = box()(inputs, rows)
    assert torch.equal(box()(once, rows), once)
    assert once.min() >= 0
    assert once.max() <= 1


BOUNDED = st.lists(
    st.tuples(*[st.floats(-5, 5, width=32)] * 3).map(lambda v: (v[0], *sorted(v[1:]))),
    min_size=1,
    max_size=9,
)


@given(BOUNDED)
def test_between_bounds_is_the_nearest_point_that_they_allow(
    problems: list[tuple[float, float, float]],
) -> None:
    inputs, lower, upper = torch.tensor(problems)[:, :, None].unbind(1)
    rows = torch.arange(len(problems))
    project = bounds(lower, upper)
    once = project(inputs, rows)
    assert (once >= lower).all()
    assert (once <= upper).all()
    assert torch.equal(project(once, rows), once)
    allowed = (lower <= inputs) & (inputs <= upper)
    assert torch.equal(once[allowed], inputs[allowed])
    nearest = torch.minimum((inputs - lower).abs(), (inputs - upper).abs())
    assert torch.equal((once - inputs).abs()[~allowed], nearest[~allowed])
    assert torch.equal(project(inputs.flip(0), rows.flip(0)), once.flip(0))


BALLS = st.lists(
    st.tuples(st.floats(0, 1, width=32), st.floats(-3, 3, width=32)), min_size=1, max_size=9
)


@given(BALLS, st.floats(1e-3, 0.7))
def test_a_ball_gives_the_nearest_valid_pixel_that_it_allows(
    problems: list[tuple[float, float]], radius: float
) -> None:
    centres, inputs = torch.tensor(problems, dtype=torch.float64)[:, :, None].unbind(1)
    rows = torch.arange(len(problems))
    project = linf_ball(centres, radius)
    once = project(inputs, rows)
    nearest = inputs.clamp((centres - radius).clamp(min=0), (centres + radius).clamp(max=1))
    torch.testing.assert_close(once, nearest, rtol=0, atol=1e-12)
    torch.testing.assert_close(project(once, rows), once, rtol=0, atol=1e-12)
    assert torch.equal(project(inputs.flip(0), rows.flip(0)), once.flip(0))
    single = linf_ball(centres.float(), radius)(inputs.float(), rows)
    assert single.min() >= 0
    assert single.max() <= 1
    assert (single - centres.float()).abs().max() <= radius + 1e-7


@given(st.lists(st.floats(-1e6, 1e6, width=32), min_size=1, max_size=9), st.floats(1e-3, 10))
def test_a_sign_step_has_one_length_whatever_the_gradient(values: list[float], size: float) -> None:
    gradient = torch.tensor(values)
    rows = torch.arange(len(gradient))
    step = sign_step(size)(gradient, rows)
    assert torch.equal(step, torch.tensor([size * ((v > 0) - (v < 0)) for v in values]))
    assert torch.equal(sign_step(size)(1e6 * gradient, rows), step)

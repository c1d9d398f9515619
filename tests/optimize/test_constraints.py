"""Properties of the projections onto boxes and balls, and of sign steps."""

import torch
from hypothesis import given
from hypothesis import strategies as st

from foolproof.optimize.constraints import bounds, box, linf_ball
from foolproof.optimize.steps import sign_step


@given(st.lists(st.floats(-5, 5), min_size=1, max_size=9))
def test_box_is_idempotent(values: list[float]) -> None:
    inputs, indices = torch.tensor([values]), torch.tensor([0])
    once = box()(inputs, indices)
    assert torch.equal(box()(once, indices), once)
    assert once.min() >= 0
    assert once.max() <= 1


BOUNDED = st.lists(
    st.tuples(*[st.floats(-5, 5, width=32)] * 3).map(lambda v: (v[0], *sorted(v[1:]))),
    min_size=1,
    max_size=9,
)


@given(BOUNDED)
def test_bounds_give_the_nearest_feasible_point(
    examples: list[tuple[float, float, float]],
) -> None:
    inputs, lower, upper = torch.tensor(examples)[:, :, None].unbind(1)
    indices = torch.arange(len(examples))
    project = bounds(lower, upper)
    once = project(inputs, indices)
    assert (once >= lower).all()
    assert (once <= upper).all()
    assert torch.equal(project(once, indices), once)
    allowed = (lower <= inputs) & (inputs <= upper)
    assert torch.equal(once[allowed], inputs[allowed])
    nearest = torch.minimum((inputs - lower).abs(), (inputs - upper).abs())
    assert torch.equal((once - inputs).abs()[~allowed], nearest[~allowed])
    assert torch.equal(project(inputs.flip(0), indices.flip(0)), once.flip(0))


BALLS = st.lists(
    st.tuples(st.floats(0, 1, width=32), st.floats(-3, 3, width=32)), min_size=1, max_size=9
)


@given(BALLS, st.floats(1e-3, 0.7))
def test_linf_ball_gives_the_nearest_feasible_pixel(
    examples: list[tuple[float, float]], radius: float
) -> None:
    centres, inputs = torch.tensor(examples, dtype=torch.float64)[:, :, None].unbind(1)
    indices = torch.arange(len(examples))
    project = linf_ball(centres, radius)
    once = project(inputs, indices)
    nearest = inputs.clamp((centres - radius).clamp(min=0), (centres + radius).clamp(max=1))
    torch.testing.assert_close(once, nearest, rtol=0, atol=1e-12)
    torch.testing.assert_close(project(once, indices), once, rtol=0, atol=1e-12)
    assert torch.equal(project(inputs.flip(0), indices.flip(0)), once.flip(0))
    single = linf_ball(centres.float(), radius)(inputs.float(), indices)
    assert single.min() >= 0
    assert single.max() <= 1
    assert (single - centres.float()).abs().max() <= radius + 1e-7


@given(st.lists(st.floats(-1e6, 1e6, width=32), min_size=1, max_size=9), st.floats(1e-3, 10))
def test_sign_step_does_not_depend_on_the_norm(values: list[float], size: float) -> None:
    gradient = torch.tensor(values)
    indices = torch.arange(len(gradient))
    step = sign_step(size)(gradient, indices)
    assert torch.equal(step, torch.tensor([size * ((v > 0) - (v < 0)) for v in values]))
    assert torch.equal(sign_step(size)(1e6 * gradient, indices), step)

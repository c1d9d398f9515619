"""Losses and gradients of one neuron against closed forms, differences, SciPy and torch.optim."""

from math import cosh, exp, inf, sqrt

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import minimize_scalar
from scipy.special import expit, xlogy
from torch import Tensor, nn

from foolproof.toys.surfaces import (
    LOSSES,
    MAX_L2_GRADIENT_AT,
    Loss,
    compare_gradients,
    compare_steps,
    count_faster,
    cross_entropy,
    descend,
    l2_loss,
    max_l2_gradient,
    parameter_grid,
    relu_l2_loss,
    relu_surfaces,
    sigmoid_surfaces,
    steps_to_converge,
    vanishing,
    weight_gradient,
)

EVERY_LOSS = pytest.mark.parametrize("loss", [l2_loss, cross_entropy, relu_l2_loss])


@pytest.fixture
def grid() -> tuple[Tensor, Tensor]:
    return parameter_grid(6, 25)


def closed_form_gradient(loss: Loss, sums: Tensor) -> Tensor:
    output = sums.sigmoid()
    if loss is l2_loss:
        return 2 * (output - 0.5) * output * (1 - output)
    if loss is cross_entropy:
        return output - 0.5
    return torch.where(sums > 0, 2 * (sums - 0.5), 0.0)


def test_parameter_grid_has_weights_along_columns_and_biases_along_rows() -> None:
    weight, bias = parameter_grid(2, 3)
    assert weight.tolist() == [[-2, 0, 2]] * 3
    assert bias.tolist() == [[-2] * 3, [0] * 3, [2] * 3]
    assert weight.dtype == bias.dtype == torch.float64


def test_losses_equal_their_formulas(grid: tuple[Tensor, Tensor]) -> None:
    sums = grid[0] + grid[1]
    output = expit(sums.numpy())
    np.testing.assert_allclose(l2_loss(sums), (output - 0.5) ** 2, atol=1e-15)
    np.testing.assert_allclose(
        cross_entropy(sums), -xlogy(0.5, output) - xlogy(0.5, 1 - output), rtol=1e-9
    )
    np.testing.assert_allclose(relu_l2_loss(sums), (np.maximum(sums.numpy(), 0) - 0.5) ** 2)


@EVERY_LOSS
def test_weight_gradient_equals_the_closed_form(loss: Loss, grid: tuple[Tensor, Tensor]) -> None:
    expected = closed_form_gradient(loss, grid[0] + grid[1])
    torch.testing.assert_close(
        weight_gradient(loss, grid[0] + grid[1]), expected, rtol=1e-9, atol=1e-15
    )


@EVERY_LOSS
def test_weight_gradient_equals_finite_differences(loss: Loss) -> None:
    # No point of this grid is near the kink of the ReLU, where there is no derivative.
    weight, bias = parameter_grid(5.9, 24)
    bias = bias + 0.1
    step = 1e-5
    differences = (loss(weight + step + bias) - loss(weight - step + bias)) / (2 * step)
    found = weight_gradient(loss, weight + bias)
    torch.testing.assert_close(found, differences, rtol=0, atol=1e-8)


@pytest.mark.parametrize("at", [-1e4, -750.0, -40.0, 40.0, 750.0, 1e4])
def test_cross_entropy_and_its_gradient_are_exact_for_large_sums(at: float) -> None:
    sums = torch.tensor([at], dtype=torch.float64)
    assert cross_entropy(sums).item() == pytest.approx(abs(at) / 2, rel=1e-15)
    assert weight_gradient(cross_entropy, sums).abs().item() == pytest.approx(0.5)


@given(st.floats(-15, 15).filter(lambda s: abs(s) > 1e-3))
def test_gradient_ratio_is_one_plus_cosh(at: float) -> None:
    found = compare_gradients(at)
    assert found["ratio"] == pytest.approx(1 + cosh(at), rel=1e-8)


def test_gradients_have_the_limits_one_half_and_zero_for_large_sums() -> None:
    for at in (10, 15, -15):
        found = compare_gradients(at)
        assert found["cross_entropy"] == pytest.approx(0.5, rel=1e-4)
        assert found["l2"] == pytest.approx(exp(-abs(at)), rel=1e-3)
    assert compare_gradients(800) == {"l2": 0, "cross_entropy": 0.5, "ratio": None}


def test_max_l2_gradient_is_at_the_closed_form() -> None:
    def negative_gradient(at: float) -> float:
        return float(-2 * (expit(at) - 0.5) * expit(at) * (1 - expit(at)))

    found = minimize_scalar(negative_gradient, bounds=(0, 10), options={"xatol": 1e-10})
    assert pytest.approx(found.x, abs=1e-6) == MAX_L2_GRADIENT_AT
    weight, bias = parameter_grid(6, 401)
    on_grid = max_l2_gradient(weight_gradient(l2_loss, weight + bias), weight + bias)
    assert on_grid["gradient"] == pytest.approx(-found.fun, rel=1e-12)
    assert on_grid["gradient"] == pytest.approx(1 / (6 * sqrt(3)))
    assert on_grid["at_sum"] == pytest.approx(on_grid["at_sum_on_grid"], abs=0.03)
    assert on_grid["gradient"] == pytest.approx(on_grid["gradient_on_grid"], rel=1e-3)


def test_only_the_l2_gradient_vanishes_away_from_the_minimum() -> None:
    weight, bias = parameter_grid(6, 13)
    sums = weight + bias
    found = {
        name: vanishing(weight_gradient(loss, sums), sums, 0.01) for name, loss in LOSSES.items()
    }
    assert found["cross_entropy"] == {
        "share_below_threshold": pytest.approx(13 / 13**2),
        "min_off_minimum": pytest.approx(expit(1) - 0.5),
        "min_at_sum": 1,
    }
    # |s| >= 5 on either side: 8 + 7 + ... + 1 points.
    assert found["l2"]["share_below_threshold"] == pytest.approx((13 + 2 * 36) / 13**2)
    assert found["l2"]["min_at_sum"] == 12
    assert found["l2"]["min_off_minimum"] == pytest.approx(exp(-12), rel=1e-3)


@pytest.mark.parametrize("loss", LOSSES.values())
def test_descend_equals_torch_optim_sgd(loss: Loss) -> None:
    starts = torch.tensor([[1, 1], [3, -0.5]], dtype=torch.float64)
    errors = descend(loss, starts, learning_rate=0.7, tolerance=1e-12, max_steps=10)
    assert errors.shape == (11, 2)
    for start, found in zip(starts, errors.T, strict=True):
        neuron = nn.Linear(1, 1, dtype=torch.float64)
        nn.init.constant_(neuron.weight, start[0].item())
        nn.init.constant_(neuron.bias, start[1].item())
        optimizer = torch.optim.SGD(neuron.parameters(), lr=0.7)
        for error in found:
            optimizer.zero_grad()
            sums = neuron(torch.ones(1, dtype=torch.float64))
            assert error.item() == pytest.approx((sums.sigmoid() - 0.5).abs().item(), rel=1e-12)
            loss(sums).sum().backward()
            optimizer.step()


def test_descend_ends_when_every_start_has_converged() -> None:
    starts = torch.tensor([[0, 0], [2, 2], [-2, -2]], dtype=torch.float64)
    errors = descend(cross_entropy, starts, learning_rate=1, tolerance=0.01, max_steps=1000)
    assert len(errors) < 20
    assert (errors[-1] < 0.01).all()
    assert not (errors[-2] < 0.01).all()
    steps = steps_to_converge(errors, 0.01)
    assert steps == [0, len(errors) - 1, len(errors) - 1]


def test_l2_descent_needs_more_steps_the_more_saturated_the_start() -> None:
    starts = torch.tensor([[1, 1], [2, 2], [3, 3], [9, 9]], dtype=torch.float64)
    l2, entropy = (
        steps_to_converge(
            descend(LOSSES[name], starts, learning_rate=1, tolerance=0.01, max_steps=400), 0.01
        )
        for name in ("l2", "cross_entropy")
    )
    compared = [compare_steps(*steps) for steps in zip(l2, entropy, strict=True)]
    ratios = [steps["ratio"] or inf for steps in compared]
    assert ratios == sorted(ratios)
    assert compared[2]["l2_converged"]
    assert compared[3] == {
        "l2": None,
        "cross_entropy": entropy[3],
        "ratio": None,
        "l2_converged": False,
        "cross_entropy_converged": True,
    }


def test_steps_to_converge_counts_to_the_first_error_below_the_tolerance() -> None:
    errors = torch.tensor([[0.4, 0.1, 0.5], [0.2, 0.3, 0.4], [0.1, 0.2, 0.4]])
    assert steps_to_converge(errors, 0.15) == [2, 0, None]
    assert compare_steps(0, 0)["ratio"] is None
    assert compare_steps(6, 4)["ratio"] == 1.5


def test_surfaces_are_outputs_losses_and_gradients(grid: tuple[Tensor, Tensor]) -> None:
    sums = grid[0] + grid[1]
    sigmoid, relu = sigmoid_surfaces(sums), relu_surfaces(sums)
    expected = {"output": sums.sigmoid(), "l2": l2_loss(sums), "cross_entropy": cross_entropy(sums)}
    for name, loss in LOSSES.items():
        expected[f"{name}_gradient"] = closed_form_gradient(loss, sums)
    assert set(sigmoid) == set(expected)
    for name, values in expected.items():
        torch.testing.assert_close(sigmoid[name], values, rtol=1e-9, atol=1e-15)
    torch.testing.assert_close(relu["output"], sums.clamp(min=0))
    torch.testing.assert_close(relu["l2"], relu_l2_loss(sums))
    torch.testing.assert_close(relu["l2_gradient"], closed_form_gradient(relu_l2_loss, sums))


def test_starts_are_counted_by_the_faster_loss() -> None:
    pairs = [(9, 3), (None, 3), (2, 3), (2, None), (4, 4), (None, None), (0, 1)]
    found = count_faster(compare_steps(*pair) for pair in pairs)
    assert found == {"l2": 3, "cross_entropy": 2, "equal": 2}

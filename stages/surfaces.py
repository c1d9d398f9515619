"""Draw output, losses and gradients of one neuron over weight and bias, and descend on them."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from foolproof.compute.stage import stage
from foolproof.core.files import write_json
from foolproof.core.stage import run_stage
from foolproof.figures.style import save_figures
from foolproof.figures.surfaces import draw_descent, draw_relu, draw_sigmoid, draw_slice
from foolproof.params.surfaces import Surfaces
from foolproof.toys.surfaces import (
    LOSSES,
    MAX_L2_GRADIENT_AT,
    TARGET,
    compare_gradients,
    compare_steps,
    count_faster,
    descend,
    max_l2_gradient,
    parameter_grid,
    relu_surfaces,
    sigmoid_surfaces,
    steps_to_converge,
    vanishing,
)

SOURCE = "Computed from the formula; no data"
SLICE_POINTS = 1201


def main() -> None:
    """Evaluate both losses on a grid and along w + b, descend on them, and draw all."""
    # Nothing here is large enough for a GPU: all tensors stay on the CPU.
    with stage(Surfaces) as s:
        weight, bias = parameter_grid(s.settings.extent, s.settings.points)
        sigmoid, relu = sigmoid_surfaces(weight + bias), relu_surfaces(weight + bias)
        limit = 2 * s.settings.extent
        sums = torch.linspace(-limit, limit, SLICE_POINTS, dtype=torch.float64)
        starts = torch.tensor(
            [[start.weight, start.bias] for start in s.settings.starts], dtype=torch.float64
        )
        errors = {
            name: descend(
                loss,
                starts,
                learning_rate=s.settings.learning_rate,
                tolerance=s.settings.tolerance,
                max_steps=s.settings.max_steps,
            )
            for name, loss in LOSSES.items()
        }
        start_sums = starts.sum(1).tolist()
        write_json(
            Path("metrics/toys/surfaces.json"),
            describe_grid(sigmoid, relu, weight + bias, s.settings.vanishing)
            | describe_starts(start_sums, limit, errors, s.settings.tolerance),
        )
        grid = weight.numpy(), bias.numpy()
        figures = {
            **draw_sigmoid(*grid, as_arrays(sigmoid)),
            "relu": draw_relu(*grid, as_arrays(relu)),
            "slice": draw_slice(
                sums.numpy(), as_arrays(sigmoid_surfaces(sums)), max_at=MAX_L2_GRADIENT_AT
            ),
            "descent": draw_descent(as_arrays(errors), start_sums, tolerance=s.settings.tolerance),
        }
        save_figures(figures, Path("plots/surfaces"), source=SOURCE)


def as_arrays(tensors: Mapping[str, Tensor]) -> dict[str, Any]:
    """Turn tensors into arrays, which figures are drawn from."""
    return {name: values.numpy() for name, values in tensors.items()}


def describe_grid(
    sigmoid: Mapping[str, Tensor], relu: Mapping[str, Tensor], sums: Tensor, threshold: float
) -> dict[str, Any]:
    """Measure the gradients on the grid."""
    return {
        "target": TARGET,
        "vanishing": {
            name: vanishing(sigmoid[f"{name}_gradient"], sums, threshold) for name in LOSSES
        },
        "max_l2_gradient": max_l2_gradient(sigmoid["l2_gradient"], sums),
        "relu_zero_gradient_share": (relu["l2_gradient"] == 0).double().mean().item(),
    }


def describe_starts(
    sums: list[float], limit: float, errors: Mapping[str, Tensor], tolerance: float
) -> dict[str, Any]:
    """Compare gradients and steps to convergence by the w + b of the starts."""
    steps = {name: steps_to_converge(curves, tolerance) for name, curves in errors.items()}
    pairs = zip(steps["l2"], steps["cross_entropy"], strict=True)
    compared = [compare_steps(*pair) for pair in pairs]
    return {
        "gradients_by_sum": {f"{at:g}": compare_gradients(at) for at in {*sums, limit}},
        "descent_by_sum": {f"{at:g}": found for at, found in zip(sums, compared, strict=True)},
        "faster_from": count_faster(compared),
    }


if __name__ == "__main__":
    run_stage(main)

"""Draw output, losses and gradients of one neuron over weight and bias, and descend on them."""

from collections.abc import Mapping
from pathlib import Path

import torch
from torch import Tensor

from foolproof.compute.device import prepare_device
from foolproof.core.files import write_json
from foolproof.core.params import load_section
from foolproof.core.stage import run_stage
from foolproof.figures.style import save_figure
from foolproof.figures.surfaces import Surface, draw_descent, draw_slice, draw_surfaces
from foolproof.params.data import Compute
from foolproof.params.surfaces import Surfaces
from foolproof.toys.surfaces import (
    LOSSES,
    TARGET,
    compare_gradients,
    compare_steps,
    descend,
    greatest_l2_gradient,
    parameter_grid,
    relu_l2_loss,
    steepest_l2,
    steps_to_converge,
    vanishing,
    weight_gradient,
)

PLOTS = Path("plots/surfaces")
SOURCE = "Computed from the formula; no data"
NAMES = {"l2": "L2", "cross_entropy": "cross-entropy"}
SLICE_POINTS = 1201


def main() -> None:
    """Draw surfaces, slice and descents, and write down what makes the two losses differ."""
    settings = load_section("surfaces", Surfaces)
    # Nothing here is large enough for a GPU: all tensors stay on the CPU.
    prepare_device(load_section("compute", Compute).threads)
    weight, bias = parameter_grid(settings.extent, settings.points)
    sums = weight + bias
    gradients = {name: weight_gradient(loss, weight, bias) for name, loss in LOSSES.items()}
    relu_gradient = weight_gradient(relu_l2_loss, weight, bias)
    draw_sigmoid_neuron(weight, bias, gradients)
    draw_relu_neuron(weight, bias, relu_gradient)
    draw_along_sum(2 * settings.extent)

    starts = torch.tensor([[s.weight, s.bias] for s in settings.starts], dtype=torch.float64)
    errors = {
        name: descend(
            loss,
            starts,
            learning_rate=settings.learning_rate,
            tolerance=settings.tolerance,
            max_steps=settings.max_steps,
        )
        for name, loss in LOSSES.items()
    }
    start_sums = starts.sum(1).tolist()
    figure = draw_descent(
        {NAMES[name]: curves.numpy() for name, curves in errors.items()},
        start_sums,
        tolerance=settings.tolerance,
    )
    save_figure(figure, PLOTS / "descent.png", source=SOURCE)
    steps = {name: steps_to_converge(curves, settings.tolerance) for name, curves in errors.items()}
    write_json(
        Path("metrics/toys/surfaces.json"),
        {
            "target": TARGET,
            "vanishing": {
                name: vanishing(gradient, sums, settings.vanishing)
                for name, gradient in gradients.items()
            },
            "greatest_l2_gradient": greatest_l2_gradient(gradients["l2"], sums),
            "gradients_by_sum": {
                f"{s:g}": compare_gradients(s) for s in {*start_sums, 2 * settings.extent}
            },
            "descent_by_sum": {
                f"{s:g}": compare_steps(l2, cross_entropy)
                for s, l2, cross_entropy in zip(
                    start_sums, steps["l2"], steps["cross_entropy"], strict=True
                )
            },
            "relu_zero_gradient_share": (relu_gradient == 0).double().mean().item(),
        },
    )


def draw_sigmoid_neuron(weight: Tensor, bias: Tensor, gradients: Mapping[str, Tensor]) -> None:
    """Draw output, both losses and both gradients of the sigmoid neuron, apart and together."""
    sums = weight + bias
    output = Surface(
        "Output\n" r"$\hat{y} = \sigma(w + b)$",
        label=r"$\hat{y}$",
        values=sums.sigmoid().numpy(),
    )
    l2 = Surface(
        "L2 loss\n" r"$L_2 = (\hat{y} - \frac{1}{2})^2$",
        label="$L_2$",
        values=LOSSES["l2"](sums).numpy(),
    )
    l2_gradient = Surface(
        "Gradient of the L2 loss\n"
        r"$\partial L_2 / \partial w = 2 (\hat{y} - \frac{1}{2})\, \hat{y}\, (1 - \hat{y})$",
        label=r"$\partial L_2 / \partial w$",
        values=gradients["l2"].numpy(),
        signed=True,
    )
    cross_entropy = Surface(
        "Cross-entropy\n"
        r"$L_{CE} = -\frac{1}{2} \ln\, \hat{y} - \frac{1}{2} \ln(1 - \hat{y})$",
        label="$L_{CE}$ (nats)",
        values=LOSSES["cross_entropy"](sums).numpy(),
    )
    cross_entropy_gradient = Surface(
        "Gradient of the cross-entropy\n"
        r"$\partial L_{CE} / \partial w = \hat{y} - \frac{1}{2}$",
        label=r"$\partial L_{CE} / \partial w$",
        values=gradients["cross_entropy"].numpy(),
        signed=True,
    )
    title = "A sigmoid neuron with input 1 and target 1/2"
    figures: dict[str, list[list[Surface | None]]] = {
        "output": [[output]],
        "l2": [[l2]],
        "l2_gradient": [[l2_gradient]],
        "cross_entropy": [[cross_entropy]],
        "cross_entropy_gradient": [[cross_entropy_gradient]],
        "surfaces": [[output, l2, l2_gradient], [None, cross_entropy, cross_entropy_gradient]],
    }
    for name, rows in figures.items():
        figure = draw_surfaces(rows, weight.numpy(), bias.numpy(), title=title)
        save_figure(figure, PLOTS / f"{name}.png", source=SOURCE)


def draw_relu_neuron(weight: Tensor, bias: Tensor, gradient: Tensor) -> None:
    """Draw output, L2 loss and gradient of the neuron with a ReLU."""
    sums = weight + bias
    surfaces = [
        Surface(
            "Output\n" r"$\hat{y} = \max(w + b, 0)$",
            label=r"$\hat{y}$",
            values=sums.relu().numpy(),
        ),
        Surface(
            "L2 loss\n" r"$L_2 = (\hat{y} - \frac{1}{2})^2$",
            label="$L_2$",
            values=relu_l2_loss(sums).numpy(),
        ),
        Surface(
            "Gradient of the L2 loss\n"
            r"$\partial L_2 / \partial w = 2 (\hat{y} - \frac{1}{2})$ where $w + b > 0$, else 0",
            label=r"$\partial L_2 / \partial w$",
            values=gradient.numpy(),
            signed=True,
        ),
    ]
    figure = draw_surfaces(
        [surfaces],
        weight.numpy(),
        bias.numpy(),
        title="A ReLU neuron with input 1 and target 1/2",
    )
    save_figure(figure, PLOTS / "relu.png", source=SOURCE)


def draw_along_sum(limit: float) -> None:
    """Draw both losses and gradients along w + b, from -limit to limit."""
    sums = torch.linspace(-limit, limit, SLICE_POINTS, dtype=torch.float64)
    bias = torch.zeros_like(sums)
    figure = draw_slice(
        sums.numpy(),
        {NAMES[name]: loss(sums).numpy() for name, loss in LOSSES.items()},
        {NAMES[name]: weight_gradient(loss, sums, bias).numpy() for name, loss in LOSSES.items()},
        steepest=steepest_l2(),
    )
    save_figure(figure, PLOTS / "slice.png", source=SOURCE)


if __name__ == "__main__":
    run_stage(main)

"""Measure receptive fields and what they cost, and turn shallow networks into deep ones."""

from pathlib import Path
from typing import Any

import torch

from foolproof.figures.style import save_figure
from foolproof.figures.theory import Field, draw_deepening, draw_fields, draw_growth
from foolproof.files import write_json
from foolproof.params.base import load_section
from foolproof.params.toys import Theory
from foolproof.runtime import prepare_device, seeded
from foolproof.stage import run_stage
from foolproof.toys.receptive_fields import (
    CHAINS,
    Chain,
    Convolution,
    composed_kernel,
    count_weights,
    gradient_of_one_cell,
    multiplications_in_a_map,
    multiplications_of_one_cell,
    side_by_formula,
    side_of,
    side_of_many,
    side_of_two,
)
from foolproof.toys.shallow_as_deep import (
    TOLERANCE,
    Shallow,
    compare,
    count_neurons,
    deepen,
    deepen_with_one_sum,
    run_deep,
    run_shallow,
    running_sums,
)

PLOTS = Path("plots/toys")
SOURCE = "Computed from the networks' definition; no data"

# The chains' images are larger than their fields by this, so that the gradient can tell.
ROOM = 8
# Larger images take long and show nothing new.
GREATEST_IMAGE = 1000

FIRST, SECOND, REPEATED = 5, 3, 3  # sides of kernels

# A function of one input whose terms, summed one by one, fall below 0 in some places only.
EXAMPLE = Shallow(
    w=torch.tensor([[1.0], [1], [1], [-1], [-1]]).double(),
    b=torch.tensor([2.5, 0.5, -1.5, -1, -2]).double(),
    a=torch.tensor([1.0, -2, 1.5, -1, 0.75]).double(),
    c=torch.tensor(0.25).double(),
)
EXAMPLE_POINTS = torch.linspace(-3, 3, 601).double()[:, None]


def main() -> None:
    """Answer the theoretical questions by computation, and draw the answers."""
    settings = load_section("theory", Theory)
    # Nothing here is large enough for a GPU or a second thread: all tensors stay on the CPU.
    prepare_device(threads=1)
    write_json(
        Path("metrics/toys/theory.json"),
        {
            "chains": {name: measure(chain) for name, chain in CHAINS.items()},
            "two_layers": {
                "kernels": [FIRST, SECOND],
                "sides": {stride: grow_two(stride) for stride in settings.strides},
            },
            "many_layers": {
                "kernel": REPEATED,
                "greatest_image": GREATEST_IMAGE,
                "sides": grow_many(settings.strides, settings.layers),
            },
            "shallow_as_deep": deepen_all(settings),
        },
    )
    draw_chains()
    draw_example()


def measure(chain: Chain) -> dict[str, Any]:
    """Find a chain's receptive field in all ways, and count what it costs."""
    return {
        "layers": [layer._asdict() for layer in chain],
        "side": sides(chain),
        "weights": count_weights(chain),
        "multiplications": {
            "in_a_map": multiplications_in_a_map(chain),
            "of_one_cell": multiplications_of_one_cell(chain),
        },
    }


def sides(chain: Chain) -> dict[str, int]:
    """Find the side of a chain's receptive field in three ways."""
    composed = composed_kernel(chain)
    return {
        "formula": side_by_formula(chain),
        "composition": side_of(composed),
        "gradient": side_of(gradient_of_one_cell(chain, len(composed) + ROOM)),
    }


def grow_two(stride: int) -> dict[str, int]:
    """Find the receptive field of two layers, the first with a stride."""
    chain = (Convolution(FIRST, stride), Convolution(SECOND))
    return {"closed_form": side_of_two(FIRST, stride, SECOND), **sides(chain)}


def grow_many(strides: list[int], most: int) -> dict[int, list[dict[str, int | None]]]:
    """Follow the receptive field from one layer to the most, with every stride; draw it."""
    found = {
        stride: [grow(layers * (Convolution(REPEATED, stride),)) for layers in range(1, most + 1)]
        for stride in strides
    }
    formula = {stride: [row["formula"] for row in rows] for stride, rows in found.items()}
    gradient = {stride: [row["gradient"] for row in rows] for stride, rows in found.items()}
    figure = draw_growth(formula, gradient, kernel=REPEATED, greatest_image=GREATEST_IMAGE)
    save_figure(figure, PLOTS / "strides.png", source=SOURCE)
    return found


def grow(chain: tuple[Convolution, ...]) -> dict[str, Any]:
    """Find the receptive field of equal layers; by the gradient where the image is not large."""
    side = side_by_formula(chain)
    image = side + ROOM
    feasible = image <= GREATEST_IMAGE
    return {
        "layers": len(chain),
        "closed_form": side_of_many(chain[0].stride, len(chain)),
        "formula": side,
        "gradient": side_of(gradient_of_one_cell(chain, image)) if feasible else None,
    }


def deepen_all(settings: Theory) -> dict[str, Any]:
    """Turn random shallow networks of every size into deep ones."""
    generator = seeded(settings.seed)
    sizes = [
        compare(generator, neurons, inputs, networks=settings.networks, points=settings.points)
        for neurons in settings.neurons
        for inputs in settings.inputs
    ]
    return {
        "tolerance": TOLERANCE,
        "networks": settings.networks * len(sizes),
        "points": settings.points,
        "wrong_networks": sum(size.wrong_networks for size in sizes),
        "greatest_difference": max(size.greatest_difference for size in sizes),
        "sizes": [
            size._asdict() | {"neurons_by_formula": count_neurons(size.neurons, size.inputs)}
            for size in sizes
        ],
    }


def draw_chains() -> None:
    """Draw the composed kernels of the sheet's chains."""
    fields = [
        Field(
            name=f"({name}) {described(chain)}",
            kernel=composed_kernel(chain),
            weights=count_weights(chain),
            in_a_map=multiplications_in_a_map(chain),
            alone=multiplications_of_one_cell(chain),
        )
        for name, chain in CHAINS.items()
    ]
    save_figure(draw_fields(fields), PLOTS / "receptive_fields.png", source=SOURCE)


def described(chain: Chain) -> str:
    """Name the kernels of a chain, and strides above 1."""
    return ", ".join(
        f"{kernel}×{kernel}" + (f" stride {stride}" if stride > 1 else "")
        for kernel, stride in chain
    )


def draw_example() -> None:
    """Draw a small shallow network of one input, and both attempts to make it deep."""
    figure = draw_deepening(
        EXAMPLE_POINTS[:, 0].numpy(),
        run_shallow(EXAMPLE, EXAMPLE_POINTS).numpy(),
        run_deep(deepen(EXAMPLE), EXAMPLE_POINTS).numpy(),
        run_deep(deepen_with_one_sum(EXAMPLE), EXAMPLE_POINTS).numpy(),
        running_sums(EXAMPLE, EXAMPLE_POINTS).numpy(),
        EXAMPLE.c.item(),
    )
    save_figure(figure, PLOTS / "shallow_as_deep.png", source=SOURCE)


if __name__ == "__main__":
    run_stage(main)

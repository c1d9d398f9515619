"""Measure receptive fields and what they cost."""

from pathlib import Path
from typing import Any

from foolproof.compute.device import prepare_device
from foolproof.core.files import write_json
from foolproof.core.params import load_section
from foolproof.core.stage import run_stage
from foolproof.figures.receptive_fields import Field, draw_fields, draw_growth
from foolproof.figures.style import save_figure
from foolproof.params.receptive_fields import ReceptiveFields
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

PLOTS = Path("plots/receptive_fields")
SOURCE = "Computed from the networks' definition; no data"

# The chains' images are larger than their fields by this, so that the gradient can tell.
ROOM = 8
# Larger images take long and show nothing new.
GREATEST_IMAGE = 1000

FIRST, SECOND, REPEATED = 5, 3, 3  # sides of kernels


def main() -> None:
    """Answer the theoretical questions by computation, and draw the answers."""
    settings = load_section("receptive_fields", ReceptiveFields)
    # Nothing here is large enough for a GPU or a second thread: all tensors stay on the CPU.
    prepare_device(threads=1)
    write_json(
        Path("metrics/toys/receptive_fields.json"),
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
        },
    )
    draw_chains()


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


if __name__ == "__main__":
    run_stage(main)

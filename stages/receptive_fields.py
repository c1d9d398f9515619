"""Compute receptive fields of chains of convolutions and their cost."""

from pathlib import Path
from typing import Any

from foolproof.core.files import write_json
from foolproof.core.params import load_section
from foolproof.core.stage import run_stage
from foolproof.figures.receptive_fields import Field, draw_fields, draw_growth
from foolproof.figures.style import save_figures
from foolproof.params.receptive_fields import ReceptiveFields
from foolproof.toys.receptive_fields import (
    CHAINS,
    Chain,
    Convolution,
    composed_kernel,
    count_weights,
    multiplications_in_a_map,
    multiplications_of_one_cell,
    receptive_field,
)

SOURCE = "Computed from the networks' definition; no data"
FIRST, SECOND, REPEATED = 5, 3, 3  # sides of kernels


def main() -> None:
    """Compute the answers to the theoretical question, and draw them."""
    settings = load_section("receptive_fields", ReceptiveFields)
    two = {
        stride: receptive_field((Convolution(FIRST, stride), Convolution(SECOND)))
        for stride in settings.strides
    }
    many = {
        stride: [
            receptive_field(layers * (Convolution(REPEATED, stride),))
            for layers in range(1, settings.layers + 1)
        ]
        for stride in settings.strides
    }
    write_json(
        Path("metrics/toys/receptive_fields.json"),
        {
            "chains": {name: describe(chain) for name, chain in CHAINS.items()},
            "two_layers": {"kernels": [FIRST, SECOND], "receptive_fields": two},
            "many_layers": {"kernel": REPEATED, "receptive_fields": many},
        },
    )
    figures = {
        "receptive_fields": draw_fields([field(name, chain) for name, chain in CHAINS.items()]),
        "strides": draw_growth(many, kernel=REPEATED),
    }
    save_figures(figures, Path("plots/receptive_fields"), source=SOURCE)


def describe(chain: Chain) -> dict[str, Any]:
    """List a chain's layers, its receptive field and its cost."""
    return {
        "layers": [layer._asdict() for layer in chain],
        "receptive_field": receptive_field(chain),
        "weights": count_weights(chain),
        "multiplications": {
            "in_a_map": multiplications_in_a_map(chain),
            "of_one_cell": multiplications_of_one_cell(chain),
        },
    }


def field(name: str, chain: Chain) -> Field:
    """Compute what is drawn of a chain."""
    layers = ", ".join(
        f"{kernel}×{kernel}" + (f" stride {stride}" if stride > 1 else "")
        for kernel, stride in chain
    )
    return Field(
        name=f"({name}) {layers}",
        kernel=composed_kernel(chain),
    )


if __name__ == "__main__":
    run_stage(main)

"""Construct the deep networks that equal random shallow ones."""

from pathlib import Path
from typing import Any

import torch
from matplotlib.figure import Figure

from foolproof.compute.device import prepare_device
from foolproof.compute.seeds import new_generator
from foolproof.core.files import write_json
from foolproof.core.params import load_section
from foolproof.core.stage import run_stage
from foolproof.figures.shallow_as_deep import draw_deepening
from foolproof.figures.style import save_figure
from foolproof.params.shallow_as_deep import ShallowAsDeep
from foolproof.toys.shallow_as_deep import (
    EXAMPLE,
    TOLERANCE,
    compare,
    count_neurons,
    deepen,
    deepen_with_one_sum,
    run_deep,
    run_shallow,
    running_sums,
)

SOURCE = "Computed from the networks' definition; no data"


def main() -> str:
    """Compare random shallow networks to the deep ones that equal them, and draw an example."""
    settings = load_section("shallow_as_deep", ShallowAsDeep)
    # Nothing here is large enough for a GPU or a second thread: all tensors stay on the CPU.
    prepare_device(threads=1)
    sizes = compare_sizes(settings)
    write_json(Path("metrics/toys/shallow_as_deep.json"), sizes)
    path = Path("plots/shallow_as_deep/shallow_as_deep.png")
    save_figure(draw_example(), path, source=SOURCE)
    return f"{sizes['networks']} pairs of networks differ by at most {sizes['max_difference']:.1e}"


def compare_sizes(settings: ShallowAsDeep) -> dict[str, Any]:
    """Compare random networks of every size."""
    generator = new_generator(settings.seed)
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
        "max_difference": max(size.max_difference for size in sizes),
        "sizes": [
            size._asdict() | {"neurons_by_formula": count_neurons(size.neurons, size.inputs)}
            for size in sizes
        ],
    }


def draw_example() -> Figure:
    """Draw a small shallow network of one input, and both constructions of a deep one."""
    points = torch.linspace(-3, 3, 601).double()[:, None]
    return draw_deepening(
        points[:, 0].numpy(),
        run_shallow(EXAMPLE, points).numpy(),
        run_deep(deepen(EXAMPLE), points).numpy(),
        run_deep(deepen_with_one_sum(EXAMPLE), points).numpy(),
        running_sums(EXAMPLE, points).numpy(),
        EXAMPLE.c.item(),
    )


if __name__ == "__main__":
    run_stage(main)

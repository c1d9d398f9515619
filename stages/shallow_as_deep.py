"""Turn random shallow networks into deep ones."""

from pathlib import Path
from typing import Any

import torch

from foolproof.compute.device import prepare_device
from foolproof.compute.seeds import new_generator
from foolproof.core.files import write_json
from foolproof.core.params import load_section
from foolproof.core.stage import run_stage
from foolproof.figures.shallow_as_deep import draw_deepening
from foolproof.figures.style import save_figure
from foolproof.params.shallow_as_deep import ShallowAsDeep
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

SOURCE = "Computed from the networks' definition; no data"

# A function of one input whose terms, summed one by one, fall below 0 in some places only.
EXAMPLE = Shallow(
    w=torch.tensor([[1.0], [1], [1], [-1], [-1]]).double(),
    b=torch.tensor([2.5, 0.5, -1.5, -1, -2]).double(),
    a=torch.tensor([1.0, -2, 1.5, -1, 0.75]).double(),
    c=torch.tensor(0.25).double(),
)
EXAMPLE_POINTS = torch.linspace(-3, 3, 601).double()[:, None]


def main() -> None:
    """Compare random shallow networks with the deep ones that equal them, and draw an example."""
    settings = load_section("shallow_as_deep", ShallowAsDeep)
    # Nothing here is large enough for a GPU or a second thread: all tensors stay on the CPU.
    prepare_device(threads=1)
    write_json(Path("metrics/toys/shallow_as_deep.json"), deepen_all(settings))
    draw_example()


def deepen_all(settings: ShallowAsDeep) -> dict[str, Any]:
    """Turn random shallow networks of every size into deep ones."""
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
        "greatest_difference": max(size.greatest_difference for size in sizes),
        "sizes": [
            size._asdict() | {"neurons_by_formula": count_neurons(size.neurons, size.inputs)}
            for size in sizes
        ],
    }


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
    save_figure(figure, Path("plots/shallow_as_deep/shallow_as_deep.png"), source=SOURCE)


if __name__ == "__main__":
    run_stage(main)

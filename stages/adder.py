"""Add with a recurrent network set by hand: all short pairs, long numbers, the sheet's example."""

import random
from pathlib import Path
from typing import Any

import torch

from foolproof.compute.device import prepare_device
from foolproof.core.files import write_json
from foolproof.core.params import load_section
from foolproof.core.stage import run_stage
from foolproof.figures.adder import draw_addition, draw_network
from foolproof.figures.style import save_figure
from foolproof.params.adder import Adder
from foolproof.params.data import Compute
from foolproof.toys.adder import (
    ADDER,
    CARRY,
    Transitions,
    count_errors,
    count_errors_of_all_pairs,
    count_wrong,
    input_bits,
    margins,
    run,
    transitions,
)

PLOTS = Path("plots/adder")
SOURCE = "Computed by the network with weights set by hand; no other data"
EXAMPLE = ("100111", "110010")


def main() -> None:
    """Try the network on numbers, list what it can do in one step, and draw both."""
    settings = load_section("adder", Adder)
    # A network this small is slower on a GPU: all tensors stay on the CPU.
    prepare_device(load_section("compute", Compute).threads)
    generator = random.Random(settings.seed)
    first, second = (
        [generator.getrandbits(settings.long_bits) for _ in range(settings.long_count)]
        for _ in range(2)
    )
    steps = transitions(ADDER)
    write_json(
        Path("metrics/toys/adder.json"),
        {
            "bits": settings.bits,
            "pairs_checked": 4**settings.bits,
            "errors": count_errors_of_all_pairs(ADDER, settings.bits),
            "long_bits": settings.long_bits,
            "long_checked": settings.long_count,
            "long_errors": count_errors(ADDER, first, second),
            "transitions": len(steps.outputs),
            "transition_errors": count_wrong(steps),
            "parameters": {name: values.tolist() for name, values in ADDER._asdict().items()},
            "units": [units_at(steps, total) for total in range(4)],
            "margin": margins(steps)._asdict(),
            "example": draw_example(),
        },
    )
    draw_whole(steps)


def units_at(steps: Transitions, total: int) -> dict[str, Any]:
    """Write down what the units do where both bits and the carry sum to `total`."""
    row = first_row(steps, total)
    return {
        "total": total,
        "hidden_sums": steps.hidden_sums[row].tolist(),
        "hidden": steps.hidden[row].int().tolist(),
        "output_sum": steps.output_sums[row].item(),
        "output": int(steps.outputs[row]),
        "carry": int(steps.hidden[row, CARRY]),
    }


def first_row(steps: Transitions, total: int) -> int:
    """Find a step with this total of both bits and the carry; all of them do the same."""
    return int((steps.totals == total).int().argmax())


def draw_example() -> dict[str, Any]:
    """Draw the sheet's example, and write it down."""
    inputs = input_bits(*([int(number, base=2)] for number in EXAMPLE))
    done = run(ADDER, inputs)
    bits, hidden, outputs = inputs[:, 0], done.hidden[:, 0], done.outputs[:, 0]
    carries = torch.cat([ADDER.h_0[None], hidden])[:-1, CARRY]
    figure = draw_addition(bits.numpy(), carries.numpy(), hidden.numpy(), outputs.numpy())
    save_figure(figure, PLOTS / "adder.png", source=SOURCE)
    return {
        "first": EXAMPLE[0],
        "second": EXAMPLE[1],
        "sum": "".join(str(int(bit)) for bit in outputs.flip(0)),
        "inputs": bits.int().tolist(),
        "carries": carries.int().tolist(),
        "hidden": hidden.int().tolist(),
        "outputs": outputs.int().tolist(),
    }


def draw_whole(steps: Transitions) -> None:
    """Draw the network, and what its units hold against their thresholds."""
    totals = range(4)
    rows = [first_row(steps, total) for total in totals]
    figure = draw_network(
        torch.cat([ADDER.U, ADDER.W], 1).numpy(),
        ADDER.b_h.numpy(),
        ADDER.v.numpy(),
        ADDER.b_y.item(),
        totals,
        torch.cat([steps.hidden_sums, steps.output_sums[:, None]], 1)[rows].numpy(),
    )
    save_figure(figure, PLOTS / "network.png", source=SOURCE)


if __name__ == "__main__":
    run_stage(main)

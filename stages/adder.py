"""Add with a recurrent network set by hand: all short pairs, long numbers, the sheet's example."""

from pathlib import Path
from typing import Any

import torch

from foolproof.compute.stage import stage
from foolproof.core.files import write_json
from foolproof.core.stage import run_stage
from foolproof.figures.adder import draw_addition, draw_network
from foolproof.figures.style import save_figures
from foolproof.params.adder import Adder
from foolproof.toys.adder import (
    ADDER,
    CARRY,
    Addition,
    Transitions,
    add_stepwise,
    count_errors,
    count_errors_of_all_pairs,
    count_wrong,
    margins,
    random_pairs,
    transitions,
    truth_table,
)

SOURCE = "Computed by the network with weights set by hand; no other data"
EXAMPLE = ("100111", "110010")


def main() -> str:
    """Test the network on numbers and on all its transitions, and draw it at work."""
    # A network this small is slower on a GPU: all tensors stay on the CPU.
    with stage(Adder) as s:
        first, second = random_pairs(s.settings.seed, s.settings.long_bits, s.settings.long_count)
        steps = transitions(ADDER)
        table = truth_table(steps)
        example = add_stepwise(ADDER, *(int(number, base=2) for number in EXAMPLE))
        errors = count_errors_of_all_pairs(ADDER, s.settings.bits)
        write_json(
            Path("metrics/toys/adder.json"),
            {
                "bits": s.settings.bits,
                "pairs_checked": 4**s.settings.bits,
                "errors": errors,
                "long_bits": s.settings.long_bits,
                "long_checked": s.settings.long_count,
                "long_errors": count_errors(ADDER, first, second),
                "transitions": len(steps.outputs),
                "transition_errors": count_wrong(steps),
                "parameters": {name: values.tolist() for name, values in ADDER._asdict().items()},
                "units": [describe_units(table, total) for total in range(4)],
                "margin": margins(steps)._asdict(),
                "example": describe_example(example),
            },
        )
        figures = {
            "adder": draw_addition(*(values.numpy() for values in example)),
            "network": draw_network(
                torch.cat([ADDER.U, ADDER.W], 1).numpy(),
                ADDER.b_h.numpy(),
                ADDER.v.numpy(),
                ADDER.b_y.item(),
                range(4),
                torch.cat([table.hidden_sums, table.output_sums[:, None]], 1).numpy(),
            ),
        }
        save_figures(figures, Path("plots/adder"), source=SOURCE)
    return f"{errors} errors in {4**s.settings.bits:,} sums"


def describe_units(table: Transitions, total: int) -> dict[str, Any]:
    """List pre-activations and units for one total of both bits and the carry."""
    return {
        "total": total,
        "hidden_sums": table.hidden_sums[total].tolist(),
        "hidden": table.hidden[total].int().tolist(),
        "output_sum": table.output_sums[total].item(),
        "output": int(table.outputs[total]),
        "carry": int(table.hidden[total, CARRY]),
    }


def describe_example(example: Addition) -> dict[str, Any]:
    """List the steps of the sheet's example."""
    first, second = EXAMPLE
    return {
        "first": first,
        "second": second,
        "sum": "".join(str(int(bit)) for bit in example.outputs.flip(0)),
        **{name: values.int().tolist() for name, values in example._asdict().items()},
    }


if __name__ == "__main__":
    run_stage(main)

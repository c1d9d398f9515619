"""Draw the curves of the two trainings of CIS680's network in one chart."""

from pathlib import Path

import pandas as pd

from foolproof.curves import chart_rows
from foolproof.datasets import source_line
from foolproof.figures.curves import draw_training_curves
from foolproof.figures.style import save_figure
from foolproof.files import read_json, write_csv
from foolproof.stage import run_stage

NAMES = {"first": "first training", "second": "second training"}


def main() -> None:
    """Write the curves as one table and one picture."""
    plots = Path("plots/table1")
    curves = {name: pd.read_csv(plots / f"{run}.csv") for run, name in NAMES.items()}
    write_csv(plots / "curves.csv", chart_rows(curves, held_out="test"))
    figure = draw_training_curves(curves, held_out="test")
    save_figure(
        figure, plots / "curves.png", source=source_line(read_json(Path("data/mnist.json")))
    )


if __name__ == "__main__":
    run_stage(main)

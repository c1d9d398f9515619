"""Draw trainings that the test images follow in one chart."""

import argparse
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

import pandas as pd

from foolproof.curves import chart_rows
from foolproof.figures.curves import draw_training_curves
from foolproof.figures.style import save_figure
from foolproof.files import write_csv
from foolproof.provenance import source_line
from foolproof.stage import run_stage


class Chart(NamedTuple):
    """What is drawn together."""

    data: str
    """What the networks are trained on."""

    names: Mapping[str, str]
    """What the figure calls each training."""

    accuracy_from: float
    """Where the axis of the accuracy begins, in percent."""


CHARTS = {
    "table1": Chart(
        data="mnist",
        names={"first": "first training", "second": "second training"},
        accuracy_from=90,
    ),
    "cifar10": Chart(
        data="cifar10",
        names={"nobn": "without batch norm", "bn": "with batch norm", "deep": "deep network"},
        accuracy_from=20,
    ),
}


def main() -> None:
    """Write the curves of the group that the command line names as one table and one picture."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("group", choices=sorted(CHARTS))
    group = parser.parse_args().group
    chart = CHARTS[group]
    plots = Path("plots", group)
    curves = {name: pd.read_csv(plots / f"{run}.csv") for run, name in chart.names.items()}
    write_csv(plots / "curves.csv", chart_rows(curves, held_out="test"))
    figure = draw_training_curves(curves, held_out="test", accuracy_from=chart.accuracy_from)
    source = source_line(chart.data)
    save_figure(figure, plots / "curves.png", source=source)


if __name__ == "__main__":
    run_stage(main)

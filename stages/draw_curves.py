"""Draw the training curves of a group of networks that are trained without validation."""

from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

import pandas as pd

from foolproof.core.files import write_csv
from foolproof.core.provenance import source_line
from foolproof.core.stage import run_stage
from foolproof.figures.curves import draw_training_curves
from foolproof.figures.style import save_figure
from foolproof.training.curves import chart_rows


class Chart(NamedTuple):
    """A chart of several trainings."""

    data: str
    """Name of the data set."""

    names: Mapping[str, str]
    """Names of the trainings in the figure, by file."""

    accuracy_from: float
    """Lower limit of the accuracy axis, in percent."""


CHARTS = {
    "cis680": Chart(
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


def main(group: str) -> None:
    """Write one table and one figure of a group of networks."""
    chart = CHARTS[group]
    runs = Path("data/curves", group)
    curves = {name: pd.read_csv(runs / f"{run}.csv") for run, name in chart.names.items()}
    write_csv(Path(f"plots/draw_curves_{group}.csv"), chart_rows(curves, eval_name="test"))
    figure = draw_training_curves(curves, eval_name="test", accuracy_from=chart.accuracy_from)
    source = source_line(chart.data)
    save_figure(figure, Path("plots/draw_curves", f"{group}.png"), source=source)


if __name__ == "__main__":
    run_stage(main, group=sorted(CHARTS))

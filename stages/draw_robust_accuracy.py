"""Draw the robust accuracy of a group of networks against epsilon."""

from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from foolproof.core.files import read_json, write_csv
from foolproof.core.provenance import source_line
from foolproof.core.stage import run_stage
from foolproof.figures.robust_accuracy import draw_robust_accuracy, robust_accuracy_rows
from foolproof.figures.style import save_figure


class Chart(NamedTuple):
    """A chart of several networks."""

    data: str
    """Name of the data set."""

    title: str

    unit: str
    """Of epsilon."""

    names: Mapping[str, str]
    """Of the networks in the figure, by their keys in the metrics."""


BATCH_NORM = {"nobn": "without batch norm", "bn": "with batch norm"}
PIXELS = "pixels in [0, 1]"

CHARTS = {
    "mnist": Chart(
        "mnist", "MNIST networks", PIXELS, {**BATCH_NORM, "robust": "adversarial training"}
    ),
    "cis680": Chart(
        "mnist", "CIS680 network", PIXELS, {"first": "first training", "second": "second training"}
    ),
    "cifar10": Chart(
        "cifar10",
        "CIFAR-10 networks",
        "in units of 1/255",
        {**BATCH_NORM, "deep": "deep network"},
    ),
}


def main(group: str) -> None:
    """Write one table and one figure of a group of networks."""
    chart = CHARTS[group]
    found = read_json(Path(f"metrics/robust_accuracy/{group}.json"))["networks"]
    results = {name: found[key] for key, name in chart.names.items()}
    write_csv(Path(f"plots/draw_robust_accuracy_{group}.csv"), robust_accuracy_rows(results))
    figure = draw_robust_accuracy(results, title=chart.title, unit=chart.unit)
    path = Path(f"plots/draw_robust_accuracy/{group}.png")
    save_figure(figure, path, source=source_line(chart.data))


if __name__ == "__main__":
    run_stage(main, group=sorted(CHARTS))

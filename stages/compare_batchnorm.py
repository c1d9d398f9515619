"""Compare training without and with batch norm, paired by seed: curves, accuracy, epochs."""

from pathlib import Path
from typing import Any, Literal, NamedTuple

import pandas as pd

from foolproof.compute.paired import paired_difference
from foolproof.compute.words import points_in_words
from foolproof.core.files import read_json, write_csv, write_json
from foolproof.core.provenance import source_line
from foolproof.core.stage import run_stage
from foolproof.data.arrays import read_arrays
from foolproof.figures.curves import draw_training_curves
from foolproof.figures.style import save_figure
from foolproof.training.comparison import (
    compare_epochs,
    compare_predictions,
    compare_training_losses,
    count_significant,
    summarize_end,
    summarize_epochs,
)
from foolproof.training.curves import chart_rows

NAMES = {"nobn": "without batch norm", "bn": "with batch norm"}


class Chart(NamedTuple):
    """The curves of a data set's networks."""

    eval_name: Literal["validation", "test"]
    accuracy_from: float
    """Lower limit of the accuracy axis, in percent."""


CHARTS = {"mnist": Chart("validation", 90), "cifar10": Chart("test", 20)}


def main(group: str) -> str:
    """Compare the two networks of a data set."""
    curves = {name: pd.read_csv(Path("data/curves", group, f"{name}.csv")) for name in NAMES}
    draw(curves, group)
    found = compare(curves, group)
    write_json(Path("metrics", group, "comparison.json"), found)
    return f"batch norm gains {points_in_words(found['test_accuracy_difference'])}"


def draw(curves: dict[str, pd.DataFrame], group: str) -> None:
    """Write the curves of both networks as a table and a figure."""
    chart = CHARTS[group]
    named = {NAMES[key]: curve for key, curve in curves.items()}
    rows = chart_rows(named, eval_name=chart.eval_name)
    write_csv(Path(f"plots/compare_batchnorm_{group}.csv"), rows)
    figure = draw_training_curves(
        named, eval_name=chart.eval_name, accuracy_from=chart.accuracy_from
    )
    path = Path("plots/compare_batchnorm", f"{group}.png")
    save_figure(figure, path, source=source_line(group))


def compare(curves: dict[str, pd.DataFrame], group: str) -> dict[str, Any]:
    """Compare accuracies, losses, predictions and, where there is a target, epochs to it."""
    metrics = {name: read_json(Path("metrics", group, f"{name}.json")) for name in NAMES}
    predictions = {
        name: read_arrays(Path("data/predictions", group, f"{name}.npz")) for name in NAMES
    }
    by_seed = compare_predictions(predictions["bn"], predictions["nobn"])
    found = {
        "test_accuracy_difference": paired_difference(
            metrics["bn"]["test_accuracy_by_seed"], metrics["nobn"]["test_accuracy_by_seed"]
        ),
        "same_images": {"by_seed": by_seed, "significant": count_significant(by_seed)},
        "training_loss": compare_training_losses(curves["bn"], curves["nobn"]),
        "end": {name: summarize_end(curve) for name, curve in curves.items()},
    }
    if "epochs_to_target_by_seed" in metrics["bn"]:
        epochs = {name: metrics[name]["epochs_to_target_by_seed"] for name in NAMES}
        found["epochs_to_target"] = {
            **{name: summarize_epochs(each) for name, each in epochs.items()},
            **compare_epochs(epochs["bn"], epochs["nobn"]),
        }
    return found


if __name__ == "__main__":
    run_stage(main, group=sorted(CHARTS))

"""Compare training without and with batch norm: curves, accuracy, epochs to the target."""

from pathlib import Path

import pandas as pd

from foolproof.compute.intervals import mean_with_interval
from foolproof.core.files import read_json, write_csv, write_json
from foolproof.core.provenance import source_line
from foolproof.core.stage import run_stage
from foolproof.figures.curves import draw_training_curves
from foolproof.figures.style import save_figure
from foolproof.training.curves import chart_rows

CURVES = Path("data/curves/mnist")
NAMES = {"nobn": "without batch norm", "bn": "with batch norm"}


def main() -> None:
    """Compare the two trainings."""
    curves = {name: pd.read_csv(CURVES / f"{network}.csv") for network, name in NAMES.items()}
    write_csv(Path("plots/compare_batchnorm.csv"), chart_rows(curves, eval_name="validation"))
    figure = draw_training_curves(curves, eval_name="validation", accuracy_from=90)
    source = source_line("mnist")
    save_figure(figure, Path("plots/compare_batchnorm/curves.png"), source=source)

    metrics = {name: read_json(Path("metrics/mnist", f"{name}.json")) for name in NAMES}
    pairs = [metrics[name]["test_accuracy_by_seed"] for name in ("bn", "nobn")]
    epochs = {name: metrics[name]["epochs_to_target_by_seed"] for name in NAMES}
    write_json(
        Path("metrics/mnist/comparison.json"),
        {
            "test_accuracy_difference": mean_with_interval(
                [bn - nobn for bn, nobn in zip(*pairs, strict=True)]
            ),
            "epochs_to_target": {name: summary(values) for name, values in epochs.items()},
        },
    )


def summary(epochs: list[float | None]) -> dict[str, object]:
    """Average the epochs of the seeds that reached the target, and count the others."""
    reached = [value for value in epochs if value is not None]
    interval = mean_with_interval(reached) if reached else None
    return {"reached": interval, "never": len(epochs) - len(reached)}


if __name__ == "__main__":
    run_stage(main)

"""Compare the trainings without and with batch norm: curves in one table and chart, differences."""

import argparse
from pathlib import Path

import pandas as pd

from foolproof.datasets import source_line
from foolproof.figures.curves import NAMES, draw_training_curves
from foolproof.figures.style import save_figure
from foolproof.files import read_json, write_csv, write_json
from foolproof.stage import run_stage
from foolproof.statistics import mean_with_interval


def main() -> None:
    """Compare the two trainings on the data set that the command line names."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("dataset")
    dataset = parser.parse_args().dataset
    plots = Path("plots", dataset)
    curves = {network: pd.read_csv(plots / f"{network}.csv") for network in NAMES}
    write_csv(plots / "curves.csv", [row for name in NAMES for row in tidy(name, curves[name])])
    figure = draw_training_curves(curves)
    source = source_line(read_json(Path("data", f"{dataset}.json")))
    save_figure(figure, plots / "curves.png", source=source)

    metrics = {name: read_json(Path("metrics", dataset, f"{name}.json")) for name in NAMES}
    pairs = [metrics[name]["test_accuracy_by_seed"] for name in ("bn", "nobn")]
    epochs = {name: metrics[name]["epochs_to_target_by_seed"] for name in NAMES}
    write_json(
        Path("metrics", dataset, "comparison.json"),
        {
            "test_accuracy_difference": mean_with_interval(
                [bn - nobn for bn, nobn in zip(*pairs, strict=True)]
            ),
            "epochs_to_target": {name: summary(values) for name, values in epochs.items()},
        },
    )


def tidy(network: str, curve: pd.DataFrame) -> list[dict[str, object]]:
    """Average a network's curves over the seeds, a row for each epoch and part of the data."""
    mean = curve.drop(columns="seed").groupby("epoch", as_index=False).mean()
    return [
        {
            "epoch": point["epoch"],
            "series": f"{part}, {NAMES[network]}",
            "loss": point[f"{part}_loss"],
            "error": 1 - point[f"{part}_accuracy"],
            "accuracy": point[f"{part}_accuracy"],
        }
        for part in ("training", "validation")
        for point in mean.to_dict("records")
    ]


def summary(epochs: list[float | None]) -> dict[str, object]:
    """Average the epochs of the seeds that came to the target, and count those that did not."""
    reached = [value for value in epochs if value is not None]
    interval = mean_with_interval(reached) if reached else None
    return {"reached": interval, "never": len(epochs) - len(reached)}


if __name__ == "__main__":
    run_stage(main)

"""Train a network once for each seed; keep the weights that are best on the validation images."""

import argparse
import logging
import time
from dataclasses import asdict
from pathlib import Path
from typing import Any

import torch

from foolproof.datasets import hold_out, load_dataset
from foolproof.files import write_csv, write_json
from foolproof.models.mnist import NETWORKS
from foolproof.models.weights import save_weights, weights_digest
from foolproof.params.base import load_section
from foolproof.params.data import Compute
from foolproof.params.training import Training
from foolproof.runtime import prepare_device, seeded
from foolproof.stage import run_stage
from foolproof.statistics import mean_with_interval
from foolproof.training import CurvePoint, epochs_to_accuracy, measure, train

log = logging.getLogger(__name__)


class Follower:
    """Writes a curve as it grows, and says how far a training is at the end of each epoch."""

    def __init__(self, dataset: str, network: str, seed: int, rows: list[dict[str, Any]]) -> None:
        self.path = Path("plots", dataset, f"{network}.csv")
        self.name = f"{network} seed {seed}"
        self.seed = seed
        self.rows = rows
        self.started = time.perf_counter()

    def __call__(self, point: CurvePoint) -> None:
        """Take the next point of the curve."""
        self.rows.append({"seed": self.seed, **asdict(point)})
        write_csv(self.path, self.rows)
        if point.epoch.is_integer():
            log.info(
                "%s: epoch %d, %.1f s, validation accuracy %.2f %%",
                self.name,
                point.epoch,
                time.perf_counter() - self.started,
                100 * point.validation_accuracy,
            )


def main() -> None:
    """Train the network that the command line names, and write weights, curves and metrics."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("dataset")
    parser.add_argument("network", choices=sorted(NETWORKS))
    arguments = parser.parse_args()
    settings = load_section(f"train.{arguments.dataset}", Training)
    device = prepare_device(load_section("compute", Compute).threads)
    dataset = load_dataset(Path("data", f"{arguments.dataset}.npz"), device)
    training, validation = hold_out(
        dataset.train, settings.validation_fraction, seeded(settings.validation_seed)
    )
    curve_rows: list[dict[str, Any]] = []
    trainings = []
    test_results = []
    for seed in settings.seeds:
        torch.manual_seed(seed)
        network = NETWORKS[arguments.network]().to(device)
        follow = Follower(arguments.dataset, arguments.network, seed, curve_rows)
        trained = train(network, training, validation, settings, seeded(seed), follow)
        network.load_state_dict(trained.state)
        trainings.append(trained)
        test_results.append(measure(network, dataset.test))

    best = max(trainings, key=lambda trained: trained.validation_accuracy)
    save_weights(
        Path("models", arguments.dataset, f"{arguments.network}.safetensors"),
        best.state,
        network=arguments.network,
    )
    losses, accuracies = zip(*test_results, strict=True)
    epochs = [epochs_to_accuracy(t.curve, settings.target_accuracy) for t in trainings]
    write_json(
        Path("metrics", arguments.dataset, f"{arguments.network}.json"),
        {
            "test_accuracy": mean_with_interval(accuracies),
            "test_loss": mean_with_interval(losses),
            "test_accuracy_by_seed": accuracies,
            "validation_accuracy": best.validation_accuracy,
            "best_epoch": best.best_epoch,
            "best_seed": settings.seeds[trainings.index(best)],
            "epochs_to_target_by_seed": epochs,
            "weights_sha256": weights_digest(best.state),
        },
    )


if __name__ == "__main__":
    run_stage(main)

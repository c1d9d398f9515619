"""Train the network of CIS680 on all training images and follow it on the test images."""

import argparse
from pathlib import Path

from foolproof.datasets import load_dataset
from foolproof.files import write_json
from foolproof.models.table1 import NETWORKS
from foolproof.models.weights import weights_digest
from foolproof.params.base import load_section
from foolproof.params.data import Compute
from foolproof.params.training import TrainTable1
from foolproof.runtime import prepare_device
from foolproof.stage import run_stage
from foolproof.training import measure
from foolproof.training_stage import Run, train_once


def main() -> None:
    """Train once, with the seed of the name on the command line; write weights and metrics."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("name", choices=sorted(NETWORKS))
    name = parser.parse_args().name
    settings = load_section("train.table1", TrainTable1)
    device = prepare_device(load_section("compute", Compute).threads)
    dataset = load_dataset(Path("data/mnist.npz"), device)
    run = Run("table1", name, held_out="test")
    seed = getattr(settings.seeds, name)
    network, trained = train_once(
        NETWORKS[name], dataset.train, dataset.test, settings, seed=seed, run=run
    )
    run.save(trained)
    training_loss, training_accuracy = measure(network, dataset.train)
    test_loss, test_accuracy = measure(network, dataset.test)
    write_json(
        Path("metrics/table1", f"{name}.json"),
        {
            "test_accuracy": test_accuracy,
            "test_loss": test_loss,
            "training_accuracy": training_accuracy,
            "training_loss": training_loss,
            "seed": seed,
            "weights_sha256": weights_digest(trained.state),
        },
    )


if __name__ == "__main__":
    run_stage(main)

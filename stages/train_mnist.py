"""Train a network of EE6132 once for each seed; keep what is best on the validation images."""

import argparse
from pathlib import Path

from foolproof.compute.device import prepare_device
from foolproof.compute.intervals import mean_with_interval
from foolproof.compute.seeds import new_generator
from foolproof.core.files import write_json
from foolproof.core.params import load_section
from foolproof.core.stage import run_stage
from foolproof.data.datasets import load_dataset, train_val_split
from foolproof.networks.mnist import NETWORKS
from foolproof.networks.weights import weights_digest
from foolproof.params.data import Compute
from foolproof.params.training import Training
from foolproof.training.loop import epochs_to_accuracy, measure
from foolproof.training.run import Run, machine_for, train_once


def main() -> None:
    """Train the network that the command line names, and write weights, curves and metrics."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("network", choices=sorted(NETWORKS))
    name = parser.parse_args().network
    settings = load_section("train.mnist", Training)
    device = prepare_device(load_section("compute", Compute).threads)
    dataset = load_dataset(Path("data/mnist.npz"), device)
    training, validation = train_val_split(
        dataset.train, settings.validation_fraction, new_generator(settings.validation_seed)
    )
    machine = machine_for(settings, device)
    run = Run("mnist", name, held_out="validation", machine=machine)
    trainings = []
    test_results = []
    for seed in settings.seeds:
        network, trained = train_once(
            NETWORKS[name], training, validation, settings, seed=seed, run=run
        )
        trainings.append(trained)
        test_results.append(measure(network, dataset.test))

    best = max(trainings, key=lambda trained: trained.held_out_accuracy)
    run.save(best)
    losses, accuracies = zip(*test_results, strict=True)
    epochs = [epochs_to_accuracy(t.curve, settings.target_accuracy) for t in trainings]
    write_json(
        Path("metrics/mnist", f"{name}.json"),
        {
            "test_accuracy": mean_with_interval(accuracies),
            "test_loss": mean_with_interval(losses),
            "test_accuracy_by_seed": accuracies,
            "validation_accuracy": best.held_out_accuracy,
            "epochs": best.epochs,
            "best_epoch": best.epoch,
            "best_seed": settings.seeds[trainings.index(best)],
            "epochs_to_target_by_seed": epochs,
            "weights_sha256": weights_digest(best.state),
        },
    )


if __name__ == "__main__":
    run_stage(main)

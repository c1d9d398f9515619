"""Train a network of CS5787's sheet on all training images of CIFAR-10."""

import argparse
from pathlib import Path

from foolproof.compute.device import prepare_device
from foolproof.compute.seeds import new_generator
from foolproof.core.params import load_section
from foolproof.core.stage import run_stage
from foolproof.data.augmentation import augmented
from foolproof.data.datasets import load_dataset
from foolproof.networks.cifar10 import NETWORKS
from foolproof.params.data import Compute
from foolproof.params.training import AugmentedTraining
from foolproof.training.full import train_on_all


def main() -> None:
    """Train the network that the command line names."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("network", choices=("bn", "nobn"))
    name = parser.parse_args().network
    settings = load_section("train.cifar10", AugmentedTraining)
    device = prepare_device(load_section("compute", Compute).threads)
    dataset = load_dataset(Path("data/cifar10.npz"), device)
    train_on_all(
        NETWORKS[name],
        dataset,
        settings,
        seed=settings.seed,
        group="cifar10",
        name=name,
        training=augmented(dataset.train, settings.augmentation, new_generator(settings.seed)),
    )


if __name__ == "__main__":
    run_stage(main)

"""Train a network of CS5787's sheet on all training images of CIFAR-10."""

import argparse
from pathlib import Path

from foolproof.compute.stage import stage
from foolproof.core.stage import run_stage
from foolproof.data.datasets import load_dataset
from foolproof.networks.cifar10 import NETWORKS
from foolproof.params.training import TrainCifar10
from foolproof.training.stage import augmentation, train_config, train_on_full_set


def main() -> None:
    """Train the network that the command line names."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("network", choices=("bn", "nobn"))
    name = parser.parse_args().network
    with stage(TrainCifar10, "train.cifar10") as s:
        train_on_full_set(
            NETWORKS[name],
            load_dataset(Path("data/cifar10.npz"), s.device),
            train_config(s.settings),
            seed=s.settings.seed,
            group="cifar10",
            name=name,
            augment=augmentation(s.settings),
        )


if __name__ == "__main__":
    run_stage(main)

"""Train a network of CS5787's sheet on all training images of CIFAR-10, with each seed."""

from pathlib import Path

from foolproof.compute.stage import stage
from foolproof.core.stage import run_stage
from foolproof.data.datasets import load_dataset
from foolproof.networks.cifar10 import NETWORKS
from foolproof.params.training import TrainCifar10
from foolproof.training.full_set import train_on_full_set, trained_in_words
from foolproof.training.stage import augmentation, train_config


def main(name: str) -> str:
    """Train a network, `bn` or `nobn`."""
    with stage(TrainCifar10, "train.cifar10") as s:
        dataset = load_dataset(Path("data/cifar10.npz"), s.device)
        trainings = train_on_full_set(
            NETWORKS[name],
            dataset,
            train_config(s.settings),
            seeds=s.settings.seeds,
            group="cifar10",
            name=name,
            augment_with=lambda seed: augmentation(s.settings, len(dataset.train.labels), seed),
        )
    return trained_in_words(trainings)


if __name__ == "__main__":
    run_stage(main, name=("bn", "nobn"))

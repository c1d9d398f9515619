"""Train the network of CIS680 on all training images, with the curve on the test images."""

from pathlib import Path

from foolproof.compute.stage import stage
from foolproof.core.stage import run_stage
from foolproof.data.datasets import load_dataset
from foolproof.networks.cis680 import NETWORKS
from foolproof.params.training import TrainCis680
from foolproof.training.full_set import train_on_full_set, trained_in_words
from foolproof.training.stage import train_config


def main(name: str) -> str:
    """Train once, with the seed of a name."""
    with stage(TrainCis680, "train.cis680") as s:
        trainings = train_on_full_set(
            NETWORKS[name],
            load_dataset(Path("data/mnist.npz"), s.device),
            train_config(s.settings),
            seeds=[getattr(s.settings.seeds, name)],
            group="cis680",
            name=name,
        )
    return trained_in_words(trainings)


if __name__ == "__main__":
    run_stage(main, name=sorted(NETWORKS))

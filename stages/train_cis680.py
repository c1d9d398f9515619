"""Train the network of CIS680 on all training images and follow it on the test images."""

import argparse
from pathlib import Path

from foolproof.compute.device import prepare_device
from foolproof.core.params import load_section
from foolproof.core.stage import run_stage
from foolproof.data.datasets import load_dataset
from foolproof.networks.cis680 import NETWORKS
from foolproof.params.data import Compute
from foolproof.params.training import TrainCis680
from foolproof.training.full import train_on_all


def main() -> None:
    """Train once, with the seed of the name on the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("name", choices=sorted(NETWORKS))
    name = parser.parse_args().name
    settings = load_section("train.cis680", TrainCis680)
    device = prepare_device(load_section("compute", Compute).threads)
    dataset = load_dataset(Path("data/mnist.npz"), device)
    seed = getattr(settings.seeds, name)
    train_on_all(NETWORKS[name], dataset, settings, seed=seed, group="cis680", name=name)


if __name__ == "__main__":
    run_stage(main)

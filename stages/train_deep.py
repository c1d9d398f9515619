"""Train the deep network for CIFAR-10 on all training images."""

from pathlib import Path

from foolproof.compute.stage import stage
from foolproof.core.stage import run_stage
from foolproof.data.datasets import load_dataset
from foolproof.networks.cifar10 import deep_cnn, whitening_filters
from foolproof.params.training import TrainCifar10
from foolproof.training.stage import augmentation, train_config, train_on_full_set

# The first filters are computed from the patches of so many images, 961 each.
PATCHED_IMAGES = 5000


def main() -> None:
    """Train it once."""
    with stage(TrainCifar10, "train.deep") as s:
        dataset = load_dataset(Path("data/cifar10.npz"), s.device)
        filters = whitening_filters(dataset.train.images[:PATCHED_IMAGES])
        train_on_full_set(
            lambda: deep_cnn(filters),
            dataset,
            train_config(s.settings),
            seed=s.settings.seed,
            group="cifar10",
            name="deep",
            augment=augmentation(s.settings),
        )


if __name__ == "__main__":
    run_stage(main)

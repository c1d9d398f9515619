"""Train the better network for CIFAR-10 on all training images."""

from pathlib import Path

from foolproof.compute.device import prepare_device
from foolproof.compute.seeds import new_generator
from foolproof.core.params import load_section
from foolproof.core.stage import run_stage
from foolproof.data.augmentation import augmented
from foolproof.data.datasets import load_dataset
from foolproof.networks.cifar10 import deep_cnn, whitening_filters
from foolproof.params.data import Compute
from foolproof.params.training import AugmentedTraining
from foolproof.training.full import train_on_all

# Images whose patches the first filters are computed from; each has 961.
PATCHED_IMAGES = 5000


def main() -> None:
    """Train it once."""
    settings = load_section("train.deep", AugmentedTraining)
    device = prepare_device(load_section("compute", Compute).threads)
    dataset = load_dataset(Path("data/cifar10.npz"), device)
    filters = whitening_filters(dataset.train.images[:PATCHED_IMAGES])
    train_on_all(
        lambda: deep_cnn(filters),
        dataset,
        settings,
        seed=settings.seed,
        group="cifar10",
        name="deep",
        training=augmented(dataset.train, settings.augmentation, new_generator(settings.seed)),
    )


if __name__ == "__main__":
    run_stage(main)

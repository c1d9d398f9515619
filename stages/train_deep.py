"""Train the deep network for CIFAR-10 on all training images, with each seed."""

from pathlib import Path

import torch

from foolproof.compute.intervals import mean_with_interval
from foolproof.compute.stage import stage
from foolproof.core.files import write_json
from foolproof.core.stage import run_stage
from foolproof.data.datasets import Split, load_dataset
from foolproof.networks.cifar10 import deep_cnn, whitening_filters
from foolproof.networks.inference import mean_over_views
from foolproof.params.training import TrainDeep
from foolproof.training.full_set import train_on_full_set
from foolproof.training.recorder import Training
from foolproof.training.stage import augmentation, train_config

# The first filters are computed from the patches of so many images, 961 each.
PATCHED_IMAGES = 5000


def main() -> None:
    """Train with each seed; measure also the mean over six views of each test image."""
    with stage(TrainDeep, "train.deep") as s:
        dataset = load_dataset(Path("data/cifar10.npz"), s.device)
        filters = whitening_filters(dataset.train.images[:PATCHED_IMAGES])
        trainings = train_on_full_set(
            lambda: deep_cnn(filters),
            dataset,
            train_config(s.settings),
            seeds=s.settings.seeds,
            group="cifar10",
            name="deep",
            augment_with=lambda seed: augmentation(s.settings, len(dataset.train.labels), seed),
        )
        accuracies = [accuracy_over_views(each, dataset.test) for each in trainings]
        write_json(
            Path("metrics/cifar10/deep_views.json"),
            {"test_accuracy": mean_with_interval(accuracies), "by_seed": accuracies},
        )


def accuracy_over_views(training: Training, test: Split) -> float:
    """Measure the accuracy of the mean logits over six views of each image."""
    with torch.no_grad():
        logits = mean_over_views(training.network.eval(), test.images)
    return (logits.argmax(1) == test.labels).double().mean().item()


if __name__ == "__main__":
    run_stage(main)

"""Train the deep network for CIFAR-10 on all training images, with each seed."""

from collections.abc import Sequence
from pathlib import Path

import torch
from torch import Tensor

from foolproof.compute.seeds import new_generator
from foolproof.compute.stage import stage
from foolproof.core.files import write_json
from foolproof.core.stage import run_stage
from foolproof.data.datasets import Split, load_dataset, sample_images
from foolproof.networks.cifar10 import deep_cnn, whitening_filters
from foolproof.networks.inference import mean_over_views
from foolproof.params.training import TrainDeep
from foolproof.training.comparison import compare_on_images
from foolproof.training.full_set import describe_accuracy, train_on_full_set, trained_in_words
from foolproof.training.recorder import Training
from foolproof.training.stage import augmentation, train_config

# The first filters are computed from the patches of so many random images, 961 each.
PATCHED_IMAGES = 5000


def main() -> str:
    """Train with each seed; measure also the mean over six views of each test image."""
    with stage(TrainDeep, "train.deep") as s:
        dataset = load_dataset(Path("data/cifar10.npz"), s.device)
        generator = new_generator(s.settings.seeds[0], "images")
        patched = sample_images(dataset.train, PATCHED_IMAGES, generator)
        filters = whitening_filters(patched.images)
        trainings = train_on_full_set(
            lambda: deep_cnn(filters),
            dataset,
            train_config(s.settings),
            seeds=s.settings.seeds,
            group="cifar10",
            name="deep",
            augment_with=lambda seed: augmentation(s.settings, len(dataset.train.labels), seed),
        )
        write_json(Path("metrics/cifar10/deep_views.json"), measure_views(trainings, dataset.test))
    return trained_in_words(trainings)


def measure_views(trainings: Sequence[Training], test: Split) -> dict[str, object]:
    """Measure the accuracy by the mean logits over six views, and its gain on one view."""
    correct = [correct_over_views(each, test) for each in trainings]
    first, plain = correct[0].cpu().numpy(), trainings[0].test.correct.cpu().numpy()
    return {**describe_accuracy(correct), "first_seed_comparison": compare_on_images(first, plain)}


def correct_over_views(training: Training, test: Split) -> Tensor:
    """Say whether the mean logits over six views classify each image correctly, (N,) bool."""
    with torch.no_grad():
        logits = mean_over_views(training.network.eval(), test.images)
    return logits.argmax(1) == test.labels


if __name__ == "__main__":
    run_stage(main)

"""Trainings on all training images, whose curves are those of the test images."""

from collections.abc import Callable, Sequence
from pathlib import Path

from torch import Tensor, nn

from foolproof.compute.intervals import mean_with_interval, rate_with_interval
from foolproof.compute.words import percent_in_words
from foolproof.core.files import write_json
from foolproof.data.datasets import Dataset
from foolproof.networks.weights import weights_digest
from foolproof.training.config import TrainConfig
from foolproof.training.loop import Augment, measure
from foolproof.training.recorder import Training, TrainingRecorder
from foolproof.training.stage import train_with_seeds, training_machine


def train_on_full_set(
    build: Callable[[], nn.Module],
    dataset: Dataset,
    config: TrainConfig,
    *,
    seeds: Sequence[int],
    group: str,
    name: str,
    augment_with: Callable[[int], Augment] | None = None,
) -> list[Training]:
    """Train on all training images with each seed, without validation, and keep the last epoch.

    Writes the files of `TrainingRecorder` and metrics/<group>/<name>.json. The weights that are
    saved are those of the first seed.

    Args:
        build: constructs the network.
        dataset: the curves are evaluated on its test images.
        config: the configuration.
        seeds: of the initial weights and the shuffles.
        group: a data set, or a network of its own.
        name: of the network in the group.
        augment_with: makes the augmentation of a seed.
    """
    machine = training_machine(config, dataset.train.images.device)
    recorder = TrainingRecorder(group, name, "test", machine)
    trainings = train_with_seeds(
        build,
        dataset.train,
        dataset.test,
        dataset.test,
        config,
        seeds=seeds,
        recorder=recorder,
        augment_with=augment_with,
    )
    recorder.save(trainings, kept=trainings[0])
    write_json(Path("metrics", group, f"{name}.json"), describe(trainings, dataset))
    return trainings


def trained_in_words(trainings: Sequence[Training]) -> str:
    """Write the test accuracy of trainings, as the main result of a stage."""
    accuracy = mean_with_interval([each.test.accuracy for each in trainings])
    return f"test accuracy {percent_in_words(accuracy)}"


def describe(trainings: Sequence[Training], dataset: Dataset) -> dict[str, object]:
    """Describe trainings by means over the seeds, and the first one by an interval over images."""
    fitted = [measure(each.network, dataset.train) for each in trainings]
    tested = [each.test for each in trainings]
    first = trainings[0]
    return {
        **describe_accuracy([each.correct for each in tested]),
        "test_error": mean_with_interval([1 - each.accuracy for each in tested]),
        "test_loss": mean_with_interval([each.loss for each in tested]),
        "training_accuracy": mean_with_interval([each.accuracy for each in fitted]),
        "training_loss": mean_with_interval([each.loss for each in fitted]),
        "seeds": [each.seed for each in trainings],
        "epochs": first.result.epochs,
        "weights_sha256": weights_digest(first.result.state),
    }


def describe_accuracy(correct: Sequence[Tensor]) -> dict[str, object]:
    """Describe the accuracy over the seeds, and that of the first one by its interval over images.

    Args:
        correct: by seed, whether each test image is correctly classified, (N,) bool.
    """
    accuracies = [each.double().mean().item() for each in correct]
    first = correct[0]
    return {
        "test_accuracy": mean_with_interval(accuracies),
        "test_accuracy_by_seed": accuracies,
        "first_seed_test_accuracy": rate_with_interval(int(first.sum()), len(first)),
    }

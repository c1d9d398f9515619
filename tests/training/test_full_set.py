"""Trainings on all training images: weights, curves, predictions and metrics agree."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor

from foolproof.compute.intervals import mean_with_interval, rate_with_interval
from foolproof.core.files import read_csv, read_json
from foolproof.data.arrays import read_arrays
from foolproof.data.datasets import Dataset
from foolproof.networks.weights import load_network, weights_digest
from foolproof.training.full_set import describe, train_on_full_set
from foolproof.training.loop import measure
from foolproof.training.recorder import Training
from tests.small_training import CONFIG, build, two_classes

CPU = torch.device("cpu")
DATASET = Dataset(two_classes(0), two_classes(1))
SEEDS = (3, 1, 2)


@pytest.fixture
def trainings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[Training]:
    """Train in a folder of its own, which becomes the working directory."""
    monkeypatch.chdir(tmp_path)
    return train_on_full_set(build, DATASET, CONFIG, seeds=SEEDS, group="group", name="name")


def test_saved_weights_are_those_of_the_first_seeds_last_epoch(trainings: list[Training]) -> None:
    metrics = read_json(Path("metrics/group/name.json"))
    _, network = load_network(Path("models/group/name.safetensors"), {"name": build}, CPU)
    assert metrics["weights_sha256"] == weights_digest(network.state_dict())
    assert metrics["weights_sha256"] == weights_digest(trainings[0].result.state)
    assert [each.seed for each in trainings] == metrics["seeds"] == [3, 1, 2]
    assert {each.result.epoch for each in trainings} == {metrics["epochs"]} == {CONFIG.epochs}


def test_metrics_are_means_over_the_networks_of_all_seeds(trainings: list[Training]) -> None:
    metrics = read_json(Path("metrics/group/name.json"))
    tested, fitted = [], []
    for seed in SEEDS:
        path = Path(f"models/seeds/group/name/{seed}.safetensors")
        _, network = load_network(path, {"name": build}, CPU)
        tested.append(measure(network, DATASET.test))
        fitted.append(measure(network, DATASET.train))
    accuracies = [each.accuracy for each in tested]
    assert len(set(accuracies)) > 1
    assert metrics["test_accuracy_by_seed"] == accuracies
    assert metrics["test_accuracy"] == mean_with_interval(accuracies)
    assert metrics["test_loss"] == mean_with_interval([each.loss for each in tested])
    assert metrics["training_accuracy"] == mean_with_interval([each.accuracy for each in fitted])
    assert metrics["training_loss"] == mean_with_interval([each.loss for each in fitted])
    error = metrics["test_error"]
    assert error["mean"] == pytest.approx(1 - metrics["test_accuracy"]["mean"])
    assert error["ci95"] == pytest.approx(metrics["test_accuracy"]["ci95"])
    right = round(40 * accuracies[0])
    assert metrics["first_seed_test_accuracy"] == rate_with_interval(right, 40)
    assert metrics == describe(trainings, DATASET)


@pytest.mark.usefixtures("trainings")
def test_predictions_are_those_of_each_seed_on_the_test_images() -> None:
    arrays = read_arrays(Path("data/predictions/group/name.npz"))
    assert arrays["seeds"].tolist() == [3, 1, 2]
    assert arrays["correct"].dtype == np.bool_
    assert arrays["correct"].shape == (3, 40)
    metrics = read_json(Path("metrics/group/name.json"))
    assert arrays["correct"].mean(1).tolist() == metrics["test_accuracy_by_seed"]


@pytest.mark.usefixtures("trainings")
def test_curves_of_all_seeds_end_with_their_test_accuracy() -> None:
    metrics = read_json(Path("metrics/group/name.json"))
    rows = read_csv(Path("data/curves/group/name.csv"))
    last = {row["seed"]: float(row["test_accuracy"]) for row in rows}
    assert list(last.values()) == metrics["test_accuracy_by_seed"]
    assert list(last) == ["3", "1", "2"]
    assert len(read_json(Path("metrics/timing/group_name.json"))["seconds"]) == 3


def test_one_seed_has_no_interval(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    train_on_full_set(build, DATASET, CONFIG, seeds=[0], group="group", name="name")
    metrics = read_json(Path("metrics/group/name.json"))
    assert metrics["test_accuracy"]["ci95"] is None
    assert metrics["test_accuracy"]["n"] == 1
    assert metrics["first_seed_test_accuracy"]["value"] == metrics["test_accuracy"]["mean"]


def test_augmentation_is_applied(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)

    def unchanged(images: Tensor, *_: Any) -> Tensor:
        return images

    def inverted(images: Tensor, *_: Any) -> Tensor:
        return images.bitwise_not()

    digests = []
    for augment_with in (None, lambda _: unchanged, lambda _: inverted):
        train_on_full_set(
            build,
            DATASET,
            CONFIG,
            seeds=[0],
            group="g",
            name="n",
            augment_with=augment_with,
        )
        digests.append(read_json(Path("metrics/g/n.json"))["weights_sha256"])
    assert digests[0] == digests[1] != digests[2]

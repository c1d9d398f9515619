"""A training on all training images writes weights, a curve and numbers that agree."""

from pathlib import Path

import pytest
import torch

from foolproof.core.files import read_csv, read_json
from foolproof.data.datasets import Dataset
from foolproof.networks.weights import load_network, weights_digest
from foolproof.training.full import train_on_all
from foolproof.training.loop import measure
from tests.small_training import RECIPE, build, two_classes


def test_what_is_written_describes_the_network_of_the_last_epoch(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    dataset = Dataset(two_classes(0), two_classes(1))
    train_on_all(build, dataset, RECIPE, seed=0, group="group", name="name")
    numbers = read_json(Path("metrics/group/name.json"))
    path = Path("models/group/name.safetensors")
    _, network = load_network(path, {"name": build}, torch.device("cpu"))
    assert numbers["weights_sha256"] == weights_digest(network.state_dict())
    loss, accuracy = measure(network, dataset.test)
    assert (numbers["test_loss"], numbers["test_accuracy"]) == (loss, accuracy)
    assert numbers["epochs"] == RECIPE.epochs
    assert (tmp_path / "metrics/timing/group_name.json").is_file()
    assert numbers["test_error"] == 1 - accuracy
    assert numbers["training_accuracy"] == measure(network, dataset.train)[1]
    last = read_csv(Path("plots/group/name.csv"))[-1]
    assert float(last["test_accuracy"]) == accuracy


def test_it_learns_from_the_images_that_it_is_given_instead(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    dataset = Dataset(two_classes(0), two_classes(1))
    digests = []
    for training in (None, dataset.train, two_classes(2)):
        train_on_all(build, dataset, RECIPE, seed=0, group="g", name="n", training=training)
        digests.append(read_json(Path("metrics/g/n.json"))["weights_sha256"])
    assert digests[0] == digests[1] != digests[2]

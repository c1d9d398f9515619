"""Training stages: weights, curve and metrics agree; settings become a configuration."""

import logging
from dataclasses import asdict, replace
from pathlib import Path

import pytest
import torch

from foolproof.compute.machine import Precision
from foolproof.core.files import read_csv, read_json
from foolproof.core.params import load_section
from foolproof.data.datasets import Dataset
from foolproof.networks.weights import load_network, weights_digest
from foolproof.params.training import TrainMnist
from foolproof.training.loop import measure
from foolproof.training.recorder import TrainingRecorder
from foolproof.training.stage import (
    train_config,
    train_from_seed,
    train_on_full_set,
    training_machine,
)
from tests.small_training import CONFIG, MACHINE, build, two_classes

CPU = torch.device("cpu")


def test_config_has_the_values_of_the_section() -> None:
    settings = load_section("train.mnist", TrainMnist)
    config = asdict(train_config(settings))
    assert config == settings.model_dump(include=set(config))


def test_metrics_are_of_the_saved_network_of_the_last_epoch(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    dataset = Dataset(two_classes(0), two_classes(1))
    train_on_full_set(build, dataset, CONFIG, seed=0, group="group", name="name")
    numbers = read_json(Path("metrics/group/name.json"))
    path = Path("models/group/name.safetensors")
    _, network = load_network(path, {"name": build}, CPU)
    assert numbers["weights_sha256"] == weights_digest(network.state_dict())
    loss, accuracy = measure(network, dataset.test)
    assert (numbers["test_loss"], numbers["test_accuracy"]) == (loss, accuracy)
    assert numbers["epochs"] == CONFIG.epochs
    assert (tmp_path / "metrics/timing/group_name.json").is_file()
    assert numbers["test_error"] == 1 - accuracy
    assert numbers["training_accuracy"] == measure(network, dataset.train)[1]
    last = read_csv(Path("data/curves/group/name.csv"))[-1]
    assert float(last["test_accuracy"]) == accuracy


def test_full_set_training_applies_augmentation(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    dataset = Dataset(two_classes(0), two_classes(1))
    digests = []
    for augment in (None, torch.clone, torch.bitwise_not):
        train_on_full_set(build, dataset, CONFIG, seed=0, group="g", name="n", augment=augment)
        digests.append(read_json(Path("metrics/g/n.json"))["weights_sha256"])
    assert digests[0] == digests[1] != digests[2]


@pytest.mark.parametrize("precision", ["float32", "bfloat16"])
def test_machine_and_precision_are_logged_in_one_line(
    caplog: pytest.LogCaptureFixture, precision: Precision
) -> None:
    caplog.set_level(logging.INFO, "foolproof.training.stage")
    machine = training_machine(replace(CONFIG, precision=precision), CPU)
    assert machine.precision == precision
    [line] = [r.getMessage() for r in caplog.records if r.name == "foolproof.training.stage"]
    assert line == f"training in {machine}"


def test_seed_determines_initial_weights_and_shuffles(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    recorder = TrainingRecorder("group", "name", eval_name="test", machine=MACHINE)
    digests = [
        weights_digest(
            train_from_seed(
                build, two_classes(0), two_classes(0), CONFIG, seed=seed, recorder=recorder
            )[1].state
        )
        for seed in (0, 0, 1)
    ]
    assert digests[0] == digests[1] != digests[2]

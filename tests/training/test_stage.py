"""Training stages: settings become a configuration, and seeds all that is random."""

import logging
from dataclasses import asdict, replace
from pathlib import Path

import pytest
import torch
from torch import Tensor

from foolproof.compute.machine import Precision
from foolproof.compute.seeds import new_generator, stream_seed
from foolproof.core.params import load_section
from foolproof.data.augmentation import Augmentation
from foolproof.networks.weights import weights_digest
from foolproof.params.training import (
    TrainCifar10,
    TrainCis680,
    TrainDeep,
    TrainMnist,
    TrainSettings,
)
from foolproof.training.loop import Augment, measure, train
from foolproof.training.recorder import TrainingRecorder
from foolproof.training.stage import (
    augmentation,
    train_config,
    train_from_seed,
    train_with_seeds,
    training_machine,
)
from tests.small_training import CONFIG, MACHINE, build, two_classes

CPU = torch.device("cpu")


@pytest.fixture
def recorder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> TrainingRecorder:
    monkeypatch.chdir(tmp_path)
    return TrainingRecorder("group", "name", eval_name="test", machine=MACHINE)


@pytest.mark.parametrize(
    ("key", "section"),
    [
        ("train.mnist", TrainMnist),
        ("train.cis680", TrainCis680),
        ("train.cifar10", TrainCifar10),
        ("train.deep", TrainDeep),
    ],
)
def test_config_has_the_values_of_the_section(key: str, section: type[TrainSettings]) -> None:
    settings = load_section(key, section)
    config = asdict(train_config(settings))
    assert config == {"sgd": None} | settings.model_dump(include=set(config))


@pytest.mark.parametrize(
    ("key", "section"), [("train.cifar10", TrainCifar10), ("train.deep", TrainDeep)]
)
def test_augmentation_has_the_values_of_the_section_and_a_stream_of_its_seed(
    key: str, section: type[TrainCifar10]
) -> None:
    settings = load_section(key, section)
    images = torch.randint(0, 256, (20, 3, 8, 8), generator=new_generator(0), dtype=torch.uint8)
    expected = Augmentation(
        20,
        max_shift=settings.augmentation.shift,
        mirror=settings.augmentation.mirror,
        generator=new_generator(5, "augmentation"),
    )(images, torch.arange(20), 0)
    same, other = (augmentation(settings, 20, seed)(images, torch.arange(20), 0) for seed in (5, 6))
    assert torch.equal(same, expected)
    assert not torch.equal(other, expected)


@pytest.mark.parametrize("precision", ["float32", "bfloat16"])
def test_machine_and_precision_are_logged_in_one_line(
    caplog: pytest.LogCaptureFixture, precision: Precision
) -> None:
    caplog.set_level(logging.INFO, "foolproof.training.stage")
    machine = training_machine(replace(CONFIG, precision=precision), CPU)
    assert machine.precision == precision
    [line] = [r.getMessage() for r in caplog.records if r.name == "foolproof.training.stage"]
    assert line == f"training in {machine}"


def test_seed_determines_initial_weights_and_shuffles(recorder: TrainingRecorder) -> None:
    digests = [
        weights_digest(
            train_from_seed(
                build, two_classes(0), two_classes(0), CONFIG, seed=seed, recorder=recorder
            )[1].state
        )
        for seed in (0, 0, 1)
    ]
    assert digests[0] == digests[1] != digests[2]


def test_initial_weights_and_shuffles_have_streams_of_their_own(recorder: TrainingRecorder) -> None:
    split = two_classes(0)
    torch.manual_seed(stream_seed(3, "weights"))
    network = build()
    expected = train(network, split, split, CONFIG, new_generator(3, "shuffles"), keep_best=False)
    _, found = train_from_seed(build, split, split, CONFIG, seed=3, recorder=recorder)
    assert weights_digest(found.state) == weights_digest(expected.state)


def test_train_with_seeds_measures_each_kept_network_on_the_test_images(
    recorder: TrainingRecorder,
) -> None:
    training, test = two_classes(0), two_classes(1)
    trainings = train_with_seeds(
        build, training, training, test, CONFIG, seeds=(4, 2), recorder=recorder
    )
    assert [each.seed for each in trainings] == [4, 2]
    for each in trainings:
        assert weights_digest(each.network.state_dict()) == weights_digest(each.result.state)
        loss, accuracy, correct = measure(each.network, test)
        assert (each.test.loss, each.test.accuracy) == (loss, accuracy)
        assert torch.equal(each.test.correct, correct)
        _, alone = train_from_seed(
            build, training, training, CONFIG, seed=each.seed, recorder=recorder
        )
        assert weights_digest(alone.state) == weights_digest(each.result.state)


def test_each_seed_has_an_augmentation_of_its_own(recorder: TrainingRecorder) -> None:
    made: list[int] = []
    used: list[int] = []

    def augment_with(seed: int) -> Augment:
        made.append(seed)

        def augment(images: Tensor, indices: Tensor, epoch: int) -> Tensor:
            del indices, epoch
            used.append(seed)
            return images

        return augment

    split = two_classes(0)
    train_with_seeds(
        build,
        split,
        split,
        split,
        CONFIG,
        seeds=(4, 2),
        recorder=recorder,
        augment_with=augment_with,
    )
    assert made == [4, 2]
    assert used == [4] * 12 + [2] * 12

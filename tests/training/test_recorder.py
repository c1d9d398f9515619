"""The files of trainings: curves, weights, predictions and timing."""

from dataclasses import asdict, replace
from pathlib import Path
from typing import Literal

import pytest
import torch

from foolproof.core.files import read_csv, read_json
from foolproof.data.arrays import read_arrays
from foolproof.networks.weights import load_network, weights_digest
from foolproof.training.config import TrainConfig
from foolproof.training.loop import measure
from foolproof.training.recorder import Training, TrainingRecorder
from foolproof.training.stage import train_from_seed
from tests.small_training import CONFIG, MACHINE, build, two_classes

SPLIT = two_classes(0)


def train_and_measure(recorder: TrainingRecorder, seed: int, config: TrainConfig) -> Training:
    network, result = train_from_seed(build, SPLIT, SPLIT, config, seed=seed, recorder=recorder)
    return Training(seed, network, result, measure(network, SPLIT))


@pytest.mark.parametrize("eval_name", ["validation", "test"])
def test_recorder_writes_curves_weights_and_predictions(
    eval_name: Literal["validation", "test"], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    recorder = TrainingRecorder("group", "name", eval_name=eval_name, machine=MACHINE)
    first, second = trainings = [train_and_measure(recorder, seed, CONFIG) for seed in (0, 1)]
    rows = read_csv(Path("data/curves/group/name.csv"))
    assert [(row["seed"], float(row["epoch"])) for row in rows] == [
        (seed, point / 2) for seed in "01" for point in range(1, 7)
    ]
    assert {f"{eval_name}_loss", f"{eval_name}_accuracy"} < set(rows[0])
    accuracies = [float(row[f"{eval_name}_accuracy"]) for row in rows[1:6:2]]
    expected = accuracies.index(max(accuracies)) + 1 if eval_name == "validation" else 3
    assert first.result.epoch == expected
    recorder.save(trainings, kept=second)
    for path, training in (
        ("models/group/name", second),
        ("models/seeds/group/name/0", first),
        ("models/seeds/group/name/1", second),
    ):
        file = Path(f"{path}.safetensors")
        _, loaded = load_network(file, {"name": build}, torch.device("cpu"))
        digests = {weights_digest(n.state_dict()) for n in (training.network, loaded)}
        assert digests == {weights_digest(training.result.state)}
    predictions = read_arrays(Path("data/predictions/group/name.npz"))
    assert predictions["seeds"].tolist() == [0, 1]
    assert predictions["correct"].tolist() == [each.test.correct.tolist() for each in trainings]


def test_recorder_writes_seconds_and_machine(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    moments = iter([10.0, 12.0, 20.0, 23.0])
    monkeypatch.setattr(
        "foolproof.training.stage.time.perf_counter",
        lambda: next(moments),
    )
    monkeypatch.setattr(TrainingRecorder, "log_of", lambda *_: lambda _: None)
    recorder = TrainingRecorder("group", "name", eval_name="test", machine=MACHINE)
    config = replace(CONFIG, min_steps=17)
    trainings = [train_and_measure(recorder, seed, config) for seed in (0, 1)]
    recorder.save(trainings, kept=trainings[0])
    timing = read_json(Path("metrics/timing/group_name.json"))
    assert timing["seconds"] == [2.0, 3.0]
    assert timing["images_per_second"] == 2 * 5 * len(SPLIT.labels) / 5.0
    assert timing["machine"] == asdict(MACHINE)

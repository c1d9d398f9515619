"""The files of a training: curve, weights and timing."""

from dataclasses import asdict, replace
from pathlib import Path
from typing import Literal

import pytest
import torch

from foolproof.core.files import read_csv, read_json
from foolproof.networks.weights import load_network, weights_digest
from foolproof.training.recorder import TrainingRecorder
from foolproof.training.stage import train_from_seed
from tests.small_training import CONFIG, MACHINE, build, two_classes

SPLIT = two_classes(0)


@pytest.mark.parametrize("eval_name", ["validation", "test"])
def test_recorder_writes_the_curve_and_the_kept_weights(
    eval_name: Literal["validation", "test"], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    recorder = TrainingRecorder("group", "name", eval_name=eval_name, machine=MACHINE)
    results = [
        train_from_seed(build, SPLIT, SPLIT, CONFIG, seed=seed, recorder=recorder)
        for seed in (0, 1)
    ]
    rows = read_csv(Path("data/curves/group/name.csv"))
    assert [(row["seed"], float(row["epoch"])) for row in rows] == [
        (seed, point / 2) for seed in "01" for point in range(1, 7)
    ]
    assert {f"{eval_name}_loss", f"{eval_name}_accuracy"} < set(rows[0])
    network, result = results[0]
    accuracies = [float(row[f"{eval_name}_accuracy"]) for row in rows[1:6:2]]
    expected = accuracies.index(max(accuracies)) + 1 if eval_name == "validation" else 3
    assert result.epoch == expected
    recorder.save(result)
    path = Path("models/group/name.safetensors")
    _, loaded = load_network(path, {"name": build}, torch.device("cpu"))
    digests = {weights_digest(n.state_dict()) for n in (network, loaded)}
    assert digests == {weights_digest(result.state)}


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
    for seed in (0, 1):
        _, result = train_from_seed(build, SPLIT, SPLIT, config, seed=seed, recorder=recorder)
    recorder.save(result)
    timing = read_json(Path("metrics/timing/group_name.json"))
    assert timing["seconds"] == [2.0, 3.0]
    assert timing["images_per_second"] == 2 * 5 * len(SPLIT.labels) / 5.0
    assert timing["machine"] == asdict(MACHINE)

"""What the training stages share."""

import logging
from dataclasses import asdict
from pathlib import Path

import pytest
import torch

from foolproof.core.files import read_csv, read_json
from foolproof.networks.weights import load_network, weights_digest
from foolproof.training.run import Run, machine_for, train_once
from tests.small_training import MACHINE, RECIPE, build, two_classes

SPLIT = two_classes(0)


@pytest.mark.parametrize("held_out", ["validation", "test"])
def test_a_run_writes_its_curve_and_the_weights_that_it_keeps(
    held_out: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    run = Run("group", "name", held_out=held_out, machine=MACHINE)
    results = [train_once(build, SPLIT, SPLIT, RECIPE, seed=seed, run=run) for seed in (0, 1)]
    rows = read_csv(Path("plots/group/name.csv"))
    assert [(row["seed"], float(row["epoch"])) for row in rows] == [
        (seed, point / 2) for seed in "01" for point in range(1, 7)
    ]
    assert {f"{held_out}_loss", f"{held_out}_accuracy"} < set(rows[0])
    network, trained = results[0]
    accuracies = [float(row[f"{held_out}_accuracy"]) for row in rows[1:6:2]]
    expected = accuracies.index(max(accuracies)) + 1 if held_out == "validation" else 3
    assert trained.epoch == expected
    run.save(trained)
    path = Path("models/group/name.safetensors")
    _, loaded = load_network(path, {"name": build}, torch.device("cpu"))
    digests = {weights_digest(n.state_dict()) for n in (network, loaded)}
    assert digests == {weights_digest(trained.state)}


def test_a_run_writes_how_long_its_trainings_took_and_on_what(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    moments = iter([10.0, 12.0, 20.0, 23.0])
    monkeypatch.setattr(
        "foolproof.training.run.time.perf_counter",
        lambda: next(moments),
    )
    monkeypatch.setattr(Run, "follow", lambda *_: lambda _: None)
    run = Run("group", "name", held_out="test", machine=MACHINE)
    recipe = RECIPE.model_copy(update={"min_steps": 17})
    for seed in (0, 1):
        _, trained = train_once(build, SPLIT, SPLIT, recipe, seed=seed, run=run)
    run.save(trained)
    timing = read_json(Path("metrics/timing/group_name.json"))
    assert timing["seconds"] == [2.0, 3.0]
    assert timing["images_per_second"] == 2 * 5 * len(SPLIT.labels) / 5.0
    assert timing["machine"] == asdict(MACHINE)


@pytest.mark.parametrize("precision", ["float32", "bfloat16"])
def test_what_a_training_computes_on_is_logged_in_one_line(
    caplog: pytest.LogCaptureFixture, precision: str
) -> None:
    caplog.set_level(logging.INFO, "foolproof.training.run")
    machine = machine_for(RECIPE.model_copy(update={"precision": precision}), SPLIT.images.device)
    assert machine.precision == precision
    [line] = [r.getMessage() for r in caplog.records if r.name == "foolproof.training.run"]
    assert line == f"training in {machine}"


def test_the_seed_decides_first_weights_and_shuffles(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    run = Run("group", "name", held_out="test", machine=MACHINE)
    digests = [
        weights_digest(train_once(build, SPLIT, SPLIT, RECIPE, seed=seed, run=run)[1].state)
        for seed in (0, 0, 1)
    ]
    assert digests[0] == digests[1] != digests[2]

"""What the training stages share."""

from pathlib import Path

import pytest
import torch

from foolproof.files import read_csv
from foolproof.models.weights import load_network, weights_digest
from foolproof.training_stage import Run, train_once
from tests.small_training import RECIPE, build, two_classes

SPLIT = two_classes(0)


@pytest.mark.parametrize("held_out", ["validation", "test"])
def test_a_run_writes_its_curve_and_the_weights_that_it_keeps(
    held_out: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    run = Run("group", "name", held_out=held_out)
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


def test_the_seed_decides_first_weights_and_shuffles(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    run = Run("group", "name", held_out="test")
    digests = [
        weights_digest(train_once(build, SPLIT, SPLIT, RECIPE, seed=seed, run=run)[1].state)
        for seed in (0, 0, 1)
    ]
    assert digests[0] == digests[1] != digests[2]

"""What the training stages share."""

from pathlib import Path

import pytest
import torch
from torch import nn

from foolproof.datasets import Split
from foolproof.files import read_csv
from foolproof.models.weights import load_network, weights_digest
from foolproof.params.training import Recipe
from foolproof.runtime import seeded
from foolproof.training_stage import Run, train_once

RECIPE = Recipe(
    epochs=3,
    batch_size=10,
    optimizer="sgd",
    learning_rate=0.5,
    warmup=0,
    momentum=0.9,
    weight_decay=0,
    label_smoothing=0,
    precision="float32",
    evaluations_per_epoch=2,
)


def build() -> nn.Sequential:
    return nn.Sequential(nn.Flatten(), nn.Linear(4, 2))


@pytest.fixture
def split() -> Split:
    labels = torch.arange(40) % 2
    noise = torch.randint(0, 200, (40, 1, 2, 2), generator=seeded(0), dtype=torch.uint8)
    return Split(noise + 50 * labels[:, None, None, None].to(torch.uint8), labels)


@pytest.mark.parametrize("held_out", ["validation", "test"])
def test_a_run_writes_its_curve_and_the_weights_that_it_keeps(
    held_out: str, split: Split, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    run = Run("group", "name", held_out=held_out)
    results = [train_once(build, split, split, RECIPE, seed=seed, run=run) for seed in (0, 1)]
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
    split: Split, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    run = Run("group", "name", held_out="test")
    digests = [
        weights_digest(train_once(build, split, split, RECIPE, seed=seed, run=run)[1].state)
        for seed in (0, 0, 1)
    ]
    assert digests[0] == digests[1] != digests[2]

"""The comparison of training settings: its grid, its file of finished trainings, its tables."""

from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import pytest
import torch
import yaml

from benchmarks import recipes
from foolproof.compute.intervals import mean_with_interval
from foolproof.core.files import read_csv
from foolproof.data.arrays import write_arrays
from tests.repository import ROOT
from tests.small_training import bars

ARGUMENTS = ["--group", "mnist", "--seeds", "2", "--threads", "1", "--epochs", "1", "--folder", "."]
CHOSEN = ["--settings", "learning_rate 0.1", "shift 2"]
GRIDS = yaml.safe_load((ROOT / "benchmarks/recipes/grids.yaml").read_text(encoding="utf-8"))
CSV = Path("mnist.csv")


@pytest.fixture
def trained(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[recipes.Run]:
    """List the trainings that are run, in a folder that has training images alone."""
    monkeypatch.chdir(tmp_path)
    images, labels = bars(60)
    arrays = {"train_images": images[:, 0].numpy(), "train_labels": labels.numpy()}
    write_arrays(Path("data/mnist.npz"), **arrays)
    Path("params.yaml").write_bytes((ROOT / "params.yaml").read_bytes())
    monkeypatch.setattr(recipes, "prepare_device", lambda _: torch.device("cpu"))
    runs: list[recipes.Run] = []
    train_once = recipes.train_once

    def noted(run: recipes.Run, *others: Any) -> dict[str, Any]:
        runs.append(run)
        return train_once(run, *others)

    monkeypatch.setattr(recipes, "train_once", noted)
    return runs


def settings_of(name: str, epochs: int | None = None) -> dict[str, recipes.Setting]:
    return recipes.settings_of(recipes.GROUPS[name], GRIDS[name], epochs)


def test_all_settings_are_trained_with_a_seed_before_the_next_seed(
    trained: list[recipes.Run],
) -> None:
    recipes.main([*ARGUMENTS, *CHOSEN])
    assert [(run.seed, run.setting.learning_rate, run.setting.shift) for run in trained] == [
        (seed, rate, shift)
        for seed in (0, 1)
        for rate, shift in ((0.05, 0), (0.1, 0), (0.05, 2))
        for _ in ("nobn", "bn")
    ]
    assert [run.network for run in trained] == ["nobn", "bn"] * 6
    rows = read_csv(CSV)
    assert [recipes.run_of(row) for row in rows] == trained
    assert all(0 <= float(row["validation_accuracy"]) <= 1 for row in rows)
    assert all(float(row["validation_loss"]) > 0 for row in rows)
    assert {row["images"] for row in rows} == {"60"}
    for column in ("seconds", "precision", "cpu", "instruction_set", "threads"):
        assert all(row[column] for row in rows)


def test_finished_trainings_are_skipped_and_the_tables_stay(
    trained: list[recipes.Run], capsys: pytest.CaptureFixture[str]
) -> None:
    recipes.main([*ARGUMENTS, *CHOSEN])
    first, before = capsys.readouterr().out, CSV.read_bytes()
    trained.clear()
    recipes.main([*ARGUMENTS, *CHOSEN])
    second = capsys.readouterr().out
    assert trained == []
    assert "0 of 12 trainings to run" in second
    assert CSV.read_bytes() == before
    start = "\nnobn "
    assert second[second.index(start) :] == first[first.index(start) :]
    assert "mean of nobn, bn" in second


def test_interrupted_run_goes_on_with_equal_results(trained: list[recipes.Run]) -> None:
    """Accuracies and losses are those of a run in one go."""
    recipes.main([*ARGUMENTS, *CHOSEN])
    whole = read_csv(CSV)
    trained.clear()
    lines = CSV.read_text().splitlines(keepends=True)
    CSV.write_text("".join([*lines[:4], *lines[6:]]))
    recipes.main([*ARGUMENTS, *CHOSEN])
    assert trained == [recipes.run_of(row) for row in whole[3:5]]
    results = {
        recipes.run_of(row): (row["validation_accuracy"], row["validation_loss"]) for row in whole
    }
    for row in read_csv(CSV):
        assert results.pop(recipes.run_of(row)) == (
            row["validation_accuracy"],
            row["validation_loss"],
        )
    assert results == {}


def test_other_seeds_images_and_epochs_are_other_trainings(trained: list[recipes.Run]) -> None:
    one = ["--networks", "bn", "--settings", "default"]
    for changes in ([], ["--seeds", "3"], ["--images", "40"], ["--epochs", "2"]):
        recipes.main([*ARGUMENTS, *one, *changes])
    found = [(run.seed, run.images, run.setting.epochs) for run in trained]
    expected = [(0, 60, 1), (1, 60, 1), (2, 60, 1), (0, 40, 1), (1, 40, 1), (0, 60, 2), (1, 60, 2)]
    assert found == expected
    assert len(read_csv(CSV)) == 7


def test_training_that_diverges_is_recorded_and_named(
    trained: list[recipes.Run], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    default = settings_of("mnist", epochs=1)["default"]
    settings = {
        "default": default,
        "gentle": replace(default, learning_rate=0.01),
        "wild": replace(default, learning_rate=1e20),
    }
    monkeypatch.setattr(recipes, "settings_of", lambda *_: settings)
    recipes.main([*ARGUMENTS, "--networks", "bn"])
    assert len(trained) == 6
    lines = capsys.readouterr().out.splitlines()
    [line] = [each for each in lines if each.startswith("  wild ")]
    assert line.endswith("diverged")
    assert [row["validation_accuracy"] for row in read_csv(CSV)].count("nan") == 2


@pytest.mark.usefixtures("trained")
@pytest.mark.parametrize("option", ["--settings", "--networks"])
def test_unknown_names_are_refused(option: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        recipes.main([*ARGUMENTS, option, "nothing"])
    assert "unknown: nothing; known: " in capsys.readouterr().err


@pytest.mark.parametrize("name", recipes.GROUPS)
def test_grids_change_the_default_by_fields_of_a_setting(name: str) -> None:
    settings = settings_of(name)
    default, *others = settings.values()
    assert next(iter(settings)) == "default"
    assert len(set(settings.values())) == len(settings)
    assert len(others) <= len(GRIDS[name])
    known = {each.name for each in fields(recipes.Setting)}
    assert all(set(changes) <= known for changes in GRIDS[name])
    assert {setting.optimizer for setting in others} == {"sgd", "adam"}
    section = yaml.safe_load((ROOT / "params.yaml").read_text(encoding="utf-8"))["train"][name]
    augmentation = section.get("augmentation", {"shift": 0, "mirror": "none"})
    assert (default.shift, default.mirror) == (augmentation["shift"], augmentation["mirror"])
    for key in known & section.keys():
        assert getattr(default, key) == section[key]


def test_epochs_of_the_command_line_are_those_of_all_settings() -> None:
    settings = settings_of("cifar10", epochs=3)
    assert {setting.epochs for setting in settings.values()} == {3}
    assert "epochs 6" not in settings
    assert len(settings) < len(settings_of("cifar10"))


def test_tables_have_paired_differences_and_verdicts() -> None:
    """With five seeds a constant gain is significant, and one that comes and goes is not."""
    default = {seed: 0.98 + 0.001 * seed for seed in range(5)}
    gains = {"up": [10, 11, 9, 10, 10], "down": [-10, -9, -11, -9, -9], "both": [9, -9, 9, -8, 1]}
    accuracies = {"default": default} | {
        name: {seed: default[seed] + gain / 10_000 for seed, gain in enumerate(points)}
        for name, points in gains.items()
    }
    lines = recipes.table(accuracies, "net")
    up, down, both = lines[2:5]
    interval = mean_with_interval([gain / 100 for gain in gains["up"]])
    assert f"{interval['mean']:.2f} ± {interval['ci95']:.2f}" in up
    assert up.endswith(" better")
    assert down.endswith(" worse")
    assert both.endswith(" no significant difference")
    assert lines[-1] == (
        "  The 95 % interval of 2 of 3 differences excludes zero; by chance alone 0.15 would. "
        "After Holm's correction: 2."
    )


def test_difference_that_holms_correction_takes_away_is_named() -> None:
    default = dict.fromkeys(range(3), 0.98)
    gain = {0: 0.982, 1: 0.9825, 2: 0.983}
    alone = recipes.table({"default": default, "gain": gain}, "net")
    others = {f"other {i}": {0: 0.98 + i / 1000, 1: 0.97, 2: 0.99} for i in range(1, 9)}
    among = recipes.table({"default": default, "gain": gain, **others}, "net")
    assert alone[2].endswith(" better")
    assert among[2].endswith(" better, not after Holm's correction")


def test_single_seed_has_no_verdict() -> None:
    lines = recipes.table({"default": {0: 0.98}, "other": {0: 0.99}}, "net")
    assert lines[2].endswith("one seed: no interval")


def test_mean_over_networks_is_that_of_runs_which_all_have() -> None:
    settings = settings_of("mnist")
    runs = [
        recipes.Run(network, settings[name], 60, seed)
        for seed in (0, 1)
        for name in ("default", "shift 2")
        for network in ("nobn", "bn")
    ]
    done = {run: {"validation_accuracy": str(0.1 * index)} for index, run in enumerate(runs)}
    del done[runs[-1]]
    found = recipes.accuracies_of(done, settings, runs)
    assert list(found) == ["nobn", "bn", "mean of nobn, bn"]
    assert found["nobn"]["default"] == pytest.approx({0: 0, 1: 0.4})
    assert found["bn"]["shift 2"] == pytest.approx({0: 0.3})
    mean = found["mean of nobn, bn"]
    assert mean["default"] == pytest.approx({0: 0.05, 1: 0.45})
    assert mean["shift 2"] == pytest.approx({0: 0.25})

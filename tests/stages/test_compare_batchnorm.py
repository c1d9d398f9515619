"""The comparisons of trained networks, on files as the training stages write them."""

from pathlib import Path

import numpy as np
import pytest

from foolproof.core.files import read_csv, read_json, write_csv, write_json
from foolproof.data.arrays import write_arrays
from stages import compare_batchnorm, compare_deep
from tests.stages.conftest import write_record


def write_training(group: str, name: str, accuracies: list[float], eval_name: str) -> None:
    """Write what a training leaves, of two seeds, 20 test images and 2 epochs."""
    correct = np.arange(20) < 20 * np.array(accuracies)[:, None]
    arrays = {"seeds": np.arange(len(accuracies)), "correct": correct}
    write_arrays(Path("data/predictions", group, f"{name}.npz"), **arrays)
    write_csv(
        Path("data/curves", group, f"{name}.csv"),
        [
            {
                "seed": seed,
                "epoch": epoch,
                "training_loss": 2 - accuracy,
                "training_accuracy": accuracy,
                f"{eval_name}_loss": 1 - accuracy / epoch,
                f"{eval_name}_accuracy": accuracy,
            }
            for seed, accuracy in enumerate(accuracies)
            for epoch in (1.0, 2.0)
        ],
    )
    target = {"epochs_to_target_by_seed": [1 / each for each in accuracies]}
    record = {"test_accuracy_by_seed": accuracies} | (target if group == "mnist" else {})
    write_json(Path("metrics", group, f"{name}.json"), record)


@pytest.fixture
def trainings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with the trainings of both data sets."""
    monkeypatch.chdir(tmp_path)
    for group, eval_name in (("mnist", "validation"), ("cifar10", "test")):
        write_record(tmp_path, group, stand_in=True)
        write_training(group, "nobn", [0.5, 0.6], eval_name)
        write_training(group, "bn", [0.8, 0.85], eval_name)
    write_training("cifar10", "deep", [1.0], "test")
    return tmp_path


@pytest.mark.parametrize(("group", "with_target"), [("mnist", True), ("cifar10", False)])
def test_comparison_of_a_group_is_paired_by_seed(
    trainings: Path, group: str, with_target: bool
) -> None:
    compare_batchnorm.main(group)
    found = read_json(trainings / f"metrics/{group}/comparison.json")
    assert found["test_accuracy_difference"]["mean"] == pytest.approx(0.275)
    assert found["training_loss"]["differences"][1]["mean"] == pytest.approx(-0.275)
    assert found["end"]["bn"]["training_accuracy"]["mean"] == pytest.approx(0.825)
    by_seed = found["same_images"]["by_seed"]
    assert [(each["seed"], each["only_second"]) for each in by_seed] == [(0, 6), (1, 5)]
    assert found["same_images"]["significant"] == {"better": 1, "worse": 0, "n": 2}
    assert ("epochs_to_target" in found) == with_target
    if with_target:
        ratio = found["epochs_to_target"]["ratio"]
        assert ratio["value"] == pytest.approx((0.5 / 0.8 * 0.6 / 0.85) ** 0.5)
    rows = read_csv(trainings / f"plots/compare_batchnorm_{group}.csv")
    assert {row["series"].split(", ")[1] for row in rows} == set(compare_batchnorm.NAMES.values())
    assert (trainings / f"plots/compare_batchnorm/{group}.png").is_file()


def test_the_deep_network_is_compared_with_the_first_seed_of_the_sheets(trainings: Path) -> None:
    compare_deep.main()
    found = read_json(trainings / "metrics/cifar10/deep_comparison.json")
    assert (found["only_first"], found["only_second"]) == (0, 4)
    assert found["difference"]["mean"] == pytest.approx(0.2)
    assert found["difference"]["n"] == 20

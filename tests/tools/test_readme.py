"""The README's table and pictures, and the tool that writes them."""

import json
import re
import subprocess
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from dvc.repo import Repo
from PIL import Image

from foolproof.compute.intervals import Interval, rate_with_interval
from foolproof.core.files import write_json
from tests.repository import ROOT
from tools.estimate import Record
from tools.plots_page import SHEETS
from tools.readme import (
    GROUPS,
    PICTURES,
    README,
    copy_picture,
    data_sentence,
    report_minutes,
    reports_table,
    results_table,
    with_block,
)

BLOCKS = ("reports", "results", "data")

RATE = rate_with_interval(35, 50)
ONE_SEED = {
    "test_accuracy": Interval(mean=0.99, ci95=None, n=1),
    "first_seed_test_accuracy": rate_with_interval(9900, 10000),
}


def seeds(mean: float) -> dict[str, Any]:
    return {"test_accuracy": Interval(mean=mean, ci95=0.0005, n=5), "epochs": 3}


def comparison(mean: float, ci95: float | None) -> dict[str, Any]:
    return {"test_accuracy_difference": Interval(mean=mean, ci95=ci95, n=5)}


METRICS: dict[str, Any] = {
    "mnist": {
        "nobn": seeds(0.9934),
        "bn": seeds(0.99378),
        "comparison": comparison(0.0004, 0.0007),
        "cis680": {"first": ONE_SEED, "second": ONE_SEED},
    },
    "attacks": {
        "nontargeted": {"success_rate": rate_with_interval(50, 50)},
        "targeted": {"success_rate": RATE},
        "noise": {
            "success_rate": rate_with_interval(10, 10),
            "transfer_rate": rate_with_interval(6, 90),
        },
        "one_sided": {"success_rate": rate_with_interval(9944, 9944), "transfer_rate": RATE},
        "linf": {"success_rate": rate_with_interval(49, 50), "success_epsilon": 4.0},
        "robustness": {
            "epsilon": {"plain": 2, "plain_large": 8, "eot": 8},
            "gradients": {"plain": 40, "plain_large": 160, "eot": 160},
            "shown_strengths": {"rotation": 30},
            "rotation": {
                "plain_large": {"top1_rate": rate_with_interval(0, 20)},
                "eot": {"top1_rate": rate_with_interval(19, 20)},
            },
        },
        "minimal": {
            "median_l2": {"value": 0.371, "low": 0.31, "high": 0.444, "n": 20},
            "success_rate": rate_with_interval(80, 80),
        },
    },
    "toys": {"xor": {"success_rate": RATE, "success_rate_linear": rate_with_interval(0, 50)}},
    "cifar10": {
        "nobn": seeds(0.7702),
        "bn": seeds(0.7848),
        "deep": ONE_SEED,
        "deep_views": seeds(0.935),
        "comparison": comparison(-0.05, 0.01),
    },
    "pets": {
        "classifiers": {
            "mean_per_class_accuracy": {"value": 0.844, "low": 0.772, "high": 0.894},
            "test_images": 148,
        }
    },
    "neurons": {
        "transfer_network": "squeezenet1_1",
        "transfer_top5_by_method": {
            "fourier_views": {"value": 0.65, "count": 26, "n": 40, "low": 0.495, "high": 0.779},
            "pixels": {"value": 0.125, "count": 5, "n": 40, "low": 0.055, "high": 0.261},
        },
    },
}
"""Main results as the pipeline writes them; tests/pipeline/test_readme.py holds the keys."""


def table_of(metrics: dict[str, Any], folder: Path) -> list[str]:
    for group in GROUPS:
        write_json(folder / f"{group}.json", metrics[group])
    return results_table(folder).splitlines()


def without_numbers(value: Any) -> Any:
    """Replace rates and means by null, as where no example succeeds."""
    if isinstance(value, dict):
        nullable = {"success_rate", "transfer_rate", "min_confidence", "median_l2"}
        return {k: None if k in nullable else without_numbers(v) for k, v in value.items()}
    return value


def test_every_row_of_the_table_has_n_and_an_interval(tmp_path: Path) -> None:
    lines = table_of(METRICS, tmp_path)
    assert lines[:2] == ["| what | result |", "|---|---|"]
    for line in lines[2:]:
        assert re.search(r" of \d|n = \d", line), line
        assert re.search(r"\(\d[\d.]* to \d[\d.]*(?: %)?\)| ± ", line), line
        assert "100.0" not in line


def test_results_table_shows_the_metrics(tmp_path: Path) -> None:
    lines = table_of(METRICS, tmp_path)
    for line in (
        "| MNIST, test accuracy without batch norm | 99.34 ± 0.05 % (n = 5 seeds) |",
        "| MNIST, gain by batch norm, paired by seed | +0.04 ± 0.07 points (n = 5 seeds) |",
        "| CIFAR-10, gain by batch norm, paired by seed | −5.00 ± 1.00 points (n = 5 seeds) |",
        "| CIFAR-10, test accuracy of the deep network | 9,900 of 10,000, 99.00 % "
        "(98.79 to 99.18 %) |",
        "| The same with six views of each image | 93.50 ± 0.05 % (n = 5 seeds) |",
        "| Random starts that learn XOR | 35 of 50, 70 % (56 to 81 %) |",
        "| The same without hidden activation | 0 of 50, 0 % (0 to 7 %) |",
        "| One-sided attack on test images, success | 9,944 of 9,944, 100 % (99.96 to 100 %) |",
        "| PGD, epsilon 8/255, 160 gradients, success after rotation by 30° | "
        "0 of 20, 0 % (0 to 16 %) |",
        "| PGD with EOT, epsilon 8/255, 160 gradients, success after rotation by 30° | "
        "19 of 20, 95 % (76 to 99 %) |",
        "| The same, median L2 norm (95 % interval over photos) | 0.37 (0.31 to 0.44), n = 20 |",
        "| Transfer of the same noise to images of other classes | 6 of 90, 7 % (3 to 14 %) |",
        "| Class-maximizing images in the top 5 of squeezenet1_1, Fourier with random views | "
        "26 of 40, 65 % (50 to 78 %) |",
        "| Breeds of pets by deep features, mean-per-class accuracy | 84 % (77 to 89 %), "
        "n = 148 images |",
    ):
        assert line in lines


def test_results_table_shows_a_dash_for_null(tmp_path: Path) -> None:
    metrics = {**METRICS, "attacks": without_numbers(METRICS["attacks"])}
    lines = table_of(metrics, tmp_path)
    assert "| Additive noise, success | – |" in lines
    assert "| The same, median L2 norm (95 % interval over photos) | – |" in lines


def test_reports_are_linked_with_the_time_that_each_takes_alone() -> None:
    machine = {"threads": 2, "instruction_set": "AVX2", "precision": "float32"}
    lines = reports_table(dict.fromkeys(SHEETS, 12.4) | {"cis680": 0.2}, machine).splitlines()
    assert lines[0].endswith("| alone (2 cores, AVX2, float32) |")
    assert lines[2].startswith("| [PDF](docs/ee6132.pdf) | EE6132, IIT Madras | batch norm, ")
    assert [line.split("|")[-2].strip() for line in lines[2:]] == [
        "12 min",
        "1 min",
        "12 min",
        "12 min",
    ]


@pytest.mark.filterwarnings("ignore:_NoneStep:DeprecationWarning")
def test_a_report_takes_the_time_of_all_stages_that_it_needs() -> None:
    names = [stage.addressing for stage in Repo(str(ROOT)).index.stages]
    seconds = dict.fromkeys(names, 0.0)
    seconds |= {"train_deep": 600.0, "check_params": 60.0, "report_ee6132": 120.0}
    minutes = report_minutes(Record({}, {}, seconds))
    assert minutes == {"ee6132": 3, "cis680": 1, "cs5787": 11, "huji67103": 1}


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, "MNIST (70,000 images)"),
        ({"exact": False}, "MNIST (70,000 images, re-encoded or a part of the official files)"),
        ({"stand_in": True, "exact": False}, "MNIST (70,000 images, **stand-ins**)"),
    ],
)
def test_sentence_on_the_data_follows_the_records(changes: dict[str, Any], expected: str) -> None:
    record = {"asset": "mnist", "items": 70000, "stand_in": False, "exact": True} | changes
    network = record | {"asset": "mobilenet_v2"}
    found = data_sentence({"mnist": record, "network": network})
    assert found.startswith(f"All of one run, on {expected}; 95 % intervals")


def test_with_block_replaces_only_the_block_of_that_name() -> None:
    other = "<!-- other -->\nkept\n<!-- end of other -->\n"
    text = f"before\n<!-- results -->\nold\n<!-- end of results -->\n{other}after\n"
    assert with_block(text, "results", "new\n") == text.replace("old", "new")


def committed(path: str) -> bytes:
    shown = ["git", "show", f"HEAD:{path}"]
    return subprocess.run(shown, cwd=ROOT, capture_output=True, check=True).stdout


def test_readme_in_git_has_the_results_of_the_metrics_in_git(tmp_path: Path) -> None:
    """Skipped from a rename of metrics until the next complete run."""
    text = committed(README.as_posix()).decode()
    for name in BLOCKS:
        assert text.count(f"<!-- {name} -->") == text.count(f"<!-- end of {name} -->") == 1
    for group in GROUPS:
        (tmp_path / f"{group}.json").write_bytes(committed(f"metrics/{group}.json"))
    try:
        table = results_table(tmp_path)
    except (KeyError, TypeError) as key:
        pytest.skip(f"the metrics in Git are of an earlier version, without {key}")
    assert table in text
    assert data_sentence(json.loads(committed("metrics/assets.json"))) in text


def test_readme_shows_every_picture() -> None:
    text = committed(README.as_posix()).decode()
    for copy in PICTURES.values():
        assert f"({copy})" in text
        with Image.open(BytesIO(committed(copy))) as picture:
            picture.verify()


def test_copy_picture_shrinks_to_jpeg_and_copies_png(tmp_path: Path) -> None:
    source = tmp_path / "large.png"
    Image.new("RGBA", (2000, 1000), "red").save(source)
    copy_picture(source, tmp_path / "copy.png")
    assert (tmp_path / "copy.png").read_bytes() == source.read_bytes()
    copy_picture(source, tmp_path / "copy.jpg")
    with Image.open(tmp_path / "copy.jpg") as copy:
        assert (copy.format, copy.size) == ("JPEG", (1000, 500))

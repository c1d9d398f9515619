"""The README's table and pictures, and the tool that writes them."""

import subprocess
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from foolproof.compute.intervals import rate_with_interval
from foolproof.core.files import write_json
from tools.readme import (
    GROUPS,
    PICTURES,
    README,
    TABLE,
    copy_picture,
    results_table,
    with_table,
)

ROOT = Path(__file__).parents[2]

METRICS: dict[str, Any] = {
    "mnist": {
        "nobn": {"test_accuracy": {"mean": 0.9934, "ci95": 0.0005, "n": 5}},
        "bn": {"test_accuracy": {"mean": 0.99378, "ci95": None, "n": 1}},
        "cis680": {"first": {"test_accuracy": 0.9944}, "second": {"test_accuracy": 0.9951}},
    },
    "networks": {"mnist_nobn": {"parameters": 799078, "neurons": 31870}},
    "attacks": {
        "nontargeted": {"success_rate": 1.0, "images": 50, "min_confidence": 0.9998},
        "targeted": {"success_rate": 0.95, "by_start": {"noise": {"cells": 100}}},
        "noise": {"success_rate": 1.0, "transfer_rate": 0.0667},
        "one_sided": {"success_rate": 0.5, "correct": 9944, "transfer_rate": 0.5894},
        "linf": {
            "first_example": {
                "label": "bell pepper",
                "target": "shuttle",
                "confidence": 0.9994,
                "epsilon": 2,
            }
        },
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
    "toys": {"xor": {"success_rate": 0.77, "success_rate_linear": 0.0}},
    "cifar10": {
        name: {"test_accuracy": accuracy}
        for name, accuracy in (("nobn", 0.7702), ("bn", 0.7848), ("deep", 0.9007))
    },
    "pets": {
        "classifiers": {"mean_per_class_accuracy": {"value": 0.84, "low": 0.77, "high": 0.89}}
    },
    "neurons": {
        "transfer_network": "squeezenet1_1",
        "transfer_top5": 0.5,
        "transfer_top5_by_method": {"none": 0.0},
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


def test_results_table_shows_the_metrics(tmp_path: Path) -> None:
    lines = table_of(METRICS, tmp_path)
    assert lines[:2] == ["| what | result |", "|---|---|"]
    assert "| Test accuracy without batch norm, 5 seeds | 99.34 ± 0.05 % |" in lines
    assert "| Test accuracy with batch norm, 1 seeds | 99.38 % |" in lines
    assert "| Parameters, neurons (without batch norm) | 799,078, 31,870 |" in lines
    assert "| One-sided attack on test images, success | 50.00 % of 9,944 |" in lines
    assert lines[-3:] == [
        "| Photos classified as their target when rotated by 30°: PGD; PGD with EOT, both with "
        "epsilon 8/255 and 160 gradients | 0 of 20 (0 to 16 %); 19 of 20 (76 to 99 %) |",
        "| Minimal perturbation of 8-bit photos to a target class, median L2 norm; success | "
        "0.37 (0.31 to 0.44); 80 of 80 (95 to 100 %) |",
        "| Class images, top-5 accuracy of squeezenet1_1; without prior | 50.00 %; 0.00 % |",
    ]


def test_results_table_shows_a_dash_for_null(tmp_path: Path) -> None:
    metrics = {**METRICS, "attacks": without_numbers(METRICS["attacks"])}
    lines = table_of(metrics, tmp_path)
    assert "| Additive noise, success | – |" in lines
    minimal = "Minimal perturbation of 8-bit photos to a target class, median L2 norm; success"
    assert f"| {minimal} | –; – |" in lines


def test_with_table_replaces_only_the_table() -> None:
    text = "before\n<!-- results -->\nold\n<!-- end of results -->\nafter\n"
    assert with_table(text, "new\n") == text.replace("old", "new")


def committed(path: str) -> bytes:
    shown = ["git", "show", f"HEAD:{path}"]
    return subprocess.run(shown, cwd=ROOT, capture_output=True, check=True).stdout


def test_readme_in_git_has_the_table_of_the_metrics_in_git(tmp_path: Path) -> None:
    """Skipped from a rename of metrics until the next complete run."""
    text = committed(README.as_posix()).decode()
    assert len(TABLE.findall(text)) == 1
    for group in GROUPS:
        (tmp_path / f"{group}.json").write_bytes(committed(f"metrics/{group}.json"))
    try:
        table = results_table(tmp_path)
    except KeyError as key:
        pytest.skip(f"the metrics in Git are of an earlier version, without {key}")
    assert table in text


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

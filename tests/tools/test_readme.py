"""The README's table and pictures, and the tool that writes them."""

import re
import subprocess
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from foolproof.compute.intervals import Interval, rate_with_interval
from foolproof.core.files import read_json, write_json
from tools.readme import (
    GROUPS,
    PICTURES,
    README,
    batch_norm_of,
    batch_norm_text,
    copy_picture,
    results_table,
    with_block,
)

ROOT = Path(__file__).parents[2]
BLOCKS = ("results", "batch norm")

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


@pytest.mark.parametrize(
    ("mean", "ci95", "sentence"),
    [
        (
            0.0014,
            0.0005,
            "With 3 epochs batch norm improves the test accuracy: +0.14 ± 0.05 points",
        ),
        (-0.0014, 0.0005, "With 3 epochs batch norm lowers the test accuracy: −0.14 ± 0.05 points"),
        (0.0004, 0.0007, "batch norm on the test accuracy is not significant: +0.04 ± 0.07 points"),
        (0.0004, None, "With 3 epochs a single seed gives no interval: +0.04 points"),
    ],
)
def test_sentence_on_batch_norm_follows_the_paired_interval(
    mean: float, ci95: float | None, sentence: str
) -> None:
    run = batch_norm_of({"nobn": {"epochs": 3}, "comparison": comparison(mean, ci95)})
    one_epoch = run | {"epochs": 1}
    first, second = batch_norm_text([one_epoch, run]).splitlines()
    assert sentence in second
    assert first == second.replace("3 epochs", "1 epoch")


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
        sentence = batch_norm_text([batch_norm_of(read_json(tmp_path / "mnist.json"))])
    except (KeyError, TypeError) as key:
        pytest.skip(f"the metrics in Git are of an earlier version, without {key}")
    assert table in text
    assert sentence in text


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

"""The report of EE6132: its sentences follow the numbers that it reads."""

import copy
import json
from pathlib import Path
from typing import Any

import pytest
from pypdf import PdfReader

from foolproof.errors import FoolproofError
from foolproof.files import write_csv
from foolproof.models.mnist import NETWORKS
from foolproof.models.structure import describe
from foolproof.report import compile as compile_module
from foolproof.report.compile import compile_report
from foolproof.statistics import Interval
from tests.report import conftest
from tests.report.conftest import (
    DIGEST,
    OTHER_DIGEST,
    TEMPLATES,
    Metrics,
    fill_root,
    interval,
    project_params,
    real_mnist,
    stand_in,
)

PICTURES = {
    "mnist": (
        "curves predictions mistakes confusion filters_conv1 filters_conv2 activations_conv1 "
        "activations_conv2 depth occlusion_grey occlusion_black occlusion_by_size"
    ),
    "attacks": (
        "class_images cost targeted_from_noise targeted_from_look-alike targeted_tables beta noise "
        "transfer"
    ),
}


def training(accuracy: float) -> dict[str, Any]:
    return {
        "test_accuracy": interval(accuracy, 0.0004),
        "test_loss": interval(0.12, 0.002),
        "validation_accuracy": 0.993,
        "best_epoch": 3,
        "best_seed": 4,
    }


def patch(on_ink: float, beside: float) -> dict[str, float]:
    return {"on_ink": on_ink, "on_background": beside, "difference": on_ink - beside}


def energy(constant: float, gradient: float) -> dict[str, float]:
    return {"constant": constant, "gradient": gradient, "detail": 1 - constant - gradient}


def maps(sparsity: float, frequency: float, selectivity: float) -> dict[str, float]:
    return {
        "sparsity": sparsity,
        "frequency": frequency,
        "dead_channels": 0.0,
        "class_selectivity": selectivity,
    }


def targeted(success: float) -> dict[str, Any]:
    return {
        "cells": 100,
        "success_rate": success,
        "classified_rate": 1.0,
        "mean_confidence": 0.83,
        "mean_mse": 0.015,
        "closer_test_digits": 0.002,
    }


@pytest.fixture
def metrics() -> Metrics:
    """Give what the stages write, by path, in sizes that differ from those of the project."""
    tuning = {
        "640": {"tried": 100, "solved": 90, "mean_mse": 0.003},
        "10": {"tried": 10, "solved": 0, "mean_mse": None},
    }
    networks = {f"mnist_{name}": describe(build(), (1, 28, 28)) for name, build in NETWORKS.items()}
    layers = {name: counts.pop("layers") for name, counts in networks.items()}
    return {
        "metrics/networks.json": networks,
        "metrics/networks/layers.json": layers,
        "metrics/timing/batchnorm_mnist.json": {
            "seconds_per_epoch": {"nobn": [10.0, 10.0], "bn": [12.0, 12.0]},
            "ratio": interval(1.2, 0.05, 2),
        },
        "metrics/assets.json": {"mnist": real_mnist()},
        "metrics/mnist.json": {
            "nobn": training(0.9934),
            "bn": training(0.9938),
            "comparison": {
                "test_accuracy_difference": interval(0.0004, 0.0001),
                "epochs_to_target": {
                    "nobn": {"reached": interval(0.65, 0.1), "never": 0},
                    "bn": {"reached": interval(0.45, 0.1), "never": 0},
                },
            },
            "best": {
                "network": "bn",
                "validation_accuracy": 0.993,
                "best_epoch": 3,
                "best_seed": 4,
                "weights_sha256": DIGEST,
            },
            "predictions": {
                "test_accuracy": 0.98,
                "mistakes": 2,
                "mean_confidence_right": 0.91,
                "mean_confidence_wrong": 0.6,
            },
            "activations": {
                "maps": {
                    "input": maps(0.8, 0.11, 0.1),
                    "conv1": maps(0.4, 0.12, 0.16),
                    "conv2": maps(0.6, 0.08, 0.33),
                },
                "filters": {"conv1": energy(0.2, 0.4), "conv2": energy(0.15, 0.3)},
                "images": 1000,
                "weights_sha256": DIGEST,
            },
            "occlusion": {
                "mean_probability_whole": 0.914,
                "drops": {
                    "grey": {"3": patch(0.1, 0.02), "11": patch(0.5, 0.1)},
                    "black": {"3": patch(0.02, 0.01), "11": patch(0.4, 0.1)},
                },
                "weights_sha256": DIGEST,
            },
        },
        "metrics/attacks.json": {
            "nontargeted": {
                "by_steps": {
                    "200": {
                        "success_rate": 1.0,
                        "mean_confidence": 0.999,
                        "min_confidence": 0.99,
                    }
                },
                "success_rate": 1.0,
                "min_confidence": 0.99,
                "images": 100,
                "cost_first": -0.1,
                "cost_last": 17.4,
                "rising_steps": 0.9,
                "nearest_digit_mse": {"class_images": 0.3, "test_digits": 0.024},
                "weights_sha256": DIGEST,
            },
            "targeted": {
                "success_rate": 0.95,
                "by_start": {"noise": targeted(0.96), "look-alike": targeted(0.95)},
                "betas": {"noise": tuning, "look-alike": tuning},
                "comparisons": 100,
                "weights_sha256": DIGEST,
            },
            "noise": {
                "success_rate": 1.0,
                "min_confidence": 0.9,
                "transfer_rate": 0.07,
                "error_rate": 0.07,
                "error_rate_shuffled_noise": 0.0,
                "mean_l2": 3.5,
                "mean_linf": 0.8,
                "median_steps": 331.0,
                "max_steps": 805,
                "weights_sha256": DIGEST,
            },
        },
    }


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Make the files that the report reads beside its metrics: templates, params, tables, PNGs."""
    params = project_params()
    params["attack_nontargeted"]["steps"] = [200]
    fill_root(tmp_path, PICTURES, params)
    plots = tmp_path / "plots"
    write_csv(
        plots / "mnist/curves.csv",
        [
            {"epoch": epoch, "series": f"{part}, {name} batch norm", "loss": 0.1, "accuracy": 0.99}
            for part in ("training", "validation")
            for name in ("without", "with")
            for epoch in (1.0, 2.0)
        ],
    )
    write_csv(
        plots / "mnist/confusion.csv",
        [{"true": row % 10, "predicted": 9 if row == 4 else row % 10} for row in range(100)],
    )
    write_csv(
        plots / "attacks/cost.csv",
        [{"step": step, "series": "class 0", "logit": step**0.5} for step in (0, 100, 200)],
    )
    write_csv(
        plots / "attacks/transfer.csv",
        [
            {"noise_for": noise, "true": true, "predicted": true, "confidence": 0.9}
            for noise in range(10)
            for true in range(10)
        ],
    )
    return tmp_path


def compile_text(root: Path, metrics: Metrics, name: str = "report") -> str:
    """Compile the report on `metrics` and give its text."""
    return conftest.compile_text(root, "ee6132", metrics, name)


BATCHNORM_CASES: list[tuple[Interval, Interval, Metrics, tuple[str, str, str]]] = [
    (
        interval(0.0004, 0.0001),
        interval(1.2, 0.05),
        {"reached": interval(0.65, 0.1), "never": 0},
        (
            "Batch norm improves the test accuracy.",
            "It makes an epoch slower.",
            "With batch norm the target accuracy is reached in fewer epochs.",
        ),
    ),
    (
        interval(-0.0004, 0.0001),
        interval(0.9, 0.05),
        {"reached": None, "never": 5},
        (
            "Batch norm lowers the test accuracy.",
            "It makes an epoch faster.",
            "Only the network with batch norm reached the target accuracy.",
        ),
    ),
    (
        interval(0.0004, 0.0005),
        interval(1.0, 0.05),
        {"reached": interval(0.65, 0.1), "never": 2},
        (
            "the interval of the difference includes zero",
            "An effect on the time of an epoch cannot be shown.",
            "More trainings reached the target accuracy with batch norm.",
        ),
    ),
    (
        interval(0.0004, None, 1),
        interval(1.2, None, 1),
        {"reached": interval(0.25, None, 1), "never": 0},
        (
            "With a single seed there is no interval",
            "One pair of timed epochs gives no interval",
            "With batch norm the target accuracy takes more epochs.",
        ),
    ),
]


@pytest.mark.parametrize("case", range(len(BATCHNORM_CASES)))
def test_verdict_on_batch_norm_follows_the_intervals(
    root: Path, metrics: Metrics, case: int
) -> None:
    difference, ratio, epochs, _ = BATCHNORM_CASES[case]
    comparison = metrics["metrics/mnist.json"]["comparison"]
    comparison["test_accuracy_difference"] = difference
    comparison["epochs_to_target"]["nobn"] = epochs
    metrics["metrics/timing/batchnorm_mnist.json"]["ratio"] = ratio
    text = compile_text(root, metrics)
    for number, (*_, sentences) in enumerate(BATCHNORM_CASES):
        for sentence in sentences:
            assert (sentence in text) == (number == case), sentence


def test_other_verdicts_turn_with_their_numbers(root: Path, metrics: Metrics) -> None:
    base = compile_text(root, metrics)
    mnist, attacks = metrics["metrics/mnist.json"], metrics["metrics/attacks.json"]
    mnist["predictions"] |= {
        "test_accuracy": 1.0,
        "mistakes": 0,
        "mean_confidence_wrong": None,
    }
    mnist["activations"]["maps"]["conv2"]["frequency"] = 0.2
    mnist["activations"]["filters"]["conv1"] = energy(0.3, 0.1)
    mnist["occlusion"]["drops"] = {"grey": {"5": patch(0.1, 0.2)}}
    attacks["nontargeted"] |= {
        "min_confidence": 0.5,
        "cost_last": -3.0,
        "nearest_digit_mse": {"class_images": 0.025, "test_digits": 0.024},
    }
    attacks["targeted"]["success_rate"] = 0.1
    attacks["noise"]["error_rate"] = 0.9
    text = compile_text(root, metrics, "turned")
    for before, after in (
        ("the network takes 2 for another digit", "The network makes no mistake on the 100"),
        ("the maps become coarser", "the maps become finer"),
        ("Yes: many are edge detectors.", "Few: slopes, which answer to edges"),
        ("Yes: every patch lowers", "patches do not lower the probability more on the digit"),
        ("as its target, with high confidence", "but not always with high confidence"),
        ("No: they lie far from every", "They do: they lie about as near to a training digit"),
        ("The cost increases.", "The cost does not increase."),
        ("Yes: they look like their look-alike", "Seldom: most of them fail"),
        ("The noises hardly transfer", "they fool the network on most other images"),
    ):
        assert before in base
        assert before not in text
        assert after not in base
        assert after in text


def test_numbers_come_from_the_metrics(root: Path, metrics: Metrics) -> None:
    text = compile_text(root, metrics)
    for number in (
        "99.34 ± 0.04 %",
        "99.38 ± 0.04 %",
        "799,078",
        "799,206",
        "31,870",
        "12.5 times",
    ):
        assert number in text
    assert "11 × 11" in text, "sizes of patches are those of the metrics"
    assert "else [" not in text, "a rule that Typst took for text"


def test_explains_the_counts_of_the_compared_report(root: Path, metrics: Metrics) -> None:
    text = compile_text(root, metrics)
    assert "fc3, the layer with 10 outputs (5,010 parameters, 10 neurons)" in text
    assert "which accounts for the whole difference" in text

    path = root / TEMPLATES / "literature.json"
    literature = json.loads(path.read_text())
    literature["student_report"]["layers"]["fc1"]["parameters"] += 1
    path.write_text(json.dumps(literature))
    text = compile_text(root, metrics)
    assert "which accounts for the whole difference" not in text
    assert "Its counts differ from ours in fc1 and fc3." in text


def test_stand_in_data_are_said_loudly_and_real_data_are_not(root: Path, metrics: Metrics) -> None:
    assert "stand-in data" not in compile_text(root, metrics).lower()
    metrics["metrics/assets.json"]["mnist"] = stand_in()
    pdf = PdfReader(root / "report.pdf")
    text = compile_text(root, metrics)
    assert "STAND-IN DATA." in text
    assert "not from MNIST itself: Small digits." in text
    assert text.count("computed on stand-in data") >= len(pdf.pages) - 2, "on every page but one"


@pytest.mark.parametrize(
    ("path", "part", "stage"),
    [("mnist", "occlusion", "occlude"), ("attacks", "noise", "attack_noise")],
)
def test_says_which_stage_saw_other_weights(
    root: Path, metrics: Metrics, path: str, part: str, stage: str
) -> None:
    assert "WEIGHTS CHANGED" not in compile_text(root, metrics)
    metrics[f"metrics/{path}.json"][part]["weights_sha256"] = OTHER_DIGEST
    text = compile_text(root, metrics)
    assert "WEIGHTS CHANGED" in text
    assert f"differ from those of the chosen network in {stage}." in text


def test_equal_inputs_give_equal_bytes(root: Path, metrics: Metrics) -> None:
    compile_text(root, metrics, "first")
    compile_text(root, copy.deepcopy(metrics), "second")
    assert (root / "first.pdf").read_bytes() == (root / "second.pdf").read_bytes()


def test_no_warning_of_the_compiler(
    root: Path, metrics: Metrics, caplog: pytest.LogCaptureFixture
) -> None:
    compile_text(root, metrics)
    assert caplog.messages == []


def test_a_template_that_is_wrong_is_one_message_with_its_place(root: Path) -> None:
    template = root / "wrong.typ"
    template.write_text('\n#let numbers = json("/metrics/none.json")\n')
    with pytest.raises(FoolproofError, match=r"wrong\.typ:2:20: file not found"):
        compile_report(template, root / "wrong.pdf", root=root)
    assert not list(root.glob("*.pdf"))
    assert not list(root.glob(".*.pdf"))


def test_a_template_that_is_missing_is_named(root: Path) -> None:
    with pytest.raises(FoolproofError, match=r"none\.typ: there is no such report template"):
        compile_report(root / "none.typ", root / "none.pdf", root=root)


def test_a_warning_is_logged(root: Path, caplog: pytest.LogCaptureFixture) -> None:
    template = root / "odd.typ"
    template.write_text('#set text(font: "No such font")\nWords.')
    compile_report(template, root / "odd.pdf", root=root)
    assert "unknown font family" in caplog.text


def test_the_versions_reach_the_template(root: Path) -> None:
    template = root / "versions.typ"
    template.write_text('#sys.inputs.keys().sorted().join(", ")')
    compile_report(template, root / "versions.pdf", root=root)
    text = PdfReader(root / "versions.pdf").pages[0].extract_text()
    assert set(compile_module.PACKAGES) | {"python"} == set(text.split(", "))

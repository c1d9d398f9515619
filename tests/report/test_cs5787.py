"""The report of CS5787: its sentences follow the numbers that it reads."""

from pathlib import Path
from typing import Any

import pytest

from foolproof.files import write_csv
from foolproof.models.cifar10 import NETWORKS
from foolproof.models.structure import describe
from tests.report import conftest
from tests.report.conftest import (
    DIGEST,
    Metrics,
    fill_root,
    project_params,
    real_mnist,
    stand_in,
)

PICTURES = {
    "photos": "classification feature_maps",
    "pets": "regularization classes confusion",
    "cifar10": "curves filters_nobn filters_bn",
    "linf": "examples sweep",
    "robustness": "manipulations_plain manipulations_eot strength",
    "toys": "adder adder_network",
}
ASSETS = ("cifar10", "pets", "photos", "mobilenet_v2")
MANIPULATIONS = ("none", "mirror", "crop", "rotation", "grey")
KINDS = ("clean", "plain", "plain_large", "eot")


def photo(file: str, label: str, probability: float) -> Metrics:
    return {
        "file": file,
        "label": label,
        "label_rank": 1,
        "label_probability": probability,
        "own": False,
        "top": [
            {"class": label, "probability": probability},
            {"class": "cucumber", "probability": 0.0133},
            {"class": "orange", "probability": 0.0092},
        ],
    }


def layer(name: str, depth: int, *, explained: float, correlation: float) -> Metrics:
    shown = {"channel": 7, "correlations": {"edges": 0.5}, "most_active_in": "bell pepper"}
    return {
        "layer": name,
        "depth": depth,
        "channels": 32,
        "side": 112,
        "sparsity": 0.37,
        "explained_by_cues": explained,
        "between_photos": 0.2,
        "closest_to_cues": {
            "brightness": {"channel": 14, "correlation": correlation},
            "edges": {"channel": 3, "correlation": 0.1},
        },
        "shown": [shown] * 5,
    }


def accuracy(value: float) -> Metrics:
    return {"value": value, "ci95": 0.06, "low": value - 0.07, "high": value + 0.05}


def classifier(value: float, setting: float) -> Metrics:
    return {
        "mean_per_class_accuracy": accuracy(value),
        "setting": setting,
        "settings": [1, 10],
        "training_accuracies": [1.0, 1.0],
        "validation_accuracies": [0.8, 0.85],
    }


def filters(smoothness: float) -> Metrics:
    return {
        "filters": 64,
        "side": 11,
        "smoothness": smoothness,
        "colour": 0.2,
        "orientation": 0.3,
        "random": {"smoothness": 0.13, "colour": 0.6, "orientation": 0.1},
        "grey": 21,
        "coloured": 9,
        "oriented": 17,
        "noisy": 3,
        "faint": 2,
    }


def training(test_accuracy: float) -> Metrics:
    return {
        "test_accuracy": test_accuracy,
        "test_error": 1 - test_accuracy,
        "test_loss": 0.8,
        "training_accuracy": test_accuracy + 0.05,
        "training_loss": 0.6,
        "seed": 0,
        "weights_sha256": DIGEST,
    }


def rates(success: float) -> Metrics:
    return {
        "success_rate": success,
        "success_rate_8_bit": success,
        "confident_rate": success,
        "mean_confidence": success,
        "mean_confidence_8_bit": success,
        "mean_steps": 12.0,
    }


def example(name: str, seen_as: str, confidence: float) -> Metrics:
    return {
        "photo": name,
        "label": "bell pepper",
        "target": "space shuttle",
        "replaced": False,
        "probability_before": 0.94,
        "seen_as": seen_as,
        "confidence": confidence,
        "confidence_8_bit": confidence,
    }


def manipulated(shares: dict[str, float]) -> Metrics:
    """Give what four photos of each kind, by its share that is seen as intended, become."""
    photos: list[dict[str, Any]] = [
        {"photo": f"{row}.png", "label": "bell pepper", "target": "space shuttle"}
        for row in range(4)
    ]
    for row, each in enumerate(photos):
        for manipulation in MANIPULATIONS:
            each[manipulation] = {
                kind: {
                    "seen_as": "space shuttle" if row < 4 * shares[kind] else "bell pepper",
                    "probability": 0.97,
                    "target_probability": 0.97 if row < 4 * shares[kind] else 0.01,
                    "true_probability": 0.02,
                }
                for kind in KINDS
            }
    found = {
        manipulation: {
            kind: {
                "mean_probability": 0.5,
                "least_probability": 0.1,
                "share": shares[kind],
                "destruction_rate": 1 - shares[kind],
                "true_share": 0.25,
            }
            for kind in KINDS
        }
        for manipulation in MANIPULATIONS
    }
    epsilons = {"plain": 2, "plain_large": 8, "eot": 8}
    return found | {"epsilon": epsilons, "photos": photos, "weights_sha256": DIGEST}


@pytest.fixture
def metrics() -> Metrics:
    """Give what the stages write, by path."""
    described = {
        f"cifar10_{name}": describe(build(), (3, 32, 32)) for name, build in NETWORKS.items()
    }
    layers = {name: network.pop("layers") for name, network in described.items()}
    return {
        "metrics/assets.json": {name: real_mnist() for name in ASSETS},
        "metrics/networks.json": described,
        "metrics/networks/layers.json": layers,
        "metrics/photos.json": {
            "classification": {
                "architecture": "mobilenet_v2",
                "classes": 1000,
                "labelled": 2,
                "share_right": 1.0,
                "share_in_top": 1.0,
                "photos": [
                    photo("peppers.png", "bell pepper", 0.9396),
                    photo("zebra.jpg", "zebra", 0.848),
                ],
            },
            "feature_maps": {
                "photo": "peppers.png",
                "photos": 2,
                "possible_layers": ["a", "b", "c"],
                "layers": [
                    layer("features.0.2", 1, explained=0.62, correlation=0.97),
                    layer("features.18.2", 3, explained=0.03, correlation=0.2),
                ],
            },
        },
        "metrics/pets.json": {
            "features": {
                "architecture": "mobilenet_v2",
                "layer": "input of classifier.1",
                "activation": "ReLU6",
                "rectified": True,
                "dimension": 1280,
                "share_of_zeros": 0.31,
                "least": 0.0,
                "greatest": 4.97,
            },
            "classifiers": {
                "C": 10.0,
                "folds": 6,
                "classes": 3,
                "training_images": 222,
                "test_images": 148,
                "mean_per_class_accuracy": accuracy(0.845),
                "classifiers": {
                    "logistic_regression": classifier(0.845, 10.0),
                    "svm": classifier(0.811, 0.1),
                    "knn": classifier(0.77, 1),
                },
                "logistic_regression_against": {
                    "svm": {"only_first": 8, "only_second": 3, "p_value": 0.227},
                    "knn": {"only_first": 14, "only_second": 3, "p_value": 0.0127},
                },
                "per_class": {
                    "Beagle": {"images": 4, "logistic_regression": 0.5},
                    "Birman": {"images": 4, "logistic_regression": 1.0},
                    "Pug": {"images": 0, "logistic_regression": None},
                },
                "most_confused": [
                    {"true": "Beagle", "predicted": "Birman", "images": 2, "share": 0.5}
                ],
            },
        },
        "metrics/timing/pet_features.json": {"images_per_second": 73.4},
        "metrics/cifar10.json": {
            "nobn": training(0.7412),
            "bn": training(0.7934),
            "deep": training(0.9056),
            "filters": {
                "nobn": filters(0.5),
                "bn": filters(0.8),
                "deep": filters(0.9),
                "bn_above_nobn": {"smoothness": 0.81, "colour": 0.45, "orientation": 0.3},
            },
        },
        "metrics/attacks.json": {
            "linf": {
                "architecture": "mobilenet_v2",
                "photos": 20,
                "usable_photos": 19,
                "examples": [example("peppers.png", "space shuttle", 0.9991)]
                + [example(f"{row}.jpg", "space shuttle", 0.99) for row in range(3)],
                "pairs": 100,
                "success_epsilon": 4,
                "success_rate": 0.99,
                "by_epsilon": {
                    str(epsilon): rates(share)
                    for epsilon, share in zip(
                        project_params()["attack_linf"]["epsilons"],
                        (0.24, 0.8, 0.98, 0.99, 1.0),
                        strict=True,
                    )
                },
                "max_violation": 2.9e-8,
            },
            "robustness": manipulated({"clean": 1, "plain": 0, "plain_large": 0.25, "eot": 1}),
        },
        "metrics/toys.json": {
            "adder": {
                "bits": 10,
                "errors": 0,
                "pairs_checked": 1048576,
                "long_bits": 2000,
                "long_checked": 1000,
                "long_errors": 0,
                "transitions": 16,
                "transition_errors": 0,
                "margin": {"hidden": [0.5, 0.5, 0.5], "output": 0.5},
                "example": {"first": "100111", "second": "110010", "sum": "1011001"},
                "parameters": {
                    "U": [[1.0, 1.0]] * 3,
                    "W": [[0.0, 1.0, 0.0]] * 3,
                    "b_h": [-0.5, -1.5, -2.5],
                    "v": [1.0, -1.0, 1.0],
                    "b_y": -0.5,
                    "h_0": [0.0, 0.0, 0.0],
                },
                "units": [
                    {
                        "total": 1,
                        "hidden_sums": [0.5, -0.5, -1.5],
                        "hidden": [1, 0, 0],
                        "output_sum": 0.5,
                        "output": 1,
                        "carry": 0,
                    }
                ],
            }
        },
    }


def write_curves(root: Path, with_norm: list[float]) -> None:
    """Write curves of two epochs; the training loss without batch norm is 1 and 0.5."""
    losses = {"without batch norm": [1.0, 0.5], "with batch norm": with_norm}
    write_csv(
        root / "plots/cifar10/curves.csv",
        [
            {"epoch": epoch, "series": f"training, {name}", "loss": loss}
            for name, values in losses.items()
            for epoch, loss in enumerate(values, start=1)
        ],
    )


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Make the files that the report reads beside its metrics."""
    fill_root(tmp_path, PICTURES, project_params())
    write_curves(tmp_path, [0.8, 0.3])
    return tmp_path


def compile_text(root: Path, metrics: Metrics) -> str:
    """Compile the report on `metrics` and give its text."""
    return conftest.compile_text(root, "cs5787", metrics)


def test_numbers_come_from_the_metrics(root: Path, metrics: Metrics) -> None:
    text = compile_text(root, metrics)
    for number in (
        "for bell pepper (93.96 %), cucumber (1.33 %) and orange (0.92 %), in this order",
        "channel 14 follows brightness",
        "mean-per-class accuracy of 84.5 % (95 % interval 77.5–89.5 %)",
        "1,280 numbers an image, of which 31 % are zero",
        "73 images a second",
        "Beagle taken for Birman (2 of 4 images)",
        "The network without batch norm classifies 74.12 %",
        "The test error goes from 25.88 % to 20.66 %: clearly better.",
        "classifies 90.56 % correctly, 11.22 points",
        "With batch norm the training loss is lower after every epoch.",
        "smoother in 81 % and less oriented in 70 % of all pairs",
        "all 4 photos are taken for their target",
        "99.91 %",
        "Of 100 random pairs of photo and target, 99 % succeed within 4/255.",
        "all 4 keep their target with at least 90 % under each of the 4 manipulations",
        "1,048,576 pairs of 10-bit numbers without error, and 1,000 random pairs of 2,000 bits",
    ):
        assert number in text, number
    assert "else [" not in text, "a rule that Typst took for text"


def test_stand_ins_are_named_loudly(root: Path, metrics: Metrics) -> None:
    metrics["metrics/assets.json"]["pets"] = stand_in()
    text = compile_text(root, metrics)
    assert "STAND-IN DATA" in text
    assert "not from PETS itself" in text
    assert "not from CIFAR10 itself" not in text


@pytest.mark.parametrize(
    ("with_norm", "sentence"),
    [
        ([0.8, 0.3], "the training loss is lower after every epoch"),
        ([1.2, 0.7], "the training loss is higher after every epoch"),
        ([1.2, 0.3], "the training loss is lower after 1 of 2 epochs"),
    ],
)
def test_verdict_on_batch_norm_follows_the_losses(
    root: Path, metrics: Metrics, with_norm: list[float], sentence: str
) -> None:
    write_curves(root, with_norm)
    assert sentence in compile_text(root, metrics)


@pytest.mark.parametrize(
    ("accuracy", "sentence"),
    [
        (0.80, "5.88 points more than the better of the two: clearly better."),
        (0.75, "0.88 points more than the better of the two: no clear difference."),
        (0.70, "4.12 points less than the better of the two."),
    ],
)
def test_verdict_on_the_deep_network_follows_its_accuracy(
    root: Path, metrics: Metrics, accuracy: float, sentence: str
) -> None:
    results = metrics["metrics/cifar10.json"]
    results["bn"], results["deep"] = training(0.70), training(accuracy)
    assert sentence in compile_text(root, metrics)


def test_an_attack_that_fails_is_said(root: Path, metrics: Metrics) -> None:
    attacks = metrics["metrics/attacks.json"]
    attacks["linf"]["examples"][0] = example("peppers.png", "bell pepper", 0.31)
    attacks["robustness"] = manipulated({"clean": 1, "plain": 0.5, "plain_large": 1, "eot": 0.25})
    text = compile_text(root, metrics)
    assert "3 of the 4 photos are taken for their target" in text
    assert "peppers.png is not taken for “space shuttle” (31.00 %)" in text
    assert "do not all keep their target either" in text
    assert "some are" in text


def test_differences_within_chance_are_called_so(root: Path, metrics: Metrics) -> None:
    text = compile_text(root, metrics)
    assert "can be chance" in text
    assert "is more than chance" in text


def test_an_adder_that_errs_is_said(root: Path, metrics: Metrics) -> None:
    metrics["metrics/toys.json"]["adder"]["errors"] = 3
    text = compile_text(root, metrics)
    assert "make errors: 3 of 1,048,576 pairs" in text

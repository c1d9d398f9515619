"""What the tests of the report of CS5787 share."""

from dataclasses import asdict
from pathlib import Path

import pytest

from foolproof.networks.cifar10 import NETWORKS
from foolproof.networks.structure import describe
from tests.reports.conftest import (
    Metrics,
    Report,
    prepare_report,
    project_params,
    real_mnist,
    robust,
    robust_group,
    timing,
)
from tests.reports.cs5787.records import adder, attacks, cifar10, pets, photos

PICTURES = {
    "draw_robust_accuracy": "cifar10",
    "classify_photos": "classification",
    "show_feature_maps": "feature_maps",
    "logistic_regression": "regularization classes confusion",
    "draw_curves": "cifar10",
    "compare_batchnorm": "cifar10",
    "show_filters": "nobn bn",
    "evaluate_linf": "examples sweep",
    "robustness": "manipulations_plain manipulations_eot strength",
    "adder": "adder network",
}
ASSETS = ("cifar10", "pets", "photos", project_params()["pretrained"]["network"])


@pytest.fixture
def metrics() -> Metrics:
    """Give what the stages write, by path."""
    described = {
        f"cifar10_{name}": asdict(describe(build(), (3, 32, 32)))
        for name, build in NETWORKS.items()
    }
    layers = {name: network.pop("layers") for name, network in described.items()}
    return {
        "metrics/assets.json": {name: real_mnist() for name in ASSETS},
        "metrics/networks.json": described,
        "metrics/networks/layers.json": layers,
        "metrics/photos.json": photos(),
        "metrics/pets.json": pets(),
        "metrics/timing/pet_features.json": {"images_per_second": 73.4},
        "metrics/timing/cifar10_nobn.json": timing([12.3], "Abacus 1", "bfloat16"),
        "metrics/timing/cifar10_bn.json": timing([45.6], "Abacus 2", "bfloat16"),
        "metrics/timing/cifar10_deep.json": timing([78.9], "Abacus 3", "float32"),
        "metrics/cifar10.json": cifar10(),
        "metrics/robust_accuracy.json": {
            "cifar10": robust_group(
                {
                    "nobn": robust(4321, 0.987, ("2", 0.8), ("10", 0.123)),
                    "bn": robust(4321, 0.987, ("2", 0.8), ("10", 0.123)),
                    "deep": robust(4321, 0.987, ("2", 0.8), ("10", 0.123)),
                }
            )
        },
        "metrics/attacks.json": attacks(),
        "metrics/toys.json": {"adder": adder()},
    }


@pytest.fixture
def report(tmp_path: Path) -> Report:
    """Give the report and the files that it reads beside its metrics."""
    return prepare_report("cs5787", tmp_path, PICTURES, project_params())

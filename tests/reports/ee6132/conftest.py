"""What the tests of the report of EE6132 share."""

from dataclasses import asdict
from pathlib import Path

import pytest

from foolproof.core.files import write_csv
from foolproof.networks.mnist import NETWORKS
from foolproof.networks.structure import describe
from tests.reports.conftest import (
    Metrics,
    Report,
    explained,
    prepare_report,
    project_params,
    real_mnist,
    robust,
    robust_group,
    timing,
)
from tests.reports.ee6132.records import attacks, mnist, ratio

PICTURES = {
    "draw_robust_accuracy": "mnist",
    "draw_robustness_comparison": "mnist",
    "compare_batchnorm": "mnist",
    "show_predictions": "predictions mistakes confusion",
    "visualize": "filters_conv1 filters_conv2 activations_conv1 activations_conv2 depth",
    "explain/mnist": "maps",
    "occlude": "grey black by_size",
    "attack_nontargeted": "class_images cost",
    "attack_targeted": "from_noise from_reference tables beta",
    "attack_noise": "noise transfer",
    "compare_robust_network": "attacks class_images targeted noise filters occlusion",
}


@pytest.fixture
def metrics() -> Metrics:
    """Give what the stages write, by path, in sizes that differ from those of the project."""
    networks = {
        f"mnist_{name}": asdict(describe(build(), (1, 28, 28))) for name, build in NETWORKS.items()
    }
    layers = {name: counts.pop("layers") for name, counts in networks.items()}
    return {
        "metrics/networks.json": networks,
        "metrics/networks/layers.json": layers,
        "metrics/timing/batchnorm_mnist.json": {
            "seconds_per_epoch": {"nobn": [10.0, 10.0], "bn": [12.0, 12.0]},
            "ratio": ratio(1.2, 0.05, 2),
            "machine": timing([], "Timer", "float32")["machine"],
        },
        "metrics/timing/mnist_nobn.json": timing([12.3, 45.6], "Abacus 1", "bfloat16"),
        "metrics/timing/mnist_bn.json": timing([1.0], "Abacus 2", "float32"),
        "metrics/timing/mnist_robust.json": timing([7.8], "Abacus 4", "bfloat16"),
        "metrics/assets.json": {"mnist": real_mnist()},
        "metrics/mnist.json": mnist(),
        "metrics/robust_accuracy.json": {
            "mnist": robust_group(
                {
                    "nobn": robust(4321, 0.987, ("0.1", 0.8), ("0.2", 0.123)),
                    "bn": robust(4321, 0.987, ("0.1", 0.8), ("0.2", 0.123)),
                    "robust": robust(4321, 0.985, ("0.1", 0.97), ("0.2", 0.94)),
                }
            )
        },
        "metrics/attacks.json": attacks(),
        "metrics/explain/mnist.json": explained(
            {"saliency": (0.1, 0.2), "gradcam": (0.3, 0.1)},
            controls=["random", "intensity"],
            shown=10,
        ),
    }


def write_tables(plots: Path) -> None:
    """Write the tables that the report reads."""
    write_csv(
        plots / "compare_batchnorm_mnist.csv",
        [
            {"epoch": epoch, "series": f"{part}, {name} batch norm", "loss": 0.1, "accuracy": 0.99}
            for part in ("training", "validation")
            for name in ("without", "with")
            for epoch in (1.0, 2.0)
        ],
    )
    write_csv(
        plots / "show_predictions_confusion.csv",
        [{"true": row % 10, "predicted": 9 if row == 4 else row % 10} for row in range(100)],
    )
    write_csv(
        plots / "attack_noise_transfer.csv",
        [
            {"target": noise, "true": true, "predicted": true, "confidence": 0.9}
            for noise in range(10)
            for true in range(10)
        ],
    )


@pytest.fixture
def report(tmp_path: Path) -> Report:
    """Give the report and the files that it reads beside its metrics."""
    params = project_params()
    params["attack_nontargeted"]["steps"] = [200]
    report = prepare_report("ee6132", tmp_path, PICTURES, params)
    write_tables(tmp_path / "plots")
    return report

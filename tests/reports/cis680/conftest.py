"""What the tests of the report of CIS680 share."""

from dataclasses import asdict
from pathlib import Path

import pytest

from foolproof.core.files import write_csv
from foolproof.networks.cis680 import cis680_cnn
from foolproof.networks.structure import describe
from tests.reports.cis680.records import one_sided, surfaces, training, xor
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

PICTURES = {
    "draw_robust_accuracy": "cis680",
    "draw_curves": "cis680",
    "surfaces": "output l2 l2_gradient cross_entropy cross_entropy_gradient relu slice descent",
    "xor": "xor loss failures",
    "evaluate_one_sided": "examples norms grid transfer",
}


@pytest.fixture
def metrics() -> Metrics:
    """Give what the stages write, by path, in sizes that differ from those of the project."""
    network = asdict(describe(cis680_cnn(), (1, 28, 28)))
    layers = network.pop("layers")
    return {
        "metrics/assets.json": {"mnist": real_mnist()},
        "metrics/networks.json": {"cis680": network},
        "metrics/networks/layers.json": {"cis680": layers},
        "metrics/cis680.json": {"first": training(0.9912), "second": training(0.9934)},
        "metrics/timing/cis680_first.json": timing([12.3], "Abacus 1", "float32"),
        "metrics/timing/cis680_second.json": timing([45.6], "Abacus 2", "bfloat16"),
        "metrics/toys.json": {"surfaces": surfaces(), "xor": xor()},
        "metrics/robust_accuracy.json": {
            "cis680": robust_group(
                {
                    "first": robust(4321, 0.987, ("0.1", 0.8), ("0.2", 0.123)),
                    "second": robust(4321, 0.987, ("0.1", 0.8), ("0.2", 0.123)),
                }
            )
        },
        "metrics/attacks.json": {"one_sided": one_sided()},
    }


def write_curves(root: Path, test_losses: list[float]) -> None:
    """Write curves of two epochs whose test loss is the given one."""
    write_csv(
        root / "plots/draw_curves_cis680.csv",
        [
            {
                "epoch": epoch,
                "series": f"{part}, {name} training",
                "loss": loss,
                "error": 0.009,
                "accuracy": 0.991,
            }
            for part in ("training", "test")
            for name in ("first", "second")
            for epoch, loss in enumerate(test_losses, start=1)
        ],
    )


@pytest.fixture
def report(tmp_path: Path) -> Report:
    """Give the report and the files that it reads beside its metrics."""
    report = prepare_report("cis680", tmp_path, PICTURES, project_params())
    write_curves(tmp_path, [0.05, 0.03])
    return report

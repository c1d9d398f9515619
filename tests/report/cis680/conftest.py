"""What the tests of the report of CIS680 share."""

from pathlib import Path

import pytest

from foolproof.files import write_csv
from foolproof.models.structure import describe
from foolproof.models.table1 import table1_cnn
from tests.report.cis680.records import constrained, surfaces, training, xor
from tests.report.conftest import (
    Metrics,
    Report,
    prepare_report,
    project_params,
    real_mnist,
    timing,
)

PICTURES = {
    "table1": "curves",
    "toys": (
        "surface_output surface_l2 surface_l2_gradient surface_cross_entropy "
        "surface_cross_entropy_gradient surfaces_relu slice descent xor xor_loss xor_failures"
    ),
    "attacks": "constrained_examples constrained_ink constrained_grid constrained_transfer",
}


@pytest.fixture
def metrics() -> Metrics:
    """Give what the stages write, by path, in sizes that differ from those of the project."""
    network = describe(table1_cnn(), (1, 28, 28))
    layers = network.pop("layers")
    return {
        "metrics/assets.json": {"mnist": real_mnist()},
        "metrics/networks.json": {"table1": network},
        "metrics/networks/layers.json": {"table1": layers},
        "metrics/table1.json": {"first": training(0.9912), "second": training(0.9934)},
        "metrics/timing/table1_first.json": timing([12.3], "Abacus 1", "float32"),
        "metrics/timing/table1_second.json": timing([45.6], "Abacus 2", "bfloat16"),
        "metrics/toys.json": {"surfaces": surfaces(), "xor": xor()},
        "metrics/attacks.json": {"constrained": constrained()},
    }


def write_curves(root: Path, test_losses: list[float]) -> None:
    """Write curves of two epochs whose test loss is the given one."""
    write_csv(
        root / "plots/table1/curves.csv",
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

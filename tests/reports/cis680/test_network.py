"""Part 3 of the report of CIS680: what is said of the two trainings."""

import pytest

from tests.reports.cis680.conftest import write_curves
from tests.reports.cis680.records import training
from tests.reports.conftest import Metrics, Report, assert_names_machines


@pytest.mark.parametrize(
    ("first", "second", "sentence"),
    [
        (0.99, 0.995, "Both trainings reach the 99 %"),
        (0.9899, 0.995, "Only the second training reaches the 99 %"),
        (0.97, 0.98, "Neither training reaches the 99 %"),
    ],
)
def test_verdict_on_the_accuracy_follows_both_trainings(
    report: Report, metrics: Metrics, first: float, second: float, sentence: str
) -> None:
    metrics["metrics/cis680.json"] = {"first": training(first), "second": training(second)}
    assert sentence in report.text(metrics)


def test_overfitting_is_reported_where_the_test_loss_rises(
    report: Report, metrics: Metrics
) -> None:
    assert "Neither network overfits" in report.text(metrics)
    write_curves(report.root, [0.03, 0.05])
    text = report.text(metrics)
    assert (
        "The final test loss of the first training and second training exceeds its minimum" in text
    )


def test_machines_and_epochs_of_trainings_are_named(report: Report, metrics: Metrics) -> None:
    text = report.text(metrics)
    assert "Each training is 17 epochs on all training images" in text
    assert "Everything is computed in float32." in text
    assert_names_machines(
        text, "First training", "Second training", "Abacus 1", "Abacus 2", "float32", "bfloat16"
    )
    metrics["metrics/timing/cis680_first.json"]["machine"]["precision"] = "bfloat16"
    assert "passes are computed in bfloat16" in report.text(metrics)

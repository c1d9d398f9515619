"""Part 2 of the report of CIS680: sentences on success and failure of XOR trainings."""

import pytest

from tests.reports.conftest import Metrics, Report

FAILURES = ("two_collapsed", "three_collapsed", "four_collapsed", "not_converged")


def xor_of(metrics: Metrics) -> Metrics:
    """Give the record of `xor` among all."""
    xor: Metrics = metrics["metrics/toys.json"]["xor"]
    return xor


@pytest.mark.parametrize(
    ("success_rate", "sentence"),
    [
        (1.0, "learns XOR from every random start."),
        (0.94, "learns XOR from nearly every random start."),
        (0.7, "learns XOR from most random starts, but not from all."),
        (0.2, "learns XOR from less than half of the random starts."),
        (0.0, "learns XOR from no random start."),
    ],
)
def test_verdict_on_xor_follows_the_success_rate(
    report: Report, metrics: Metrics, success_rate: float, sentence: str
) -> None:
    xor_of(metrics)["success_rate"] = success_rate
    assert f"Gradient descent {sentence}" in report.text(metrics)


def test_reasons_for_failures_are_listed_if_there_are_any(report: Report, metrics: Metrics) -> None:
    text = report.text(metrics)
    assert "Reasons for the 15 failures (two points collapsed: 13; not converged: 2)." in text
    assert "Of the 15 failed starts 13 end at these levels." in text
    assert "For 60 of the 67 failed networks" in text
    assert "for a standard deviation of 0.1 and" in text
    assert "Of 50 starts 35 succeed, 70 % (95 % interval 56–81 %)" in text
    assert "The success rate falls with the standard deviation of the initial weights." in text

    xor = xor_of(metrics)
    xor |= {"success_rate": 1.0, "failed_networks": {}, "failures": dict.fromkeys(FAILURES, 0)}
    xor |= {"success_rate_by_std": {"0.25": 1.0}}
    text = report.text(metrics)
    assert "With this standard deviation no start fails." in text
    assert "failed networks" not in text
    assert "with the standard deviation of the initial weights" not in text


def test_report_compiles_without_any_success(report: Report, metrics: Metrics) -> None:
    xor = xor_of(metrics)
    xor |= {"success_rate": 0.0, "steps_to_success": None}
    xor |= {"success_rate_by_std": {"0.25": 0.0, "1": 0.4}}
    xor["shown"]["success"] = False
    text = report.text(metrics)
    assert "in the median after" not in text
    assert "fails: at the end some label has a probability below 90 %." in text
    assert "The success rate rises with the standard deviation of the initial weights." in text


def test_contradiction_to_the_proof_is_reported(report: Report, metrics: Metrics) -> None:
    assert "which cannot compute XOR, and its loss is at least" in report.text(metrics)
    xor_of(metrics)["success_rate_linear"] = 0.02
    assert "the measurement contradicts the proof" in report.text(metrics)

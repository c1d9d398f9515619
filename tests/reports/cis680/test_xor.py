"""Part 2 of the report of CIS680: sentences on success and failure of XOR trainings."""

import pytest

from foolproof.compute.intervals import rate_with_interval
from tests.reports.conftest import Metrics, Report

FAILURES = ("two_collapsed", "three_collapsed", "four_collapsed", "not_converged")


def xor_of(metrics: Metrics) -> Metrics:
    """Give the record of `xor` among all."""
    xor: Metrics = metrics["metrics/toys.json"]["xor"]
    return xor


@pytest.mark.parametrize(
    ("successes", "sentence"),
    [
        (200, "learns XOR from every random start."),
        (194, "learns XOR from nearly every random start."),
        (140, "learns XOR from most random starts, but not from all."),
        (105, "learns XOR from about half of the random starts."),
        (40, "learns XOR from less than half of the random starts."),
        (0, "learns XOR from no random start."),
    ],
)
def test_verdict_on_xor_follows_the_success_rate(
    report: Report, metrics: Metrics, successes: int, sentence: str
) -> None:
    xor_of(metrics)["success_rate"] = rate_with_interval(successes, 200)
    assert f"Gradient descent {sentence}" in report.text(metrics)


def test_reasons_for_failures_are_listed_if_there_are_any(report: Report, metrics: Metrics) -> None:
    text = report.text(metrics)
    assert "Reasons for the 15 failures (two points collapsed: 13; not converged: 2)." in text
    assert "Of the 15 failed starts 13 end at these levels." in text
    assert "For 60 of the 67 failed networks" in text
    assert "for a standard deviation of 0.1 and" in text
    assert "Successful starts: 35 of 50 (70 %, 95 % interval 56–81 %)" in text
    assert "Fewer starts succeed with the largest standard deviation" in text
    assert "(McNemar's exact test on the same 50 starts: " in text.replace("\u2019", "'")

    xor = xor_of(metrics)
    xor |= {
        "success_rate": rate_with_interval(50, 50),
        "failed_networks": {},
        "failures": dict.fromkeys(FAILURES, 0),
    }
    xor |= {"success_rate_by_std": {"0.25": rate_with_interval(50, 50)}}
    xor |= {"smallest_against_largest_std": None}
    text = report.text(metrics)
    assert "With this standard deviation no start fails." in text
    assert "failed networks" not in text
    assert "the largest standard deviation" not in text


def test_report_compiles_without_any_success(report: Report, metrics: Metrics) -> None:
    xor = xor_of(metrics)
    xor |= {"success_rate": rate_with_interval(0, 50), "steps_to_success": None}
    xor |= {"smallest_against_largest_std": {"only_first": 1, "only_second": 20, "p_value": 0.01}}
    xor["shown"]["success"] = False
    text = report.text(metrics)
    assert "in the median after" not in text
    assert "fails: at the end some label has a probability below 90 %." in text
    assert "More starts succeed with the largest standard deviation" in text


def test_stds_that_differ_within_chance_are_not_called_different(
    report: Report, metrics: Metrics
) -> None:
    test = {"only_first": 9, "only_second": 4, "p_value": 0.27}
    xor_of(metrics)["smallest_against_largest_std"] = test
    text = report.text(metrics)
    assert "standard deviation of the initial weights does not differ significantly" in text
    assert "A likely reason" not in text


def test_contradiction_to_the_proof_is_reported(report: Report, metrics: Metrics) -> None:
    assert "which cannot compute XOR, and its loss is at least" in report.text(metrics)
    xor_of(metrics)["success_rate_linear"] = rate_with_interval(1, 50)
    assert "the measurement contradicts the proof" in report.text(metrics)

"""Part 2 of the report of CIS680: sentences on success and failure of XOR trainings."""

import pytest

from foolproof.compute.intervals import rate_with_interval
from tests.reports.cis680.records import scales
from tests.reports.conftest import Metrics, Report

FAILURES = ("two_collapsed", "three_collapsed", "four_collapsed", "not_converged")


def xor_of(metrics: Metrics) -> Metrics:
    """Give the record of `xor` among all."""
    xor: Metrics = metrics["metrics/toys.json"]["xor"]
    return xor


@pytest.mark.parametrize(
    ("successes", "sentence"),
    [
        (200, "learns XOR from all 200 random starts."),
        (140, "learns XOR from most random starts, but not from all."),
        (105, "learns XOR from some random starts; the interval of the share includes one half."),
        (40, "learns XOR from less than half of the random starts."),
        (0, "learns XOR from none of the 200 random starts."),
    ],
)
def test_verdict_on_xor_follows_the_interval_of_the_success_rate(
    report: Report, metrics: Metrics, successes: int, sentence: str
) -> None:
    xor_of(metrics)["success_rate"] = rate_with_interval(successes, 200)
    assert f"Gradient descent {sentence}" in report.text(metrics)


SCALE_CASES = {
    "The success rate falls with the": {"0.1": 0.9, "1": 0.88, "2": 0.3},
    "The success rate rises with the": {"0.1": 0.1, "1": 0.2, "2": 0.3},
    "does not move in one direction.": {"0.1": 0.9, "1": 0.3, "2": 0.8},
    "No significant difference between the standard": {"0.1": 0.9, "1": 0.88, "2": 0.86},
}


@pytest.mark.parametrize("sentence", SCALE_CASES)
def test_verdict_on_the_scale_of_the_starts_follows_the_paired_differences(
    report: Report, metrics: Metrics, sentence: str
) -> None:
    xor_of(metrics).update(scales(SCALE_CASES[sentence]))
    text = report.text(metrics)
    assert [each for each in SCALE_CASES if each in text] == [sentence]
    assert ("large initial weights saturate tanh" in text) == ("falls" in sentence)


def test_reasons_for_failures_are_listed_if_there_are_any(report: Report, metrics: Metrics) -> None:
    text = report.text(metrics)
    assert "Reasons for the 15 failures (two points collapsed: 13; not converged: 2)." in text
    assert "Of the 15 failed starts 13 end at these levels." in text
    assert "For 60 of the 67 failed networks" in text
    assert "for a standard deviation of 0.1 and" in text
    assert "−70.0 points (95 % interval −75.0 to −65.0, n = 50)" in text
    assert "Successful starts: 35 of 50 (70 %, 95 % interval 56–81 %)" in text
    assert "The success rate falls with the standard deviation of the initial weights." in text

    xor = xor_of(metrics)
    xor |= {
        "success_rate": rate_with_interval(50, 50),
        "failed_networks": {},
        "failures": dict.fromkeys(FAILURES, 0),
    }
    xor |= scales({"0.25": 1.0})
    text = report.text(metrics)
    assert "With this standard deviation no start fails." in text
    assert "failed networks" not in text
    assert "The success rate" not in text


def test_report_compiles_without_any_success(report: Report, metrics: Metrics) -> None:
    xor = xor_of(metrics)
    xor |= {"success_rate": rate_with_interval(0, 50), "steps_to_success": None}
    xor |= scales({"0.25": 0.0, "1": 0.4})
    xor["shown"]["success"] = False
    text = report.text(metrics)
    assert "in the median after" not in text
    assert "fails: at the end some label has a probability below 90 %." in text
    assert "The success rate rises with the standard deviation of the initial weights." in text


def test_contradiction_to_the_proof_is_reported(report: Report, metrics: Metrics) -> None:
    assert "which cannot compute XOR, and its loss is at least" in report.text(metrics)
    xor_of(metrics)["success_rate_linear"] = rate_with_interval(1, 50)
    assert "the measurement contradicts the proof" in report.text(metrics)

"""Part 2 of the report of CIS680: what is said of starts that learn XOR, and of others."""

import pytest

from tests.reports.conftest import Metrics, Report

REASONS = ("two_merged", "three_merged", "four_merged", "descending")


def xor_of(metrics: Metrics) -> Metrics:
    """Give the record of `xor` among all."""
    xor: Metrics = metrics["metrics/toys.json"]["xor"]
    return xor


@pytest.mark.parametrize(
    ("solved", "sentence"),
    [
        (1.0, "learns XOR from every random start."),
        (0.94, "learns XOR from nearly every random start."),
        (0.7, "learns XOR from most random starts, but not from all."),
        (0.2, "learns XOR from some random starts only."),
        (0.0, "did not learn XOR from any random start."),
    ],
)
def test_verdict_on_xor_follows_the_share_of_solved_starts(
    report: Report, metrics: Metrics, solved: float, sentence: str
) -> None:
    xor_of(metrics)["solved"] = solved
    assert f"Gradient descent {sentence}" in report.text(metrics)


def test_says_why_starts_fail_where_they_do(report: Report, metrics: Metrics) -> None:
    text = report.text(metrics)
    assert "Why 15 fail (two points merged: 13; still descending: 2)." in text
    assert "the losses of 13 of the failed starts rest." in text
    assert "For 60 of the 67 failed networks" in text
    assert "From a standard deviation of 0.1 to one of 10 the share" in text
    assert "The wider the starts are spread, the fewer learn XOR." in text

    xor = xor_of(metrics)
    xor |= {"solved": 1.0, "stuck": {}, "reasons": dict.fromkeys(REASONS, 0)}
    xor |= {"solved_by_std": {"0.25": 1.0}}
    text = report.text(metrics)
    assert "With this spread of the starts none fails." in text
    assert "failed networks" not in text
    assert "The wider the starts" not in text


def test_a_perceptron_that_never_learns_is_no_error(report: Report, metrics: Metrics) -> None:
    xor = xor_of(metrics)
    xor |= {"solved": 0.0, "steps_to_solve": None, "solved_by_std": {"0.25": 0.0, "1": 0.4}}
    xor["shown"]["solved"] = False
    text = report.text(metrics)
    assert "in the median after" not in text
    assert "is not solved: to the end its output does not give each label 90 %." in text
    assert "The wider the starts are spread, the more learn XOR." in text


def test_a_measurement_against_the_proof_is_said(report: Report, metrics: Metrics) -> None:
    assert "which cannot compute XOR, and its loss cannot fall below" in report.text(metrics)
    xor_of(metrics)["solved_linear"] = 0.02
    assert "the measurement contradicts the proof" in report.text(metrics)

"""CIS680, part 2: success and failure of XOR trainings."""

from typing import Any

import pytest

from foolproof.answers.cis680.xor import (
    TRENDS,
    curvature_text,
    failures_text,
    learning_verdict,
    linear_answer,
    linear_verdict,
    scales_text,
    std_trend,
    training_answer,
    unit_text,
    xor_part,
)
from foolproof.compute.intervals import rate_with_interval
from tests.answers.cis680.records import Metrics, failed, scales, xor
from tests.answers.cis680.texts import changed, words
from tests.answers.compiled import project_params

SETTINGS = project_params()["xor"]
FAILURES = ("two_collapsed", "three_collapsed", "four_collapsed", "not_converged")


def answer_text(record: Metrics) -> str:
    """Write the answer to question 2.2."""
    return words(training_answer(record, SETTINGS))


@pytest.mark.parametrize(
    ("successes", "sentence"),
    [
        (200, "learns XOR from all random starts: 200 of 200"),
        (140, "learns XOR from most random starts: 140 of 200"),
        (105, "learns XOR from some random starts, the interval including one half: 105"),
        (95, "learns XOR from some random starts, the interval including one half: 95"),
        (40, "learns XOR from less than half of the random starts: 40 of 200"),
        (0, "learns XOR from none of the random starts: 0 of 200"),
    ],
)
def test_verdict_on_xor_follows_the_interval_of_the_success_rate(
    successes: int, sentence: str
) -> None:
    assert f"Gradient descent {sentence}" in learning_verdict(rate_with_interval(successes, 200))


SCALE_CASES = {
    "falls": {"0.1": 0.9, "1": 0.88, "2": 0.3},
    "rises": {"0.1": 0.1, "1": 0.2, "2": 0.3},
    "mixed": {"0.1": 0.9, "1": 0.3, "2": 0.8},
    "flat": {"0.1": 0.9, "1": 0.88, "2": 0.86},
}


@pytest.mark.parametrize("trend", SCALE_CASES)
def test_verdict_on_the_scale_of_the_starts_follows_the_paired_differences(trend: str) -> None:
    record = xor() | scales(SCALE_CASES[trend])
    text = scales_text(record)
    assert [name for name, sentence in TRENDS.items() if sentence in text] == [trend]
    assert ("large initial weights saturate tanh" in text) == (trend == "falls")


@pytest.mark.parametrize("trend", ["falls", "rises"])
def test_reversed_rates_reverse_the_trend(trend: str) -> None:
    rates = SCALE_CASES[trend]
    other = scales(dict(zip(rates, reversed(rates.values()), strict=True)))
    assert std_trend(scales(rates)["scales"]) == trend
    assert std_trend(other["scales"]) == {"falls": "rises", "rises": "falls"}[trend]


def test_one_scale_has_no_trend() -> None:
    record = xor() | scales({"0.25": 1.0})
    assert std_trend(record["scales"]) is None
    assert scales_text(record) == ""
    assert "success rate" not in answer_text(record)


def test_scales_name_their_rates_and_the_paired_difference() -> None:
    text = answer_text(xor())
    assert "for a standard deviation of 0.1 and" in text
    assert "−70.0 points (95 % interval −75.0 to −65.0, n = 50)" in text


@pytest.mark.parametrize(
    ("failures", "present", "absent"),
    [
        (
            [13, 0, 0, 2],
            [
                "failures* (two points collapsed: 13; not converged: 2).",
                "13 of the 15 failed starts end at these levels.",
            ],
            "no start fails",
        ),
        ([13, 2, 0, 0], ["All 15 failed starts end at these levels."], "not converged"),
        ([0, 0, 0, 1], ["*Reasons for the failure* (not converged: 1)."], "at these levels"),
        ([0, 0, 0, 0], ["With this standard deviation no start fails."], "Reasons"),
    ],
)
def test_reasons_for_failures_are_listed_if_there_are_any(
    failures: list[int], present: list[str], absent: str
) -> None:
    text = failures_text(dict(zip(FAILURES, failures, strict=True)))
    assert [each for each in present if each not in text] == []
    assert absent not in text


@pytest.mark.parametrize(
    ("minima", "present", "absent"),
    [
        (60, ["For 60 of the 67 failed networks", "The others have a negative"], "For all"),
        (67, ["For all 67 failed networks"], "have a negative"),
        (0, ["The failed networks in @tab-failed have a negative"], "no direction of negative"),
    ],
)
def test_curvature_follows_the_eigenvalues(minima: int, present: list[str], absent: str) -> None:
    text = curvature_text({"two_collapsed": failed(starts=67, minima=minima)}, 3000)
    assert [each for each in present if each not in text] == []
    assert absent not in text
    assert "(Sprinkhuizen-Kuyper and Boers 1999; see also Hamey 1998)" in text


def test_no_failed_network_needs_no_table() -> None:
    record = changed(xor(), failed_networks={}, failures=dict.fromkeys(FAILURES, 0))
    text = answer_text(record)
    assert "no start fails" in text
    assert "failed networks in" not in text
    assert "Hessian PSD" not in text


def test_answer_without_any_success_names_no_steps() -> None:
    record = xor() | {"success_rate": rate_with_interval(0, 50), "steps_to_success": None}
    record |= scales({"0.25": 0.0, "1": 0.4})
    record["shown"]["success"] = False
    text = answer_text(record)
    assert "The median is" not in text
    assert "Successful starts take" not in text
    assert "fails: at the end some label has a probability below 90 %." in text
    assert "Start 3, a failure, during training" in text
    assert TRENDS["rises"] in text


def test_success_is_read_from_the_figure() -> None:
    text = answer_text(xor())
    assert "The median is 187 steps." in text
    assert "Successful starts take 123 to 401 steps." in text
    assert "h_1 is positive for (1,0) only, h_2 is positive for (0,1) only" in text
    assert "99.9 %, 98.6 %, 98.5 % and 99.8 %" in text
    assert "mat(3.87, −4.00; −4.10, 3.98)" in text


@pytest.mark.parametrize(
    ("values", "where"),
    [
        ([-1, -1, -1, -1], "negative for all points"),
        ([1, 1, 1, 1], "positive for all points"),
        ([-1, 1, 1, -1], "positive for (0,1) and (1,0)"),
        ([-1, -1, -1, 1], "positive for (1,1) only"),
    ],
)
def test_hidden_unit_is_described_by_its_signs(values: list[float], where: str) -> None:
    hidden = [[0.0, value] for value in values]
    assert unit_text(hidden, 1) == f"$h_2$ is {where}"


@pytest.mark.parametrize(
    ("successes", "excess", "contradicts"),
    [(0, 0.0, False), (1, 0.0, True), (0, -0.01, True), (0, -1e-12, False)],
)
def test_contradiction_to_the_proof_is_reported(
    successes: int, excess: float, *, contradicts: bool
) -> None:
    record = xor()
    record["success_rate_linear"] = rate_with_interval(successes, 50)
    record["linear"]["min_excess_loss"] = excess
    verdict = linear_verdict(record)
    assert ("the measurement contradicts the proof" in verdict) == contradicts
    assert ("which cannot compute XOR" in verdict) != contradicts


@pytest.mark.parametrize(
    ("excess", "sentence"),
    [
        (0, "the maximum is exactly ln 2. The"),
        (1.7e-7, "the maximum is 1.7 dot 10^(-7) above ln 2. The"),
        (0.002, "the maximum is 0.0020 above ln 2, which is not yet at the minimum. The"),
    ],
)
def test_loss_without_activation_is_relative_to_its_minimum(excess: float, sentence: str) -> None:
    record = xor()
    record["linear"]["max_excess_loss"] = excess
    assert sentence in words(linear_answer(record))


def test_confidence_of_success_is_a_setting() -> None:
    def text(confidence: float) -> str:
        content: Any = xor_part(xor(), SETTINGS | {"confidence": confidence}).content
        return words(*content)

    assert "a probability of at least 90 %" in text(0.9)
    assert "a probability of at least 75 %" in text(0.75)

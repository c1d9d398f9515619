"""The comparison with a student's report."""

import copy

import pytest

from foolproof.answers.ee6132.student_report import (
    CLAIMS,
    VARIANT,
    accuracy_text,
    confidence_text,
    counts_text,
    time_text,
)
from foolproof.compute.intervals import Interval
from tests.answers.ee6132.records import ratio, structures
from tests.answers.recorded import interval

COUNTS, LAYERS = structures()


@pytest.mark.parametrize(
    ("ours", "words"),
    [
        (interval(0.9934, 0.0004), "is above that by 0.77 ± 0.04 percentage points (n = 5)"),
        (interval(0.98, 0.0004), "is below that by 0.57 ± 0.04 percentage points (n = 5)"),
        (interval(0.986, 0.004), "does not differ from that significantly (by 0.03 ± 0.40 percent"),
        (interval(0.98, None, 1), "differs from that by 0.57 percentage points (n = 1), for the"),
    ],
)
def test_the_accuracies_are_compared_by_our_interval(ours: Interval, words: str) -> None:
    text = accuracy_text(ours, 3).replace("\u00a0", " ")
    assert text.startswith("Test accuracy: 98.57 % after 10 epochs. Ours without batch norm, after")
    assert words in text


def test_the_missing_layer_explains_the_difference() -> None:
    text = counts_text(COUNTS[VARIANT], LAYERS[VARIANT], CLAIMS)
    assert "we count 1,049,706 and 32,370" in text
    assert "`fc3`, the layer with 10 outputs (5,010 parameters, 10 neurons)" in text
    assert text.endswith("which accounts for the whole difference.")


def test_other_differences_are_named() -> None:
    claims = copy.deepcopy(dict(CLAIMS))
    claims["layers"]["fc1"]["parameters"] += 1
    text = counts_text(COUNTS[VARIANT], LAYERS[VARIANT], claims)
    assert "which accounts for the whole difference" not in text
    assert text.endswith("They differ in `fc1` and `fc3`.")


def test_missing_layers_that_do_not_explain_the_sums_are_only_named() -> None:
    claims = {**CLAIMS, "parameters": 1}
    text = counts_text(COUNTS[VARIANT], LAYERS[VARIANT], claims)
    assert text.endswith("They differ in `fc3`.")


def test_equal_counts_agree() -> None:
    layers = {
        each["name"]: {key: each[key] for key in ("parameters", "neurons")}
        for each in LAYERS[VARIANT]
    }
    text = counts_text(COUNTS[VARIANT], LAYERS[VARIANT], {**CLAIMS, "layers": layers})
    assert text.endswith("Both agree.")


@pytest.mark.parametrize(("ours", "side"), [(0.99, "above"), (0.9856, "not above"), (0.9, "not a")])
def test_the_confidences_are_compared(ours: float, side: str) -> None:
    assert f"Ours is {side}" in confidence_text(ours)
    assert ("not above" in confidence_text(ours)) == (side != "above")


def test_the_ratios_of_the_times_stand_side_by_side() -> None:
    assert "1.12 from one run each. Ours of an epoch: 1.20" in time_text(ratio(1.2, 0.05))

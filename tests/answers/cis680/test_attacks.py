"""CIS680, questions 4.1 and 4.2: the one-sided attacks."""

from typing import Any

import pytest

from foolproof.answers.cis680.attacks import (
    beyond_text,
    constraint_verdict,
    difference_blocks,
    introduction,
    is_kept,
    pattern_verdict,
    strokes_text,
    success_verdict,
    targeted_answer,
    targets_table,
    targets_text,
    untargeted_answer,
)
from foolproof.answers.document import Answer, Table, Warn
from foolproof.answers.numbers import rate_interval
from foolproof.compute.intervals import rate_with_interval
from tests.answers.cis680.records import (
    OTHER_DIGEST,
    Metrics,
    attack,
    effort,
    one_sided,
    pair_table,
    rate,
    training,
)
from tests.answers.cis680.texts import words
from tests.answers.compiled import project_params

SETTINGS = project_params()["attack_one_sided"]
SHAPE = (1, 28, 28)


def untargeted(record: Metrics) -> Answer:
    """Answer question 4.1."""
    return untargeted_answer(record, SETTINGS, SHAPE)


@pytest.mark.parametrize(
    ("successes", "sentence"),
    [
        (100, "The attack succeeds on every image: 100 of 100"),
        (97, "The attack succeeds on most: 97 of 100"),
        (55, "The attack succeeds on about half, the interval including 50 %: 55 of 100"),
        (3, "The attack succeeds on a minority: 3 of 100"),
        (0, "The attack never succeeds: 0 of 100"),
    ],
)
def test_verdict_on_the_attack_follows_its_success(successes: int, sentence: str) -> None:
    verdict = success_verdict(rate_with_interval(successes, 100), "every image", rate_interval)
    assert verdict.replace("\u00a0", " ").startswith(sentence)


def test_numbers_of_the_untargeted_attack_are_in_the_answer() -> None:
    text = words(untargeted(one_sided()))
    for part in (
        "every test image that the network classifies correctly: 991 of 991 (100 %, 95 % interval",
        "The median is 27 steps of 0.01; the median of the max change of a pixel is 28 of 255",
        "Of 1,000 test images the network classifies 991 correctly",
        "are misclassified with a probability of at least 90 % (min 90.1 %).",
        "they hold exactly.",
        "4 as 9 (60 of 100 images of a 4) and 7 as 2 (55 of 100 images of a 7)",
        "378 of 784 pixels (48 %)",
    ):
        assert part in text, part


@pytest.mark.parametrize(("faint", "stands_out"), [(0.97, True), (0.5, False), (0.03, False)])
def test_strokes_stand_out_where_most_perturbations_are_faint(
    faint: float, *, stands_out: bool
) -> None:
    record = one_sided()["untargeted"] | {"faint_rate": rate(faint)}
    text = words(*difference_blocks(record, 784))
    assert ("so the strokes stand out" in text) == stands_out


@pytest.mark.parametrize(
    ("shuffled", "sentence"),
    [
        (0.01, "the pattern causes most of the errors, not the norm."),
        (0.5, "the norm alone causes about half of the errors."),
        (0.9, "the norm alone causes most of the errors."),
    ],
)
def test_pattern_or_norm_causes_the_errors(shuffled: float, sentence: str) -> None:
    found: Any = rate(shuffled)
    assert pattern_verdict(found) == sentence


@pytest.mark.parametrize(
    ("violation", "kept"), [(0.0, True), (1e-7, True), (1e-6, True), (2e-6, False), (0.25, False)]
)
def test_constraints_hold_up_to_rounding(violation: float, *, kept: bool) -> None:
    record = one_sided() | {"max_violation": violation}
    assert is_kept(record) == kept
    assert ("holds in every pixel" in constraint_verdict(record)) == kept
    answer = untargeted(record)
    assert any(isinstance(block, Warn) for block in answer.evidence) != kept
    assert ("they hold" in words(answer)) == kept


def test_violation_is_named() -> None:
    assert "violates the constraints by 0.25." in constraint_verdict({"max_violation": 0.25})


def test_other_weights_give_a_warning() -> None:
    record, trained = one_sided(), training(0.99)
    assert "the same that the training wrote" in words(*introduction(record, trained))
    assert len(introduction(record, trained)) == 1
    *_, warning = introduction(record | {"weights_sha256": OTHER_DIGEST}, trained)
    assert isinstance(warning, Warn)
    assert "Other weights." in warning.text


def without_success() -> Metrics:
    """Give what is written where nothing succeeds, and no image has a target."""
    record = one_sided()
    record["untargeted"] |= attack(991, 0, None, None) | {
        "confusions": [[0] * 10] * 10,
        "most_common_confusions": [],
    }
    record["targeted"] |= attack(0, 0, None, None) | {
        "effort": {
            "targets": None,
            "strokes": {"there": None, "back": None, "difference": None},
            "beyond_untargeted": None,
        },
        "images_by_class": [0] * 10,
        "success_by_pair": pair_table(None),
        "mean_steps_by_pair": pair_table(None),
    }
    return record


def test_answers_without_success_leave_out_what_is_not_there() -> None:
    record = without_success()
    text = words(untargeted(record))
    assert "The attack never succeeds: 0 of 991" in text
    assert "Confusions" not in text
    assert "The difference." not in text
    assert "The median is" not in text
    text = words(targeted_answer(record, SETTINGS))
    assert "There was no image to attack." in text
    assert "easiest" not in text
    assert "Each pair has 0 images." in text


def test_targets_are_compared_by_paired_intervals() -> None:
    text = words(targeted_answer(one_sided(), SETTINGS))
    assert "every image and target: 450 of 450" in text
    assert "over 50 images" in text
    assert "the easiest target is 8 with 21 ± 3 (n = 45)" in text


@pytest.mark.parametrize(("half", "significant"), [(3.0, True), (40.0, False), (None, False)])
def test_difference_of_targets_is_significant_by_its_interval(
    half: float | None, *, significant: bool
) -> None:
    targets = effort()["targets"]
    targets["difference"]["ci95"] = half
    assert ("which is not significant (the two" in targets_text(targets)) != significant


@pytest.mark.parametrize(
    ("mean", "sentence"),
    [
        (36, "(Welch): strokes can be added, but not removed."),
        (-36, "(Welch), against the expectation"),
        (1, "(Welch), not significant."),
    ],
)
def test_strokes_follow_the_sign_of_the_difference(mean: float, sentence: str) -> None:
    strokes = effort()["strokes"]
    strokes["difference"]["mean"] = mean
    text = strokes_text(strokes)
    assert sentence in text
    assert "From 1 to 8 the mean number of steps is 21 ± 3 (n = 45), from 8 to 1 57 ± 3" in text


@pytest.mark.parametrize(
    ("mean", "sentence"),
    [
        (14, "A target takes 14 ± 3 (n = 45) more steps than the untargeted attack on the same"),
        (-14, "A target takes 14 ± 3 (n = 45) fewer steps than the untargeted"),
    ],
)
def test_targets_are_compared_with_the_untargeted_attack(mean: float, sentence: str) -> None:
    beyond = effort()["beyond_untargeted"] | {"mean": mean}
    text = beyond_text(beyond)
    assert text.startswith(sentence)
    assert ("may reach the nearest class" in text) == (mean > 0)
    assert beyond_text(beyond | {"mean": 1}).endswith("images, not significant.")


def test_table_of_targets_shows_failures() -> None:
    targeted = one_sided()["targeted"]
    assert targets_table(targeted).rows[1][9] == "21"
    targeted["success_by_pair"][1][8] = 0.6
    targeted["success_by_pair"][2][3], targeted["mean_steps_by_pair"][2][3] = 0.0, None
    targeted["images_by_class"][3] = 4
    table = targets_table(targeted)
    assert isinstance(table, Table)
    assert table.rows[1][9] == "21 (3/5)"
    assert table.rows[2][4] == "– (0/5)"
    assert table.rows[2][3] == "–"
    assert table.shades[2][3] is None
    assert table.shades[8][1] == 1
    assert "A pair has 4 to 5 images." in table.caption

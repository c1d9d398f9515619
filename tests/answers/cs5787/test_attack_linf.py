"""CS5787, problem 4.1: sentences on targeted PGD."""

from typing import Any

import pytest

from foolproof.answers.cs5787.attack_linf import (
    attack_answer,
    examples_verdict,
    method_text,
    photos_text,
    rounding_text,
    sweep_text,
)
from tests.answers.compiled import project_params
from tests.answers.cs5787.records import attacks, example
from tests.answers.cs5787.texts import text_of_answer

SETTINGS = project_params()["attack_linf"]


@pytest.fixture
def attack() -> dict[str, Any]:
    """Give the record of the attack."""
    record: dict[str, Any] = attacks()["linf"]
    return record


def test_successes_begin_the_answer(attack: dict[str, Any]) -> None:
    answer = attack_answer(attack, SETTINGS)
    assert answer.answer == (
        "All 4 photos are classified as their target within ε = 2/255, `peppers.png` as "
        '"space shuttle" with a probability of 99.9\u00a0%. Of random pairs of photo and target, '
        "99 of 100 (99\u00a0%, 95\u00a0% interval 95–100\u00a0%) succeed within ε = 4/255."
    )
    text = text_of_answer(answer)
    assert "Each of the photo's 150,528 numbers" in text
    assert "the max violation is 2.9 dot 10^(-8)" in text
    assert "True class" in text


@pytest.mark.parametrize(
    ("predicted", "sentence"),
    [
        ("space shuttle", "All 4 photos are classified as their target within ε = 2/255, `p.png` "),
        ("bell pepper", "3 of the 4 photos are classified as their target within ε = 2/255, but "),
    ],
)
def test_examples_succeed_where_the_target_is_predicted(predicted: str, sentence: str) -> None:
    others = [example(f"{row}.jpg", "space shuttle", 0.99) for row in range(3)]
    verdict = examples_verdict([example("p.png", predicted, 0.31), *others], 2)
    assert verdict.startswith(sentence)
    failed = '`p.png` is not classified as "space shuttle" (31.0\u00a0%).'
    assert (failed in verdict) == (predicted != "space shuttle")


def test_none_of_the_examples_succeeds() -> None:
    failed = [example(f"{row}.jpg", "bell pepper", 0.1) for row in range(2)]
    assert examples_verdict(failed, 2).startswith("None of the 2 photos are classified as")


@pytest.mark.parametrize(
    ("predicted", "sentence"),
    [
        ("space shuttle", 'One photo was attacked within ε = 2/255: `p.png` as "space shuttle"'),
        ("bell pepper", "One photo was attacked within ε = 2/255: `p.png` is not classified as"),
    ],
)
def test_one_example_is_no_rate(predicted: str, sentence: str) -> None:
    assert examples_verdict([example("p.png", predicted, 0.31)], 2).startswith(sentence)


@pytest.mark.parametrize(
    ("change", "present", "absent"),
    [
        ({}, "where $f$ is minus the cross-entropy", "never"),
        ({}, "The sheet proposes the probability itself", "never"),
        ({}, "The sign uses the whole budget", "dot g)"),
        ({"objective": "log_probability"}, "$f$ is $log P", "minus the cross-entropy"),
        ({"objective": "probability"}, "$f$ is $P", "The sheet proposes"),
        ({"step": "gradient"}, "epsilon dot g)", "The sign uses"),
    ],
)
def test_method_is_that_of_the_settings(change: dict[str, Any], present: str, absent: str) -> None:
    text = method_text(SETTINGS | change)
    assert present in text
    assert absent not in text


def test_replaced_and_missing_examples_are_named(attack: dict[str, Any]) -> None:
    assert "in place of" not in photos_text(attack, SETTINGS)
    attack["examples"] = attack["examples"][:1]
    attack["examples"][0] |= {
        "replaced": True,
        "requested": {"photo": "owl.jpg", "target": "teapott"},
    }
    text = photos_text(attack, SETTINGS)
    assert '`peppers.png` towards "space shuttle" in place of `owl.jpg` towards "teapott".' in text
    assert text.endswith("There are photos for 1 of the 4 examples only.")


def test_unlabelled_photos_are_attacked_from_the_predicted_class(attack: dict[str, Any]) -> None:
    attack |= {"photos_by": "prediction", "labelled_photos": 0, "input_shape": [3, 240, 240]}
    text = text_of_answer(attack_answer(attack, SETTINGS))
    assert "mobilenet_v2 classifies no photo correctly: of 20 photos, none has a label" in text
    assert "Predicted class" in text
    assert "probability of the predicted class before" in text
    assert "Each of the photo's 172,800 numbers" in text


def test_sweep_goes_from_the_smallest_to_the_largest_epsilon(attack: dict[str, Any]) -> None:
    attack["by_epsilon"] = dict(reversed(attack["by_epsilon"].items()))
    text = sweep_text(attack)
    assert text.startswith("It is 80 of 100 (80\u00a0%")
    assert " at 1/255 and 100 of 100 (100\u00a0%" in text


@pytest.mark.parametrize(
    ("p_value", "sentence"),
    [
        (0.0039, "changes the success significantly at 1/255 (9 of 100 pairs succeed only before"),
        (0.0501, "At no ε does rounding to 8 bits change the success significantly (McNemar's"),
    ],
)
def test_rounding_matters_where_the_test_is_significant(
    attack: dict[str, Any], p_value: float, sentence: str
) -> None:
    attack["by_epsilon"]["1"]["rounding"] |= {"only_first": 9, "p_value": p_value}
    assert sentence in rounding_text(attack)

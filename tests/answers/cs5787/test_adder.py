"""CS5787, problem 5: sentences on the adder."""

import pytest

from foolproof.answers.cs5787.adder import adder_answer, adder_verdict, proof_text, weights_text
from tests.answers.cs5787.records import adder
from tests.answers.cs5787.texts import text_of_answer


def test_correct_adder_is_called_correct() -> None:
    assert adder_answer(adder()).answer == (
        "The weights below add every one of the 1,048,576 pairs of 10-bit numbers without error, "
        "and 1,000 random pairs of 2,000 bits."
    )


@pytest.mark.parametrize(
    ("kind", "sentence"),
    [
        ("errors", "on 3 of 1,048,576 pairs of 10-bit numbers"),
        ("long_errors", "on 3 of 1,000 of 2,000 bits"),
        ("transition_errors", "in 3 of 16 transitions"),
    ],
)
def test_any_error_is_reported(kind: str, sentence: str) -> None:
    verdict = adder_verdict(adder() | {kind: 3})
    assert verdict.startswith("The weights below make errors: ")
    assert sentence in verdict
    assert "without error" not in verdict


def test_all_parameters_are_written() -> None:
    text = weights_text(adder()["parameters"])
    assert "U = mat(1, 1; 1, 1; 1, 1), quad W = mat(0, 1, 0; 0, 1, 0; 0, 1, 0)" in text
    assert "b_h = vec(-0.5, -1.5, -2.5), quad v = vec(1, -1, 1), quad b_y = -0.5" in text
    assert "h_0 = vec(0, 0, 0). $" in text


def test_example_and_units_are_shown() -> None:
    text = text_of_answer(adder_answer(adder()))
    assert "100111 + 110010 = 1011001" in text
    assert "0.5, −0.5, −1.5" in text


@pytest.mark.parametrize(
    ("errors", "bias", "sentences"),
    [
        (0, -0.5, ["All 16 transitions", "give the correct bit", "multiple of 1/2 and thus exact"]),
        (2, -0.5, ["2 of the 16 transitions from reachable hidden states are wrong."]),
        (0, -0.3, ["Pre-activations are rounded to float32."]),
    ],
)
def test_proof_follows_the_checks(errors: int, bias: float, sentences: list[str]) -> None:
    record = adder() | {"transition_errors": errors}
    record["parameters"]["b_y"] = bias
    text = proof_text(record)
    assert [each for each in sentences if each not in text] == []
    assert (
        "None has an absolute value below 0.5: all weights and biases may change together" in text
    )
    assert "each by less than 0.13" in text

"""CIS680, part 3: what is said of the two trainings."""

import pytest

from foolproof.answers.cis680.network import (
    accuracy_verdict,
    architecture_answer,
    network_part,
    overfit_verdict,
    reached_texts,
    training_answer,
)
from tests.answers.cis680.records import curves, structure, training
from tests.answers.cis680.texts import words
from tests.answers.compiled import project_params, timing

TRAININGS = {"first": training(0.9912), "second": training(0.9934)}


@pytest.mark.parametrize(
    ("first", "second", "sentence"),
    [
        (0.99, 0.995, "Both trainings reach the 99 % that the sheet requires."),
        (0.9899, 0.995, "Only the second training reaches the 99 % that the sheet requires."),
        (0.995, 0.9899, "Only the first training reaches the 99 % that the sheet requires."),
        (0.97, 0.98, "Neither training reaches the 99 % that the sheet requires."),
    ],
)
def test_verdict_on_the_accuracy_follows_both_trainings(
    first: float, second: float, sentence: str
) -> None:
    trainings = {"first": training(first), "second": training(second)}
    rates = {name: each["first_seed_test_accuracy"] for name, each in trainings.items()}
    assert accuracy_verdict(rates).replace("\u00a0", " ") == sentence
    answer = training_answer(trainings, curves(0.05, 0.03), "")
    assert sentence in words(answer)
    assert sentence in answer.glance.replace("\u00a0", " ")


def test_accuracies_have_their_intervals() -> None:
    text = words(training_answer(TRAININGS, curves(0.05, 0.03), ""))
    assert "9,912 of 10,000 (99.12 %, 95 % interval 98.92–99.29 %)" in text
    assert "9,934 of 10,000 (99.34 %, 95 % interval 99.16–99.48 %)" in text


@pytest.mark.parametrize(
    ("losses", "sentence"),
    [
        ((0.05, 0.03), "Neither network overfits within 17 epochs: the final test loss is at most"),
        ((0.03, 0.0315), "Neither network overfits"),
        (
            (0.03, 0.05),
            "The final test loss of the first training and second training exceeds its minimum",
        ),
    ],
)
def test_overfitting_is_reported_where_the_test_loss_rises(
    losses: tuple[float, float], sentence: str
) -> None:
    assert overfit_verdict(TRAININGS, curves(*losses)).startswith(sentence)


def test_overfitting_is_of_each_training() -> None:
    rows = [
        row
        for losses, name in (((0.05, 0.03), "first"), ((0.03, 0.05), "second"))
        for row in curves(*losses)
        if f"{name} training" in row["series"]
    ]
    assert overfit_verdict(TRAININGS, rows).startswith(
        "The final test loss of the second training exceeds"
    )


def test_first_epoch_with_the_required_accuracy_is_named() -> None:
    assert [each.partition(" the test")[0] for each in reached_texts(curves(0.05, 0.03))] == [
        "In the first training",
        "In the second training",
    ]
    assert reached_texts(curves(0.05, accuracy=0.9899)) == []


@pytest.mark.parametrize(
    ("precision", "sentence"),
    [
        ("float32", "Everything is computed in float32."),
        ("bfloat16", "passes are computed in bfloat16"),
    ],
)
def test_training_is_described(precision: str, sentence: str) -> None:
    counts, layers = structure()
    part = network_part(
        counts,
        layers,
        TRAININGS,
        curves(0.05, 0.03),
        project_params()["train"]["cis680"],
        timing([1], "Abacus", precision)["machine"],
    )
    text = words(*part.content)
    assert sentence in text
    assert "17 epochs on all training images" in text


def test_network_is_counted() -> None:
    answer = architecture_answer(*structure())
    assert answer.answer == (
        "115,498 parameters and 34,570 neurons in 3 convolutions and 2 fully connected layers."
    )
    text = words(answer)
    assert '5^2 dot 32 dot 64 = "51,200"' in text
    assert "hold 67 % of the" in text

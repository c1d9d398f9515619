"""Sentences on trainings."""

from typing import Any

import pytest

from foolproof.answers.training import accuracy_text, optimizer_text, training_text

SGD: dict[str, Any] = {
    "batch_size": 64,
    "optimizer": "sgd",
    "learning_rate": 0.05,
    "momentum": 0.9,
    "warmup": 0.2,
    "weight_decay": 0.0005,
    "label_smoothing": 0,
}
MUON = SGD | {
    "optimizer": "muon",
    "sgd": {
        "learning_rate": 100,
        "head_learning_rate": 0.02,
        "momentum": 0.85,
        "first_bias_epochs": 3,
    },
}


@pytest.mark.parametrize(
    ("config", "sentences"),
    [
        (SGD, ["descent with Nesterov momentum 0.9.", "The maximum learning rate is 0.05."]),
        (SGD | {"momentum": 0}, ["stochastic gradient descent without momentum."]),
        (SGD | {"optimizer": "adam"}, ["Adam ($beta_1 = 0.9$)."]),
        (
            MUON,
            [
                "Muon (Jordan et al. 2024), momentum 0.9, for the filters of the convolutions",
                "Nesterov momentum 0.85 for the rest",
                "is 0.05 of Muon, 100 of the biases and 0.02 of the fully connected weights.",
                "is trained for 3 epochs.",
            ],
        ),
    ],
)
def test_optimizer_is_named_with_its_rates(config: dict[str, Any], sentences: list[str]) -> None:
    text = optimizer_text(config)
    assert [each for each in sentences if each not in text] == []


@pytest.mark.parametrize(
    ("change", "present", "absent"),
    [
        ({}, "over the first 20\u00a0% of the steps", "from the first step on"),
        ({"warmup": 0}, "from the first step on", "of the steps and then"),
        ({}, "Weight decay is 0.0005, label smoothing 0.", "neither"),
        ({"weight_decay": 0}, "neither weight decay nor label smoothing", "Weight decay is"),
        ({"weight_decay": 0, "label_smoothing": 0.2}, "label smoothing 0.2.", "neither"),
    ],
)
def test_settings_are_described(change: dict[str, Any], present: str, absent: str) -> None:
    text = training_text(SGD | change, 8, {"precision": "float32"})
    assert text.startswith("8 epochs on all training images, in batches of 64, with stochastic")
    assert present in text
    assert absent not in text


@pytest.mark.parametrize(
    ("precision", "sentence"),
    [
        ("float32", "Everything is computed in float32."),
        ("bfloat16", "Forward and backward passes are computed in bfloat16, evaluations in"),
    ],
)
def test_precision_is_that_of_the_machine(precision: str, sentence: str) -> None:
    assert sentence in training_text(SGD, 1, {"precision": precision})


def test_one_epoch_begins_a_sentence() -> None:
    assert training_text(SGD, 1, {"precision": "float32"}).startswith("One epoch on all")


def test_accuracy_is_over_seeds_or_over_images() -> None:
    result: dict[str, Any] = {
        "test_accuracy": {"mean": 0.93, "ci95": 0.003, "n": 3},
        "first_seed_test_accuracy": {
            "value": 0.9,
            "low": 0.89,
            "high": 0.91,
            "count": 900,
            "n": 1000,
        },
    }
    assert accuracy_text(result) == "93.00 ± 0.30\u00a0% (n = 3 seeds)"
    result["test_accuracy"] = {"mean": 0.9, "ci95": None, "n": 1}
    assert accuracy_text(result).startswith("900 of 1,000 (90.0\u00a0%")

"""CS5787, problems 3.1 and 3.2: sentences on the sheet's network and on batch norm."""

from typing import Any

import pytest

from foolproof.answers.cs5787.cifar10 import (
    Trainings,
    augmentation_text,
    batchnorm_answer,
    data_text,
    filters_text,
    network_answer,
    superiority_text,
)
from foolproof.compute.intervals import Interval
from tests.answers.compiled import asset, project_params
from tests.answers.cs5787.records import cifar10, filters, superiority, training, trainings
from tests.answers.cs5787.texts import text_of_answer
from tests.answers.recorded import interval, losses

CONFIG = project_params()["train"]["cifar10"]


def answered(change: dict[str, Any] | None = None) -> str:
    """Answer question 3.1, with another result without batch norm where there is one."""
    given = trainings()
    results = {**given.results, "nobn": {**given.results["nobn"], **(change or {})}}
    answer = network_answer(given._replace(results=results), cifar10()["filters"], asset(), CONFIG)
    return text_of_answer(answer)


def test_accuracy_begins_the_answer() -> None:
    text = answered()
    assert "74.12 ± 0.30\u00a0% (n = 3 seeds) of the test images are classified correctly" in text
    assert "17 epochs on all training images" in text
    assert "uniform in plus.minus 1 slash sqrt(n) with n inputs a neuron" in text
    assert "Seeds 0, 1 and 2." in text


def test_one_seed_gives_an_interval_over_the_images() -> None:
    text = answered(training(0.7412, seeds=1))
    assert "7,412 of 10,000 (74.1\u00a0%, 95\u00a0% interval" in text


@pytest.mark.parametrize(
    ("change", "present", "absent"),
    [
        ({}, "equal to the official files: the whole training set", "not equal"),
        ({"exact": False}, "not equal bit for bit to the official files", "stand-in"),
        ({"stand_in": True, "exact": False}, "of the stand-in: one part trains", "official"),
    ],
)
def test_data_are_called_what_they_are(change: dict[str, Any], present: str, absent: str) -> None:
    text = data_text(asset() | change)
    assert present in text
    assert absent not in text


@pytest.mark.parametrize(
    ("shift", "mirror", "text"),
    [
        (0, "none", "There is no augmentation."),
        (0, "random", "In each epoch each image is mirrored with probability 1/2."),
        (
            2,
            "alternating",
            "In each epoch each image is shifted at random by up to 2 pixels along both axes (with "
            "reflected borders) and mirrored in every other epoch (at random in the first).",
        ),
        (1, "none", "up to one pixel along both axes (with reflected borders)."),
    ],
)
def test_augmentation_is_described(shift: int, mirror: str, text: str) -> None:
    assert augmentation_text({"shift": shift, "mirror": mirror}).endswith(text)


def test_filters_are_counted() -> None:
    assert filters_text(filters(0.5)).startswith("21 of the 64 are nearly grey, 9 mostly colour")


def norm_answer(given: Trainings | None = None, **changes: Any) -> str:
    """Answer question 3.2, with other comparisons."""
    results = cifar10()
    comparison = results["comparison"] | changes
    answer = batchnorm_answer(given or trainings(), comparison, results["filters"])
    return answer.answer + "\n" + text_of_answer(answer)


@pytest.mark.parametrize(
    ("difference", "loss", "sentences"),
    [
        (
            interval(0.05, 0.01, 3),
            losses(-0.2, -0.3, n=3),
            ["improves the test accuracy: +5.00 ± 1.00 points (n = 3)", "lower after every epoch"],
        ),
        (
            interval(-0.05, 0.01, 3),
            losses(0.2, 0.3, n=3),
            ["lowers the test accuracy: −5.00 ± 1.00", "is higher after every epoch"],
        ),
        (
            interval(0.0146, 0.02, 3),
            losses(-0.2, 0.01, n=3),
            ["no significant effect on the test accuracy: +1.46 ± 2.00", "lower after 1 and"],
        ),
        (
            interval(0.0146, None, 1),
            losses(-0.2, -0.1, ci95=None, n=1),
            ["A single seed gives no interval, so", "no interval of the training losses"],
        ),
    ],
)
def test_verdict_on_batch_norm_follows_the_paired_intervals(
    difference: Interval, loss: dict[str, Any], sentences: list[str]
) -> None:
    text = norm_answer(test_accuracy_difference=difference, training_loss=loss)
    assert [each for each in sentences if each not in text] == []


def test_errors_and_losses_are_those_of_the_records() -> None:
    text = norm_answer()
    assert text.startswith(
        "20.66 ± 0.30\u00a0% test error with batch norm, 25.88 ± 0.30\u00a0% without (n = 3)."
    )
    assert "is −0.200 ± 0.100 nats in the first epoch and −0.300 ± 0.100 in the last" in text


@pytest.mark.parametrize(
    ("measures", "sentence"),
    [
        ((0.81, 0.45, 0.3), "So filters with batch norm are smoother and less oriented."),
        ((0.19, 0.57, 0.7), "So filters with batch norm are rougher, more coloured and more"),
        ((0.52, 0.49, 0.53), "None of these differs significantly from 50 %."),
    ],
)
def test_filters_differ_where_the_interval_excludes_one_half(
    measures: tuple[float, float, float], sentence: str
) -> None:
    assert sentence in superiority_text(superiority(*measures))


def test_one_seed_gives_no_interval_of_the_filters() -> None:
    found = superiority(0.9, 0.5, 0.5) | {"smoothness": interval(0.9, None, 1)}
    text = superiority_text(found)
    assert "One seed gives no interval." in text
    assert "So filters" not in text

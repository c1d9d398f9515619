"""Questions 3.4 and 3.5: class-maximizing images near a reference image."""

from typing import Any

import pytest

from foolproof.answers.ee6132.targeted import images_answer, looks_answer
from foolproof.compute.clusters import clustered_rate
from tests.answers.compiled import project_params
from tests.answers.ee6132.records import Metrics, attacks
from tests.answers.ee6132.words import plain, table, words
from tests.answers.recorded import interval

SETTINGS = project_params()["attack_targeted"]
NEAREST = attacks()["nontargeted"]["nearest_digit_mse"]


def with_betas(noise: Metrics, reference: Metrics) -> Metrics:
    found: Metrics = attacks()["targeted"]
    return found | {"betas": {"noise": noise, "reference": reference}}


def point(tried: int, successes: int, mse: float | None) -> Metrics:
    return {"tried": tried, "successes": successes, "mean_mse": mse}


def searched(found: Metrics, **settings: Any) -> str:
    return words(images_answer(found, SETTINGS | settings, 784))


def test_images_that_are_classified_as_the_target_are_counted_by_start() -> None:
    answer = images_answer(attacks()["targeted"], SETTINGS, 784)
    assert answer.glance == (
        "Classified as the target: 63 of 63 pairs from noise and 63 of 63 pairs from reference."
    )
    assert "over 7 references) pairs from noise and 63 of 63" in plain(answer.answer)


@pytest.mark.parametrize(
    ("successes", "start", "features"),
    [
        (60, "Yes, mostly", True),
        (32, "It is open whether most do", False),
        (2, "Seldom", False),
    ],
)
def test_likeness_follows_the_interval_over_the_references(
    successes: int, start: str, features: bool
) -> None:
    found = attacks()["targeted"] | {"success_rate": clustered_rate(successes, 63, 7)}
    answer = looks_answer(found, NEAREST)
    assert answer.answer.startswith(f"{start}: from the harder start {successes} of 63 (")
    assert answer.glance.startswith(f"{start}: {successes} of 63 pairs")
    assert ("the network does not classify by the features" in words(answer)) == features


def test_a_success_is_nearer_than_other_digits_of_the_class() -> None:
    text = words(looks_answer(attacks()["targeted"], NEAREST))
    assert "60 of 63 (95 %, 95 % interval 59–100 % over 7 references) pairs" in text
    assert "each of 100 randomly drawn other test digits of the reference" in text
    assert "means ± 95 % interval, both over 7 references" in text


@pytest.mark.parametrize(
    ("difference", "sentence"),
    [
        (interval(-0.002, 0.001, 7), "Starting from noise ends nearer to the reference: the MSE"),
        (interval(0.002, 0.001, 7), "Starting from the reference ends nearer to the reference"),
        (interval(-0.0005, 0.001, 7), "The starts do not differ significantly: the MSE from noise"),
        (interval(-0.0005, None, 1), "One reference gives no interval: the MSE from noise"),
    ],
)
def test_starts_are_compared_by_the_paired_interval(difference: Metrics, sentence: str) -> None:
    found = attacks()["targeted"]
    found["mse_difference"]["difference"] = difference
    assert sentence in words(looks_answer(found, NEAREST))


@pytest.mark.parametrize(
    ("noise", "reference", "sentence"),
    [
        (point(3, 3, 0.1), point(2, 2, 0.1), "Every pair succeeds at one of the β."),
        (point(3, 2, 0.1), point(2, 2, 0.1), "One pair succeeds at no β, and keeps the image"),
        (point(30, 2, 0.1), point(20, 1, 0.1), "47 pairs succeed at no β, and keep the images"),
    ],
)
def test_failures_are_pairs_without_success_at_the_smallest_beta(
    noise: Metrics, reference: Metrics, sentence: str
) -> None:
    first = point(90, 60, 0.003)
    text = searched(with_betas({"640": first, "10": noise}, {"640": first, "10": reference}))
    assert sentence in text


def test_the_hardest_pairs_succeed_at_the_smallest_beta_that_has_a_success() -> None:
    noise = {"640": point(90, 60, 0.003), "80": point(30, 9, 0.04), "10": point(21, 0, None)}
    reference = {"640": point(90, 60, 0.002), "80": point(30, 9, 0.05), "10": point(21, 0, None)}
    text = searched(with_betas(noise, reference))
    assert (
        "the easiest succeed at β = 640 with an MSE of 0.0020, the hardest at β = 80 with 0.050."
        in text
    )
    only = {"640": point(90, 60, 0.003), "10": point(30, 0, None)}
    assert "the hardest" not in searched(with_betas(only, only))


@pytest.mark.parametrize(
    ("betas", "sentence"),
    [
        ([640, 10], "beta < D \\/ eta = 1,568$; all values tried are below."),
        ([1600, 10], "the largest values tried are not below, and cannot succeed."),
    ],
)
def test_betas_above_the_bound_of_stability_are_named(betas: list[int], sentence: str) -> None:
    assert sentence in searched(attacks()["targeted"], betas=betas, step_size=0.5)


def test_the_search_is_listed_from_large_to_small_betas() -> None:
    rows = table(images_answer(attacks()["targeted"], SETTINGS, 784), "tab-beta").rows
    assert rows == [
        ["640", "0.0098", "100", "90", "0.0030", "100", "90", "0.0030"],
        ["10", "0.00015", "10", "0", "–", "10", "0", "–"],
    ]

"""Questions 3.1 to 3.3: class-maximizing images, from noise."""

import pytest

from foolproof.answers.ee6132.nontargeted import cost_answer, images_answer, looks_answer
from foolproof.compute.intervals import rate_with_interval
from tests.answers.compiled import project_params
from tests.answers.ee6132.records import Metrics, nontargeted
from tests.answers.ee6132.words import plain, table, words
from tests.answers.recorded import interval

SETTINGS = project_params()["attack_nontargeted"]


@pytest.mark.parametrize(
    ("successes", "confidence", "sentence"),
    [
        (100, 0.99, "Yes: every image is classified as its target, with high confidence: 100 of"),
        (100, 0.9, "Yes: every image is classified as its target, with high confidence: 100 of"),
        (100, 0.89, "Every image is classified as its target, but not always with high confidence"),
        (99, 0.99, "Not always: their target is the predicted class of 99 of 100 (99 %"),
        (0, 0.05, "Not always: their target is the predicted class of 0 of 100 (0 %"),
    ],
)
def test_confidence_is_that_of_every_image(
    successes: int, confidence: float, sentence: str
) -> None:
    images = nontargeted() | {
        "success_rate": rate_with_interval(successes, 100),
        "min_confidence": confidence,
    }
    answer = plain(images_answer(images, SETTINGS).answer)
    assert answer.startswith(sentence)
    assert answer.endswith(f"min confidence {100 * confidence:.2f} %.")


def test_a_confidence_below_one_is_never_100_per_cent() -> None:
    images = nontargeted() | {"min_confidence": 0.99999}
    assert plain(images_answer(images, SETTINGS).answer).endswith("min confidence > 99.99 %.")
    images = nontargeted() | {"min_confidence": 1.0}
    assert plain(images_answer(images, SETTINGS).answer).endswith("min confidence 100.00 %.")


def test_results_are_listed_by_number_of_steps() -> None:
    images = nontargeted()
    images["by_steps"]["200"]["mean_confidence"] = interval(0.999999, 0.0, 100)
    rows = table(images_answer(images, SETTINGS), "tab-steps").rows
    assert [row[0] for row in rows] == ["100", "200"]
    assert [plain(row[2]) for row in rows] == ["99.90 ± 0.05 %", "> 99.99 %"]
    assert plain(rows[0][4]) == "25.0 ± 2.0 %"


@pytest.mark.parametrize(
    ("low", "high", "start", "why"),
    [
        (0.96, 1.0, "No: they are farther from every training digit than a test digit", True),
        (0.45, 0.64, "Their distance to the nearest training digit does not differ", False),
        (0.1, 0.3, "Yes: they are nearer to a training digit than test digits are", False),
    ],
)
def test_likeness_follows_the_interval_of_the_probability(
    low: float, high: float, start: str, why: bool
) -> None:
    images = nontargeted()
    images["nearest_digit_mse"]["farther"] |= {"value": (low + high) / 2, "low": low, "high": high}
    answer = looks_answer(images)
    assert answer.answer.startswith(start)
    text = words(answer)
    assert ("The network is discriminative" in text) == why
    assert f"95 % interval {100 * low:.0f}–{100 * high:.0f} %" in text
    assert "0.300 ± 0.010 (n = 100) for class-maximizing images and 0.024 ± 0.002" in text


def costs(**means: float) -> Metrics:
    images = nontargeted()
    images["cost"] |= {key: interval(mean, 0.5, 100) for key, mean in means.items()}
    return images


@pytest.mark.parametrize(
    ("rise", "start"),
    [
        (17.5, "The cost increases, from"),
        (-3.0, "The cost decreases, from"),
        (0.2, "A change of the cost is not significant: it goes from"),
    ],
)
def test_the_cost_rises_or_falls_by_its_interval(rise: float, start: str) -> None:
    answer = plain(cost_answer(costs(rise=rise)).answer).replace("−", "-")
    assert answer == f"{start} -0.1 ± 0.1 to 17.4 ± 0.1, by {rise} ± 0.5 (n = 100) on average."


@pytest.mark.parametrize(
    ("difference", "sentence"),
    [
        (7.5, "It flattens: the first 100 steps gain 12.5"),
        (-3.0, "It steepens: the first 100 steps gain 12.5"),
        (0.2, "It neither flattens nor steepens significantly: the first 100"),
    ],
)
def test_the_bend_follows_the_paired_difference(difference: float, sentence: str) -> None:
    assert sentence in words(cost_answer(costs(early_minus_late=difference)))


def test_one_image_gives_no_interval_of_the_cost() -> None:
    images = nontargeted()
    images["cost"] |= dict.fromkeys(("rise", "early_minus_late"), interval(5.0, None, 1))
    text = words(cost_answer(images))
    assert text.startswith("One image gives no interval: the cost goes from")
    assert "One image gives no interval: the first 100 steps gain" in text


def test_steps_overshoot_only_where_some_do_not_rise() -> None:
    overshoot = "the others overshoot"
    assert overshoot in words(cost_answer(nontargeted()))
    assert overshoot not in words(cost_answer(costs(rising_steps=1.0)))


def test_pixels_at_the_bounds_are_compared_between_numbers_of_steps() -> None:
    images = nontargeted()
    sentence = "goes from 25.0 ± 2.0 % after 100 to 60.0 ± 2.0 % after 200 steps."
    assert sentence in words(cost_answer(images))
    del images["by_steps"]["100"]
    assert "Meanwhile" not in words(cost_answer(images))

"""Section C: the robust network; its sentences follow the paired intervals."""

import pytest

from foolproof.answers.document import Answer
from foolproof.answers.ee6132.robust import adversary_text, overview_caption, robust_answer
from tests.answers.compiled import project_params
from tests.answers.ee6132.records import Metrics, robust_comparison, robust_training
from tests.answers.ee6132.words import plain, table, words
from tests.answers.recorded import interval

ORDINARY = ("nobn", "bn")


def answered(compared: Metrics | None = None, training: Metrics | None = None) -> Answer:
    return robust_answer(
        training or robust_training(), compared or robust_comparison(), project_params(), "C"
    )


def test_numbers_are_those_of_the_metrics_with_intervals() -> None:
    text = words(answered())
    for part in (
        "It classifies 9,871 of 10,000 (98.71 %, 95 % interval 98.47–98.91 %) test images",
        "433 of 500 (87 %, 95 % interval 83–89 %) test images withstand PGD at ε = 0.3.",
        "497 of 500 (99.4 %, 95 % interval 98.3–99.8 %) under FGSM, but 2 of 500 (0.4 %, ",
        "39 of 50 (65–87 %)",
        "+31 ± 20 points (without batch norm, McNemar's test _p_ < 0.001)",
        "3.2 (2.9–3.6)",
        "images of the network with batch norm, predicted by that without batch norm: 44 against "
        "31 (_p_ < 0.001)",
        "1.0 ± 4.0 points (with batch norm, not significant), n = 17 digits",
    ):
        assert part in text


@pytest.mark.parametrize(
    ("means", "shown"),
    [((0.31, 0.31), True), ((0.31, 0.1), False), ((0.1, 0.31), False), ((-0.31, -0.31), False)],
)
def test_likeness_is_said_where_both_paired_differences_are_significant(
    means: tuple[float, float], shown: bool
) -> None:
    compared = robust_comparison()
    compared["class_images"]["robust_minus"] = {
        name: interval(mean, 0.2, 10) for name, mean in zip(ORDINARY, means, strict=True)
    }
    answer = answered(compared).answer
    assert ("Its class-maximizing images look like their class" in answer) == shown
    assert ("makes such patterns useless" in words(answered(compared))) == shown
    assert ("of both ordinary networks is not shown." in answer) == (not shown)


@pytest.mark.parametrize("part", ["targeted", "noise"])
@pytest.mark.parametrize("name", ORDINARY)
@pytest.mark.parametrize(
    ("ratio", "larger"),
    [
        ({"value": 3.2, "low": 2.9, "high": 3.6, "n": 20}, True),
        ({"value": 1.2, "low": 0.9, "high": 1.6, "n": 20}, False),
        ({"value": 0.3, "low": 0.2, "high": 0.4, "n": 20}, False),
        ({"value": 3.2, "low": None, "high": None, "n": 1}, False),
        (None, False),
    ],
)
def test_larger_norms_are_said_where_both_ratios_are_above_one(
    part: str, name: str, ratio: Metrics | None, larger: bool
) -> None:
    compared = robust_comparison()
    compared[part]["norm_ratio"][name] = ratio
    answer = answered(compared)
    text = words(answer)
    needs = "the robust network needs larger norms than both ordinary ones"
    assert text.count(needs) == (2 if larger else 1)
    not_shown = "larger norms for the robust network than for both ordinary ones are not shown"
    assert text.count(not_shown) == (0 if larger else 1)
    ratios = [row[-1] for row in table(answer, "tab-robust-changes").rows]
    assert ("no pair" in ratios) == (ratio is None)
    assert ("needs larger changes" in overview_caption(compared)) == (larger or part == "noise")


@pytest.mark.parametrize(
    ("test", "overfits"),
    [
        ({"only_first": 429, "only_second": 0, "p_value": 1e-99}, True),
        ({"only_first": 0, "only_second": 429, "p_value": 1e-99}, False),
        ({"only_first": 3, "only_second": 2, "p_value": 1.0}, False),
    ],
)
def test_overfitting_to_the_attack_follows_mcnemars_test(test: Metrics, overfits: bool) -> None:
    text = words(answered(training=robust_training() | {"pgd_mcnemar": test}))
    assert ("It has learned to defeat one step alone." in text) == overfits
    assert ("A difference under PGD is not shown." in text) == (not overfits)


def test_networks_and_nearest_digits_may_agree() -> None:
    compared = robust_comparison()
    compared["class_images"]["networks"]["bn"]["predicted_against_nearest"]["nobn"]["p_value"] = 0.2
    text = words(answered(compared))
    assert "no contradiction to the nearest digits is significant" in text
    assert "they contradict" not in text


@pytest.mark.parametrize(
    ("minus", "word"),
    [(interval(0.06, 0.02, 17), False), (interval(0.01, 0.04, 17), True)],
)
def test_occlusion_says_what_is_not_significant(minus: Metrics, word: bool) -> None:
    compared = robust_comparison()
    compared["occlusion"]["robust_minus"] = dict.fromkeys(ORDINARY, minus)
    assert ("not significant), n = 17" in words(answered(compared))) == word


def test_the_adversary_is_named_by_its_steps() -> None:
    one: Metrics = {"steps": [1.25], "random_start": True}
    assert adversary_text(one) == "FGSM with a random start (Wong et al. 2020)"
    without = {"steps": [1], "random_start": False}
    assert adversary_text(without) == "FGSM without a random start (Goodfellow et al. 2015)"
    assert "PGD with a random start in 3 steps" in adversary_text(one | {"steps": [0.5] * 3})


def test_a_network_classifies_its_own_images_in_its_own_column() -> None:
    rows = table(answered(), "tab-robust-images").rows
    assert [plain(row[2 + index])[:8] for index, row in enumerate(rows)] == ["50 of 50"] * 3
    assert plain(rows[0][3]).startswith("44 of 50")

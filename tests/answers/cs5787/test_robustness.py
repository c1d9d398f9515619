"""CS5787, problem 4.2: sentences on manipulated photos."""

import copy
from typing import Any

import pytest

from foolproof.answers.cs5787.robustness import (
    eot_verdict,
    manipulations,
    plain_verdict,
    robustness_answer,
    strengths_text,
    unchanged_text,
    why_text,
)
from foolproof.compute.intervals import rate_with_interval
from tests.answers.compiled import project_params
from tests.answers.cs5787.records import manipulated
from tests.answers.cs5787.texts import text_of_answer
from tests.answers.recorded import interval

PARAMS = project_params()
NAMES = manipulations(PARAMS["robustness"])
SHARES = {"clean": 1, "plain": 0, "plain_large": 0.25, "eot": 1}


def found(photos: int = 20, **shares: float) -> dict[str, Any]:
    """Give a record whose parts can be changed one by one."""
    return copy.deepcopy(manipulated({**SHARES, **shares}, photos=photos))


def test_rates_begin_the_answer() -> None:
    assert plain_verdict(found(plain=0.9), NAMES) == (
        "18 of 20 photos of plain PGD (ε = 2/255) are classified as their target unchanged; "
        "18 of 20 (70–97\u00a0%) mirrored, 18 of 20 (70–97\u00a0%) cropped to 80\u00a0% of each "
        "side (64\u00a0% of the area), 18 of 20 (70–97\u00a0%) rotated by 30° and 18 of 20 "
        "(70–97\u00a0%) grey."
    )


def test_glance_is_a_line() -> None:
    answer = robustness_answer(found(plain=0.9), PARAMS["robustness"], PARAMS["attack_eot"])
    assert answer.glance.startswith("Classified as their target: 18 of 20 unchanged, 18 of 20 mi")


def test_answer_describes_attacks_and_photos() -> None:
    text = text_of_answer(robustness_answer(found(), PARAMS["robustness"], PARAMS["attack_eot"]))
    for sentence in (
        "All 20 photos from which the attacks start are measured: the 4 examples of 4.1",
        "In 0 of 80 cases the photo of plain PGD is classified as its true class again.",
        "takes 320 steps",
        "ε = 8/255 and number of gradients, 320 a photo",
        "rotated by up to 35° either way",
        "nor are rotations beyond 35° or crops below 75\u00a0% of a side",
        "12, 0; p < 0.001",
    ):
        assert sentence in text, sentence


def test_unlabelled_photos_have_no_true_class() -> None:
    record = found() | {"photos_by": "prediction"}
    text = text_of_answer(robustness_answer(record, PARAMS["robustness"], PARAMS["attack_eot"]))
    assert "as its predicted class again" in text
    assert "true class" not in text


@pytest.mark.parametrize(
    ("eot", "sentence"),
    [
        (1, "the mean probability of the target is higher when mirrored (+75.0 ± 8.1 points)"),
        (0, "the mean probability of the target is lower when mirrored (−25.0 ± 8.1 points)"),
        (0.3, "target is not significantly different when mirrored (+5.0 ± 8.1 points)"),
        (0.2, "target is not significantly different when mirrored (−5.0 ± 8.1 points)"),
    ],
)
def test_attacks_are_ranked_where_the_interval_excludes_zero(eot: float, sentence: str) -> None:
    assert sentence in eot_verdict(found(eot=eot), NAMES)


def test_manipulations_are_ranked_one_by_one() -> None:
    record = found()
    for name, mean in (("crop", 0.0), ("grey", -0.5)):
        record[name] = copy.deepcopy(record[name])
        record[name]["eot_over_plain"]["probability"] = interval(mean, 0.1, 20)
    verdict = eot_verdict(record, NAMES)
    assert "higher when mirrored (+75.0 ± 8.1 points) and rotated by 30° (+75.0" in verdict
    assert "; lower when grey (−50.0 ± 10.0 points); not significantly different when" in verdict


def test_one_photo_gives_no_interval() -> None:
    assert eot_verdict(found(photos=1), NAMES) == (
        "One photo gives no interval, so plain PGD and EOT cannot be compared."
    )


@pytest.mark.parametrize(
    ("only_eot", "only_plain", "p_value", "sentence"),
    [
        (12, 0, 0.0005, "significantly more"),
        (0, 12, 0.0005, "significantly fewer"),
        (12, 9, 0.66, "no significant difference"),
    ],
)
def test_unmanipulated_photos_are_compared_too(
    only_eot: int, only_plain: int, p_value: float, sentence: str
) -> None:
    record = found()
    record["none"]["eot_over_plain"]["top1"] = {
        "only_first": only_eot,
        "only_second": only_plain,
        "p_value": p_value,
    }
    text = unchanged_text(record)
    assert "20 of 20 photos with EOT and 5 of 20 of plain PGD" in text
    assert f": {sentence} (McNemar's test" in text


@pytest.mark.parametrize(
    ("kept", "hedged"), [(20, False), (16, False), (10, True), (13, True), (0, True)]
)
def test_manipulation_that_originals_do_not_survive_says_little(kept: int, hedged: bool) -> None:
    record = found(plain=0.5)
    record["grey"]["clean"]["top1_rate"] = rate_with_interval(kept, 20)
    text = why_text(record, "grey", "grey", "true class")
    assert text.startswith("_Grey_: of the photos of plain PGD that were classified as their")
    assert f"of the originals, {kept} of 20 are still classified as their true class" in text
    assert ("little follows for the perturbation" in text) == hedged


def test_nothing_is_destroyed_where_nothing_succeeded() -> None:
    record = found()
    record["mirror"]["plain"]["destruction_rate"] = None
    text = why_text(record, "mirror", "mirrored", "true class")
    assert "no photo of plain PGD was classified as its target before; of the" in text


@pytest.mark.parametrize(
    ("means", "sentences"),
    [
        ((0.5, 0.5), ["significantly higher than with", "numbers of strengths: rotation 2 of 2."]),
        ((-0.5, 0.0), ["significantly lower than with", "numbers of strengths: rotation 1 of 2."]),
        ((0.0, 0.05), []),
    ],
)
def test_strengths_are_counted(means: tuple[float, float], sentences: list[str]) -> None:
    points = {
        str(strength): {"probability": interval(mean, 0.1, 20)}
        for strength, mean in zip((0, 30), means, strict=True)
    }
    text = strengths_text({"eot_over_plain_by_strength": {"rotation": points}})
    assert [each for each in sentences if each not in text] == []
    assert bool(text) == bool(sentences)

"""Question 2.4: occlusion maps."""

import pytest

from foolproof.answers.document import Answer
from foolproof.answers.ee6132.occlusion import occlusion_answer
from tests.answers.compiled import project_params
from tests.answers.ee6132.records import Metrics, explanations, mnist, patch
from tests.answers.ee6132.words import plain, table, words
from tests.answers.explained import explained
from tests.answers.recorded import interval

PARAMS = project_params()

CASES = {
    "Yes: all 2 kinds": (patch(0.2, 0.1), patch(0.3, 0.1)),
    "Mostly: 2 of the 3 kinds": (patch(0.2, 0.1), patch(0.3, 0.1), patch(0.11, 0.1, 0.02)),
    "In part: 1 of the 2 kinds": (patch(0.2, 0.1), patch(0.11, 0.1, 0.02)),
    "It depends on the patch: 1 of the 2 kinds": (patch(0.2, 0.1), patch(0.1, 0.2)),
    "It is not shown: none of the 2 kinds": (patch(0.2, 0.1, 0.2), patch(0.3, 0.1, 0.3)),
}


def answered(occlusion: Metrics, record: Metrics | None = None) -> Answer:
    return occlusion_answer(occlusion, record or explanations(), PARAMS)


def occluded(*drops: Metrics) -> Metrics:
    kinds = dict(zip(("3", "11", "15"), drops, strict=False))
    no_fills = {"reference": "grey", "by_fill": {}}
    found: Metrics = mnist()["occlusion"]
    return found | {"drops": {"grey": kinds}, "fill_differences": no_fills}


@pytest.mark.parametrize("start", CASES)
def test_the_verdict_follows_the_paired_intervals(start: str) -> None:
    answer = answered(occluded(*CASES[start]))
    for each in CASES:
        assert answer.answer.startswith(each) == (each == start)
        assert answer.glance.startswith(each) == (each == start)
    assert "(n = 77 images)" in answer.answer
    assert ("1 on the background" in answer.answer) == start.startswith("It depends")


@pytest.mark.parametrize("start", CASES)
def test_the_verdict_turns_with_the_sign_of_all_differences(start: str) -> None:
    turned = [
        drop | {"difference": drop["difference"] | {"mean": -drop["difference"]["mean"]}}
        for drop in CASES[start]
    ]
    answer = answered(occluded(*turned)).answer
    assert answer.startswith("It is not shown") != start.startswith("It depends")


def test_kinds_of_patch_are_compared_on_the_same_images() -> None:
    text = words(answered(mnist()["occlusion"]))
    for part in (
        "largest for a grey patch of 11 × 11: 40.0 ± 1.0 points.",
        "That of every other kind is significantly smaller on the same images.",
        "On the digit, grey patches lower the probability significantly from 3 × 3.",
        "black patches is significantly smaller for 1 of the 2 sizes, compared with grey ones.",
        "91.4 ± 2.0 % when nothing is covered",
        "grey: 128 of 255 and black: 0 of 255",
        "Random test images",
    ):
        assert part in text


def test_what_is_not_significant_is_called_so() -> None:
    occlusion = mnist()["occlusion"]
    occlusion["largest"]["not_below"] = [{"fill": "black", "size": 11}]
    occlusion["fill_differences"]["by_fill"]["black"]["3"] = interval(-0.06, 0.07, 77)
    occlusion["drops"]["grey"]["3"]["on_ink"] = interval(0.01, 0.02, 77)
    occlusion["drops"]["black"]["11"]["on_ink"] = interval(0.01, 0.02, 77)
    text = words(answered(occlusion))
    for part in (
        "Not significantly smaller on the same images: black 11 × 11.",
        "not significantly different from that of grey ones at any size.",
        "grey patches lower the probability significantly from 11 × 11.",
        "no significant drop is shown for the largest black patch.",
    ):
        assert part in text


def test_a_single_kind_of_patch_is_compared_with_no_other() -> None:
    assert "every other kind" not in words(answered(occluded(patch(0.2, 0.1))))


def test_drops_are_listed_by_size_and_shade() -> None:
    rows = table(answered(mnist()["occlusion"]), "tab-occlusion").rows
    assert rows[1] == [
        "11 × 11",
        "50.0 ± 1.0",
        "10.0 ± 1.0",
        "40.0 ± 1.0",
        "40.0 ± 1.0",
        "10.0 ± 1.0",
        "30.0 ± 1.0",
    ]


@pytest.mark.parametrize(
    ("gains", "better"), [((0.3, 0.1), True), ((0.3, 0.01), False), ((-0.3, -0.1), False)]
)
def test_other_maps_are_compared_with_the_order_of_intensity(
    gains: tuple[float, float], better: bool
) -> None:
    record = explained(
        {"saliency": (0.0, 0.0), "gradcam": gains}, controls=["random", "intensity"], shown=7
    )
    text = plain(words(answered(mnist()["occlusion"], record)))
    by_both = "Better also than the order of pixel intensity, brightest first, by both scores: Grad"
    assert (by_both in text) == better
    assert ("which needs no network" in text) == (not better)
    assert "Maps of 7 digits by each method" in text
    assert "on average 9.5 ± 0.0; its mean absolute error is 0.123 ± 0.020." in text

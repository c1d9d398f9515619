"""Question P4 of HUJI 67103."""

from typing import Any

import pytest

from foolproof.answers.huji67103.occlusion import (
    baseline_text,
    blocks_text,
    deletion_table,
    deletion_text,
    deletion_verdict,
    explained_text,
    minima_table,
    occlusion_answer,
)
from tests.answers.compiled import project_params
from tests.answers.explained import explained
from tests.answers.huji67103.records import curves, occluded, occlusion, scored

PARAMS = project_params()
GAINS = {"saliency": (0.1, 0.2), "gradcam": (0.3, 0.1)}


def blocks(**changes: Any) -> str:
    return blocks_text(occlusion()["photos"], PARAMS["occlude_photos"] | changes)


def test_answer_has_the_verdict_and_the_minima() -> None:
    answer = occlusion_answer(occlusion(), explained(GAINS), curves(0.01), PARAMS)
    assert answer.answer == (
        "A block of up to 31 pixels brings the probability of “bell pepper” from 94\u00a0% to "
        f"12\u00a0%. {answer.glance}"
    )


@pytest.mark.parametrize(
    ("gains", "sentence"),
    [
        (
            (0.21, 0.33),
            "The maps are informative: against random order, deleting the most important tiles "
            "first changes the area under the curve by −0.210 ± 0.050, the least important first "
            "by 0.330 ± 0.050 (n = 20 photos, paired).",
        ),
        ((0.2, 0.01), "The maps tell only the most important tiles: against random order"),
        ((0.01, 0.2), "The maps tell only the least important tiles: against random order"),
        ((0.04, -0.01), "The maps cannot be told from random ones"),
        ((-0.2, -0.2), "The maps cannot be told from random ones"),
    ],
)
def test_verdict_on_deletion_follows_the_intervals(
    gains: tuple[float, float], sentence: str
) -> None:
    assert deletion_verdict(scored(*gains)).startswith(sentence)


@pytest.mark.parametrize("kind", ["random_minus_important", "unimportant_minus_random"])
def test_the_opposite_sign_of_a_difference_changes_the_verdict(kind: str) -> None:
    found, opposite = scored(0.21, 0.33), scored(0.21, 0.33)
    opposite[kind]["mean"] *= -1
    assert "The maps are informative" in deletion_verdict(found)
    assert "The maps are informative" not in deletion_verdict(opposite)


def test_one_photo_has_no_verdict() -> None:
    found = scored(0.21, 0.33)
    for kind in ("random_minus_important", "unimportant_minus_random"):
        found[kind]["ci95"] = None
    assert deletion_verdict(found).startswith("One photo gives no interval")


@pytest.mark.parametrize(("fill", "colour"), [(0, "black"), (1, "white"), (0.5, "grey (0.5)")])
def test_colour_of_blocks_follows_fill(fill: float, colour: str) -> None:
    assert f"filled with {colour}, are centred" in blocks(fill=fill)


def test_replaced_and_enlarged_photos_are_named() -> None:
    photo = occluded("bell pepper") | {"requested": "owl.jpg", "replaced": True, "enlarged": True}
    text = blocks_text([photo], PARAMS["occlude_photos"])
    assert "are replaced: `bell pepper.jpg` in place of `owl.jpg`." in text
    assert "There are fewer photos than the 3 that `params.yaml` names." in text
    assert "therefore enlarged: `bell pepper.jpg`." in text


def test_photos_of_the_params_need_no_remark() -> None:
    text = blocks(photos=["bell pepper.jpg"])
    assert "replaced" not in text
    assert "fewer" not in text
    assert "enlarged" not in text


@pytest.mark.parametrize(
    ("final", "kept"), [(0.01, False), (0.46, False), (0.47, True), (0.99, True)]
)
def test_baseline_that_keeps_half_of_the_probability_is_named(final: float, kept: bool) -> None:
    text = baseline_text(occlusion()["photos"], curves(final))
    assert text.startswith(
        "The mean colour alone, at the end of the curve, leaves the class a probability of "
        f"{100 * final:.1f}\u00a0% on average."
    )
    assert (f"for “bell pepper” ({100 * final:.0f}\u00a0%): there the colour" in text) is kept
    assert ("in each example" in text) is not kept


def test_other_maps_are_compared() -> None:
    text = explained_text(explained(GAINS))
    assert text.startswith("All 2 maps tell which pixels matter")
    assert "The best deletion score is that of Grad-CAM (0.100 ± 0.020), significantly" in text
    assert "the best insertion score that of saliency (0.700 ± 0.020), significantly" in text
    assert "on average 9.5 ± 0.0; its mean absolute error is 0.12 ± 0.02." in text


def test_tables_have_a_row_for_each_photo() -> None:
    found = occlusion()
    assert minima_table(found["photos"]).rows == [
        ["`bell pepper.jpg`", "bell pepper", "12.3\u00a0% (104, 112)", "7\u00a0%"]
    ]
    rows = deletion_table(found).rows
    assert rows[0][2:] == ["0.100", "0.350", "0.800"]
    assert rows[-1][2:] == ["*0.400 ± 0.050*"] * 3


def test_names_of_photos_hold_no_markup() -> None:
    photo = occluded("a_b_c") | {"class": "*star*"}
    assert minima_table([photo]).rows[0][:2] == ["`a_b_c.jpg`", r"\*star\*"]


def test_importance_is_that_of_the_coarsest_block() -> None:
    text = deletion_text(occlusion(), PARAMS["occlude_photos"])
    assert "Tiles of 28 pixels" in text
    assert "the block of 63 pixels at a stride of 16" in text
    assert text.endswith("Those that `mobilenet_v2` classifies correctly: 20 of 20 photos.")

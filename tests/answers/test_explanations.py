"""What the scores of explanation maps say."""

import copy
from typing import Any

import pytest

from foolproof.answers.explanations import (
    BOTH,
    Kind,
    best_by,
    better_by_exactly,
    scores_table,
    settings_text,
    verdict,
)
from tests.answers.compiled import project_params
from tests.answers.explained import explained

GOOD, BAD = 0.2, -0.2


def test_settings_are_those_of_the_params() -> None:
    text = settings_text(project_params()["explain"]["photos"])
    for phrase in (
        "patches of 31 × 31 pixels at a stride of 16",
        "SmoothGrad averages 16 gradients under Gaussian noise of standard deviation 0.2.",
        "average 48 gradients",
        "tiles of 28 × 28 pixels that a map ranks highest are deleted first, in up to 16 steps, "
        "and become the image's mean colour; or they are inserted first into a blurred copy",
        "random maps is a mean over 5.",
    ):
        assert phrase in text


def test_settings_of_single_pixels_and_black_images() -> None:
    text = settings_text(project_params()["explain"]["mnist"])
    assert "patches of 5 × 5 pixels, is compared" in text
    assert "The pixels that a map ranks highest are deleted first" in text
    assert "and become black; or they are inserted first into a black image." in text


@pytest.mark.parametrize(
    ("saliency", "gradcam", "expected"),
    [
        ((GOOD, GOOD), (GOOD, GOOD), "All 2 maps tell which pixels matter"),
        ((BAD, BAD), (BAD, BAD), "No map can be told from a random one by its scores."),
        ((0.01, 0.01), (BAD, BAD), "No map can be told from a random one by its scores."),
        (
            (GOOD, GOOD),
            (BAD, BAD),
            "Better than a random map by both scores: saliency. By neither: Grad-CAM.",
        ),
        (
            (GOOD, BAD),
            (BAD, GOOD),
            "No map is better than a random one by both scores. By the deletion score only: "
            "saliency. By the insertion score only: Grad-CAM.",
        ),
    ],
)
def test_verdict_follows_the_gains(
    saliency: tuple[float, float], gradcam: tuple[float, float], expected: str
) -> None:
    assert verdict(explained({"saliency": saliency, "gradcam": gradcam})).startswith(expected)


@pytest.mark.parametrize("kind", BOTH)
@pytest.mark.parametrize("method", ["saliency", "gradcam"])
def test_the_opposite_sign_of_a_gain_changes_the_verdict(kind: Kind, method: str) -> None:
    record = explained({"saliency": (GOOD, GOOD), "gradcam": (GOOD, BAD)})
    opposite = copy.deepcopy(record)
    gain = opposite["scores"][method]["gain_over"]["random"][kind]
    gain["mean"] = -gain["mean"]
    assert verdict(opposite) != verdict(record)


def test_one_image_has_no_verdict() -> None:
    assert "One image gives no interval" in verdict(explained({"saliency": (1, 1)}, images=1))


def test_methods_better_than_another_control() -> None:
    gains = {"saliency": (GOOD, GOOD), "gradcam": (GOOD, 0.0)}
    record = explained(gains, controls=["random", "intensity"])
    assert better_by_exactly(record, "intensity", BOTH) == ["saliency"]
    assert better_by_exactly(record, "intensity", ("deletion",)) == ["Grad-CAM"]
    assert better_by_exactly(record, "intensity", ()) == []


@pytest.mark.parametrize(
    ("other", "expected"),
    [
        (0.1, "saliency (0.200 ± 0.020), significantly better than all others"),
        (
            0.19,
            "saliency (0.200 ± 0.020), not significantly better than Grad-CAM (gain 0.010 ± 0.020)",
        ),
        (0.3, "Grad-CAM (0.100 ± 0.020), significantly better than all others"),
    ],
)
def test_best_method_follows_the_paired_gain(other: float, expected: str) -> None:
    record = explained({"saliency": (0.2, 0.0), "gradcam": (other, 0.0)})
    assert best_by(record, "deletion") == expected


def test_best_of_one_image_is_not_significant() -> None:
    record = explained({"saliency": (0.2, 0.0), "gradcam": (0.1, 0.0)})
    record["best"]["deletion"]["gain_over"]["gradcam"]["ci95"] = None
    assert "not significantly better than Grad-CAM (gain 0.100)" in best_by(record, "deletion")


def test_table_lists_methods_before_controls() -> None:
    table = scores_table(explained({"gradcam": (0.3, 0.1), "saliency": (0.1, 0.2)}), "tab-scores")
    names: list[Any] = [row[0] for row in table.rows]
    assert names == ["saliency", "Grad-CAM", "_random maps_"]
    assert table.rows[0][1:] == (
        ["0.300 ± 0.020", "0.700 ± 0.020", "0.100 ± 0.020", "0.200 ± 0.020"]
    )
    assert table.rows[-1][-2:] == ["–", "–"]
    assert table.label == "tab-scores"
    assert "40 images" in table.caption

"""CS5787, problem 1: sentences on photos and feature maps."""

from typing import Any

import pytest

from foolproof.answers.cs5787.photos import classification_answer, maps_answer, maps_verdict
from foolproof.answers.document import Answer, Figure
from foolproof.answers.markup import without_markup
from tests.answers.compiled import asset
from tests.answers.cs5787.records import photos
from tests.answers.cs5787.texts import text_of_answer
from tests.answers.recorded import interval


def classified(found: dict[str, Any], shown: str = "peppers.png") -> Answer:
    return classification_answer(found, shown, asset(), asset())


@pytest.fixture
def found() -> dict[str, Any]:
    """Give the classification of two photos."""
    record: dict[str, Any] = photos()["classification"]
    return record


@pytest.fixture
def maps() -> dict[str, Any]:
    """Give the feature maps of two layers."""
    record: dict[str, Any] = photos()["feature_maps"]
    return record


def test_top_classes_begin_the_answer(found: dict[str, Any]) -> None:
    answer = classified(found)
    assert answer.answer.startswith(
        "Bell pepper (93.96\u00a0%), cucumber (1.33\u00a0%) and orange (0.92\u00a0%): the top 3 "
        "classes of `mobilenet_v2` for `peppers.png`"
    )
    found["photos"][0]["top"].reverse()
    assert classified(found).answer.startswith("Orange (0.92\u00a0%), cucumber")


def test_preprocessing_names_the_crop_and_the_weights(found: dict[str, Any]) -> None:
    text = text_of_answer(classified(found))
    assert "resized to 257 pixels (bicubic, antialiased), the central 225 × 225 are" in text
    assert "0.485, 0.456, 0.406 is subtracted before division by 0.229, 0.224, 0.225." in text
    assert "Weights: The four files." in text


def test_photo_in_place_of_the_peppers_is_named(found: dict[str, Any]) -> None:
    assert "takes its place" not in text_of_answer(classified(found))
    assert "have none of the peppers; zebra.jpg takes its place" in text_of_answer(
        classified(found, "zebra.jpg")
    )


@pytest.mark.parametrize(
    ("change", "present", "absent"),
    [
        ({}, "it classifies 2 of 2 (100\u00a0%", "No photo has a label"),
        ({}, "the true class is among the top 3 for 2 of 2", "No photo has a label"),
        ({"classes": 3}, "it classifies 2 of 2", "among the top"),
        (
            {"labelled": 0, "top1": None, "topk": None},
            "No photo has a label among the network's classes, so that no accuracy can be given",
            "it classifies",
        ),
        ({"labelled": 1}, "Of the one photo whose true class", "No photo has a label"),
    ],
)
def test_accuracy_on_the_photos_needs_labels(
    found: dict[str, Any], change: dict[str, Any], present: str, absent: str
) -> None:
    text = text_of_answer(classified(found | change))
    assert present in text
    assert absent not in text


def test_own_photos_are_shown_on_two_pages_at_most(found: dict[str, Any]) -> None:
    def figures() -> list[str]:
        return [each.path for each in classified(found).evidence if isinstance(each, Figure)]

    assert figures() == ["plots/classify_photos/example.png"]
    found["own_figures"] = {"own_001": 1}
    assert figures()[1:] == ["plots/classify_photos/own_001.png"]
    assert "1 to 1 of 1" in text_of_answer(classified(found))
    found["own_figures"] = {"own_001": 20, "own_002": 20, "own_003": 20, "own_004": 3}
    assert figures()[1:] == [
        "plots/classify_photos/own_001.png",
        "plots/classify_photos/own_002.png",
    ]
    text = text_of_answer(classified(found))
    assert "21 to 40 of 63" in text
    assert "23 more photos of this folder are in the figures" in text


@pytest.mark.parametrize(
    ("explained", "sparsity", "sentences"),
    [
        (-0.59, 0.3, ("falls by 59.0 ± 3.0", "share of zeros rises by 30.0 ± 5.0")),
        (0.59, -0.3, ("rises by 59.0 ± 3.0", "share of zeros falls by 30.0 ± 5.0")),
        (-0.02, 0.04, ("does not change significantly (−2.0 ± 3.0",)),
        (0.02, -0.04, ("does not change significantly (2.0 ± 3.0",)),
    ],
)
def test_changes_between_layers_follow_the_sign_of_the_interval(
    maps: dict[str, Any], explained: float, sparsity: float, sentences: tuple[str, ...]
) -> None:
    maps["change"] = {
        "explained_by_low_level_features": interval(explained, 0.03, 1312),
        "sparsity": interval(sparsity, 0.05, 20),
    }
    verdict = maps_verdict(maps)
    assert "the side of a map goes from 112 to 112 cells" in verdict
    assert [each for each in sentences if each not in verdict] == []


def test_one_photo_gives_no_interval_of_the_sparsity(maps: dict[str, Any]) -> None:
    maps["change"]["sparsity"] = interval(0.3, None, 1)
    assert "share of zeros has no interval, with too few photos" in maps_verdict(maps)


def test_one_layer_says_nothing_about_depth(maps: dict[str, Any]) -> None:
    assert "the variance that low-level features explain falls by 59.0 ± 3.0\u00a0points; the" in (
        maps_answer(maps, "bell pepper", 5).glance
    )
    maps["layers"] = maps["layers"][:1]
    answer = maps_answer(maps, "bell pepper", 5)
    assert answer.answer.startswith("Only one layer is shown")
    assert answer.glance == answer.answer
    assert text_of_answer(answer).count("is the closest to a low-level feature") == 1
    assert "late channels shown" not in text_of_answer(answer)


@pytest.mark.parametrize(
    ("r", "sentence"),
    [
        (0.62, "features.0.2 (layer 1 of 3): 1 of the 2 maps follows a low-level feature, channel"),
        (-0.62, "channel 7 edges (r = −0.62)."),
        (0.49, "features.0.2 (layer 1 of 3): none of the 2 maps follows a low-level feature."),
    ],
)
def test_maps_follow_a_feature_from_a_threshold_on(
    maps: dict[str, Any], r: float, sentence: str
) -> None:
    other = {"channel": 3, "correlations": {"edges": 0.1}, "most_active_in": "zebra"}
    shown = {"channel": 7, "correlations": {"edges": r, "brightness": 0.2}} | {
        "most_active_in": "bell pepper"
    }
    maps["layers"][0]["shown"] = [shown, other]
    assert sentence in text_of_answer(maps_answer(maps, None, 5))


def test_channel_closest_to_a_feature_is_named(maps: dict[str, Any]) -> None:
    text = text_of_answer(maps_answer(maps, None, 5))
    assert "channel 14 is the closest to a low-level feature, to brightness (r = 0.97;" in text
    assert text.count("is the closest to a low-level feature") == 2


@pytest.mark.parametrize(
    ("label", "number", "sentence"),
    [
        ("bell pepper", 2, "5 of the 5 late channels shown are most active on photos of the class"),
        (
            "zebra",
            2,
            '0 of the 5 late channels shown are most active on photos of the class "zebra',
        ),
        (None, 2, ""),
        ("bell pepper", 1, ""),
    ],
)
def test_favourite_photos_of_late_channels_need_a_label_and_others(
    maps: dict[str, Any], label: str | None, number: int, sentence: str
) -> None:
    text = text_of_answer(maps_answer(maps | {"photos": number}, label, 5))
    assert sentence in text
    assert ("late channels shown" in text) == bool(sentence)


def test_one_photo_has_no_variance_between_photos(maps: dict[str, Any]) -> None:
    maps["layers"][0]["between_photos"] = None
    table = next(each for each in maps_answer(maps, None, 5).evidence if hasattr(each, "rows"))
    assert [row[-1] for row in table.rows] == ["–", "20\u00a0%"]
    assert without_markup(table.rows[0][0]) == "features.0.2"

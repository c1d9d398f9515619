"""The stages `classify_photos` and `show_feature_maps` on a tiny network and three pictures."""

import json
import logging
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from foolproof.core.errors import FoolproofError
from stages import classify_photos, show_feature_maps
from tests.stages.conftest import CLASSES, LABELS, picture, write_photos


@pytest.fixture
def project(photo_project: Path) -> Path:
    """A working folder with an untrained network, three photographs, and params."""
    write_params(photo_project)
    return photo_project


def write_params(project: Path, *layers: str, top: int = 2) -> None:
    params = {
        "compute": {"threads": 1},
        "pretrained": {"network": "squeezenet1_1"},
        "classify_photos": {"top": top},
        "show_feature_maps": {"layers": list(layers), "maps": 3},
    }
    (project / "params.yaml").write_text(yaml.safe_dump(params))


def outs(
    project: Path, main: Callable[[], object], name: str
) -> tuple[dict[str, Any], dict[str, bytes]]:
    """Run a stage, and read its metrics and the bytes of everything that it made."""
    main()
    metrics = json.loads((project / f"metrics/photos/{name}.json").read_text())
    paths = [*project.glob("metrics/photos/*.json"), *project.glob("plots/*/*.png")]
    made = {path.name: path.read_bytes() for path in paths}
    return metrics, made


def test_downloaded_and_own_photos_are_classified(
    project: Path, caplog: pytest.LogCaptureFixture
) -> None:
    own = project / "photos"
    own.mkdir()
    (own / "MINE.JPEG").write_bytes(picture(0))
    (own / "broken.png").write_bytes(picture(1)[:500])
    with caplog.at_level(logging.WARNING):
        metrics, made = outs(project, classify_photos.main, "classification")
    assert caplog.messages[0].startswith("photos/broken.png: a damaged picture: ")
    photos = metrics["photos"]
    assert [photo["file"] for photo in photos] == [*LABELS, "MINE.JPEG"]
    assert [photo["own"] for photo in photos] == [False, False, False, True]
    assert [photo["label"] for photo in photos] == [*LABELS.values(), None]
    assert photos[3]["top"] == photos[0]["top"]  # the same picture
    for photo in photos:
        first, second = (each["probability"] for each in photo["top"])
        assert 1 > first >= second > 0
    for photo in photos[:2]:
        assert 1 <= photo["label_rank"] <= len(CLASSES)
        assert (photo["label_rank"] == 1) == (photo["top"][0]["class"] == photo["label"])
    for photo in photos[2:]:
        assert photo["label_rank"] is photo["label_probability"] is None
    ranks = [photo["label_rank"] for photo in photos[:2]]
    assert metrics["labelled"] == 2
    assert metrics["top1"]["value"] == ranks.count(1) / 2
    assert metrics["topk"]["count"] == sum(rank <= 2 for rank in ranks)
    assert metrics["topk"]["n"] == 2
    preprocessing = metrics["preprocessing"]
    assert preprocessing["crop"] <= preprocessing["resize"]
    assert len(preprocessing["mean"]) == len(preprocessing["std"]) == 3
    assert metrics["own_figures"] == {"own_001": 1}
    assert set(made) >= {"classification.json", "classification.png", "example.png", "own_001.png"}
    assert made == outs(project, classify_photos.main, "classification")[1]


def test_each_own_photo_is_answered_in_a_line(
    project: Path, caplog: pytest.LogCaptureFixture
) -> None:
    own = project / "photos"
    own.mkdir()
    (own / "my cat.png").write_bytes(picture(0))
    with caplog.at_level(logging.INFO):
        metrics, _ = outs(project, classify_photos.main, "classification")
    (said,) = [each for each in caplog.messages if each.startswith("my cat.png: ")]
    first, second = metrics["photos"][-1]["top"]
    assert said == "my cat.png: " + ", ".join(
        f"{each['class']} {100 * each['probability']:.1f} %" for each in (first, second)
    )


def test_stages_run_with_unlabelled_photos_and_few_classes(project: Path) -> None:
    write_params(project, top=10)
    write_photos(project, {"alone.jpg": ""})
    metrics, _ = outs(project, classify_photos.main, "classification")
    assert (metrics["classes"], metrics["top"]) == (len(CLASSES), len(CLASSES))
    assert metrics["labelled"] == 0
    assert metrics["top1"] is metrics["topk"] is None
    (photo,) = metrics["photos"]
    assert photo["label"] is photo["label_rank"] is None
    assert sorted(each["class"] for each in photo["top"]) == sorted(CLASSES)
    metrics, _ = outs(project, show_feature_maps.main, "feature_maps")
    assert metrics["photo"] == "alone.jpg"
    for layer in metrics["layers"]:
        assert layer["between_photos"] is None
        assert {each["most_active_in"] for each in layer["shown"]} == {"alone.jpg"}


def test_unreadable_own_pictures_do_not_stop_the_stage(
    project: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (project / "photos").mkdir()
    (project / "photos/broken.jpg").write_text("no picture")
    metrics, made = outs(project, classify_photos.main, "classification")
    assert "photos/broken.jpg: not a picture of a known format; skipped" in caplog.messages
    assert len(metrics["photos"]) == len(LABELS)
    assert metrics["own_figures"] == {}
    assert "own_001.png" not in made


def test_feature_maps_of_the_peppers_from_three_depths(project: Path) -> None:
    metrics, made = outs(project, show_feature_maps.main, "feature_maps")
    assert (metrics["photo"], metrics["photos"]) == ("peppers.png", 3)
    assert [layer["depth"] for layer in metrics["layers"]] == [1, 7, 26]
    assert [layer["layer"] for layer in metrics["layers"]] == [
        "features.1",
        "features.4.expand3x3_activation",
        "classifier.2",
    ]
    assert len(metrics["possible_layers"]) == 26
    for layer in metrics["layers"]:
        channels = [each["channel"] for each in layer["shown"]]
        assert len(set(channels)) == 3
        assert all(channel < layer["channels"] for channel in channels)
        assert {each["most_active_in"] for each in layer["shown"]} <= set(LABELS.values())
        for share in ("sparsity", "explained_by_low_level_features"):
            assert 0 <= layer[share]["mean"] <= 1
        assert 0 <= layer["between_photos"] <= 1
    first, last = metrics["layers"][0], metrics["layers"][-1]
    for share, change in metrics["change"].items():
        assert change["mean"] == pytest.approx(last[share]["mean"] - first[share]["mean"])
    assert set(made) == {"feature_maps.json", "feature_maps.png"}
    assert made == outs(project, show_feature_maps.main, "feature_maps")[1]


def test_layers_by_name_and_an_unknown_name(project: Path) -> None:
    write_params(project, "features.4.squeeze_activation")
    metrics, _ = outs(project, show_feature_maps.main, "feature_maps")
    (layer,) = metrics["layers"]
    assert (layer["layer"], layer["channels"]) == ("features.4.squeeze_activation", 16)
    write_params(project, "conv1")
    with pytest.raises(FoolproofError, match=r"is named 'conv1'; the network has: features\.1, "):
        show_feature_maps.main()

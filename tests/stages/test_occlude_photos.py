"""`occlude_photos` on a tiny network: its photos, and that no result overwrites another."""

import json
import logging
from pathlib import Path
from typing import Any

import pytest
import yaml
from PIL import Image

from foolproof.core.files import read_csv
from foolproof.data.arrays import read_arrays
from foolproof.photos.choose import choose_photos
from foolproof.photos.folder import with_own_photos
from foolproof.photos.photo import Photo
from stages import occlude_photos
from tests.stages.conftest import LABELS, picture, write_photos

PHOTOS = [
    Photo(name, Image.new("RGB", size), None)
    for name, size in (("tea.png", (500, 223)), ("cat.jpg", (300, 224)), ("dog.jpg", (224, 224)))
]


def test_photos_are_chosen_by_name_in_the_requested_order() -> None:
    chosen = choose_photos(["dog.jpg", "cat.jpg"], PHOTOS, 224)
    assert [(name, photo.name) for name, photo in chosen] == [("dog.jpg",) * 2, ("cat.jpg",) * 2]


def test_large_photos_replace_unknown_ones(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING):
        chosen = choose_photos(["ape.jpg", "dog.jpg"], PHOTOS, 224)
    assert [(name, photo.name) for name, photo in chosen] == [
        ("ape.jpg", "cat.jpg"),
        ("dog.jpg", "dog.jpg"),
    ]
    (message,) = caplog.messages
    assert message.startswith("cat.jpg in place of ape.jpg: no photo has this name, the nearest: ")


def test_fewer_photos_than_names(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING):
        chosen = choose_photos(["ape.jpg", "bee.jpg"], PHOTOS[1:2], 224)
    assert [photo.name for _, photo in chosen] == ["cat.jpg"]
    assert caplog.messages[-1] == "photos for 1 of 2 names"


def test_small_photo_is_enlarged_with_a_warning(
    caplog: pytest.LogCaptureFixture,
) -> None:
    with caplog.at_level(logging.WARNING):
        choose_photos(["tea.png", "cat.jpg"], PHOTOS, 224)
    assert caplog.messages == [
        "tea.png has 500 x 223 pixels and is enlarged to the network's 224 x 224"
    ]


def test_own_photo_does_not_replace_a_downloaded_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("photos").mkdir()
    for name in ("cat.jpg", "new.jpg"):
        Path("photos", name).write_bytes(picture(0))
    names = [photo.name for photo in with_own_photos(PHOTOS, Path("photos"))]
    assert names == ["tea.png", "cat.jpg", "dog.jpg", "photos/cat.jpg", "new.jpg"]


def outs(project: Path, photos: list[str], blocks: list[dict[str, int]]) -> dict[str, Any]:
    """Run the stage and read its metrics."""
    params = {
        "compute": {"threads": 1},
        "pretrained": {"network": "squeezenet1_1"},
        "occlude_photos": {
            "seed": 0,
            "photos": photos,
            "blocks": blocks,
            "fill": 0.5,
            "tile": 48,
            "random_orders": 1,
        },
    }
    (project / "params.yaml").write_text(yaml.safe_dump(params))
    occlude_photos.main()
    metrics: dict[str, Any] = json.loads((project / "metrics/photos/occlusion.json").read_text())
    return metrics


def test_photos_of_one_class_and_strides_of_one_block_keep_their_results(
    photo_project: Path,
) -> None:
    own = photo_project / "photos"
    own.mkdir()
    (own / "cat.jpg").write_bytes(picture(7))
    names = ["cat.jpg", "photos/cat.jpg", "peppers.png"]
    blocks = [{"side": 15, "stride": 40}, {"side": 15, "stride": 20}]
    metrics = outs(photo_project, names, blocks)
    assert [photo["photo"] for photo in metrics["photos"]] == names
    assert len({photo["class"] for photo in metrics["photos"]}) < len(names)
    assert not any(photo["replaced"] or photo["enlarged"] for photo in metrics["photos"])
    saved = read_arrays(photo_project / "data/occlusion/photos.npz")
    maps = {f"{name}_15_{stride}" for name in names for stride in (40, 20)}
    assert set(saved) == maps | {"names", "images"}
    assert saved["names"].tolist() == names
    assert saved["images"].shape == (3, 3, 80, 80)
    assert saved["cat.jpg_15_40"].shape == (2, 2)
    assert saved["cat.jpg_15_20"].shape == (4, 4)
    curves = read_csv(photo_project / "plots/occlude_photos_deletion.csv")
    assert {row["photo"] for row in curves} == {*names, "mean over photos"}
    assert len({row["series"] for row in curves}) == 3 * (len(names) + 1)
    scored = metrics["scored"]
    assert scored["block"] == {"side": 15, "stride": 40}
    assert scored["random_minus_important"]["n"] == scored["attacked_photos"] <= len(LABELS)


def test_one_photo_without_a_label_replaces_missing_names(
    photo_project: Path,
) -> None:
    write_photos(photo_project, {"alone.jpg": ""})
    metrics = outs(photo_project, list(LABELS), [{"side": 15, "stride": 40}])
    (photo,) = metrics["photos"]
    assert (photo["photo"], photo["requested"]) == ("alone.jpg", "cat.jpg")
    assert (photo["replaced"], photo["label"]) == (True, None)
    assert metrics["scored"]["photos_by"] == "prediction"
    assert metrics["scored"]["random_minus_important"]["ci95"] is None

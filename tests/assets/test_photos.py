"""Photos are packed with the names of their classes."""

import csv
from pathlib import Path

import numpy as np
import pytest

from foolproof.assets.errors import AssetError
from foolproof.assets.photos import PHOTOS, photo_arrays
from tests.assets.archives import encode

PICTURE = encode(np.zeros((3, 4, 3), np.uint8))
HEADER = "file,imagenet_index,imagenet_class\n"


def write(folder: Path, labels: str, *names: str) -> dict[str, Path]:
    (folder / "labels.csv").write_text(labels)
    for name in names:
        (folder / name).write_bytes(PICTURE)
    return {name: folder / name for name in ("labels.csv", *names)}


def test_photo_arrays_keeps_order_of_labels_csv(tmp_path: Path) -> None:
    labels = HEADER + "b.png,2,great white shark\na.jpg,1,goldfish\n"
    arrays = photo_arrays(write(tmp_path, labels, "a.jpg", "b.png"))
    assert arrays["names"].tolist() == ["b.png", "a.jpg"]
    assert arrays["labels"].tolist() == ["great white shark", "goldfish"]
    assert arrays["bytes"].tobytes() == PICTURE * 2
    assert PHOTOS.count_items(arrays) == 2


def test_mirrored_photos_have_imagenet_classes(real_mirror: Path) -> None:
    from torchvision.models import MobileNet_V2_Weights

    folder = real_mirror / "photos"
    arrays = photo_arrays({path.name: path for path in folder.iterdir()})
    categories = MobileNet_V2_Weights.IMAGENET1K_V1.meta["categories"]
    with (folder / "labels.csv").open(newline="") as table:
        indices = [int(row["imagenet_index"]) for row in csv.DictReader(table)]
    assert arrays["labels"].tolist() == [categories[index] for index in indices]
    assert arrays["names"][0] == "peppers.png"
    assert PHOTOS.count_items(arrays) == 20


def test_packaged_photos_have_20_imagenet_labels_and_5_without() -> None:
    from torchvision.models import MobileNet_V2_Weights

    assert PHOTOS.embedded is not None
    arrays = PHOTOS.embedded.make()
    names, labels = arrays["names"].tolist(), arrays["labels"].tolist()
    categories = MobileNet_V2_Weights.IMAGENET1K_V1.meta["categories"]
    indices = [int(Path(name).stem.rpartition("_")[2]) for name in names[:20]]
    assert labels == [*(categories[index] for index in indices), *[""] * 5]
    assert labels[0] == "bull mastiff"
    assert names[20:] == [
        "astronaut.png",
        "chelsea.png",
        "coffee.png",
        "motorcycle_left.png",
        "rocket.jpg",
    ]


@pytest.mark.parametrize(
    ("labels", "message"),
    [
        (HEADER + "b.png,1,goldfish\n", r"labels\.csv names 'b\.png', but there is no such photo"),
        (HEADER, r"labels\.csv: expected rows with the columns file and imagenet_class"),
        ("a.jpg,1,goldfish\n", r"labels\.csv: expected rows with the columns file and"),
        ("file\na.jpg\n", r"labels\.csv: expected rows with the columns file and"),
    ],
)
def test_photo_arrays_refuses_invalid_labels_csv(tmp_path: Path, labels: str, message: str) -> None:
    with pytest.raises(AssetError, match=f"^{message}"):
        photo_arrays(write(tmp_path, labels, "a.jpg"))


def test_photo_arrays_refuses_invalid_image(tmp_path: Path) -> None:
    files = write(tmp_path, HEADER + "a.jpg,1,goldfish\n", "a.jpg")
    files["a.jpg"].write_text("<html>")
    with pytest.raises(AssetError, match=r"^a\.jpg: not a valid image: "):
        photo_arrays(files)


def test_a_table_of_a_spreadsheet_on_windows_is_read(tmp_path: Path) -> None:
    files = write(tmp_path, "", "a.jpg", "b.png")
    table = "file;imagenet_class\r\nphotos\\b.png;goldfish\r\na.jpg\r\n"
    files["labels.csv"].write_bytes(table.encode("utf-8-sig"))
    arrays = photo_arrays(files)
    assert arrays["names"].tolist() == ["b.png", "a.jpg"]
    assert arrays["labels"].tolist() == ["goldfish", ""]  # not the class "None"


def test_a_photo_that_is_there_twice_is_named(tmp_path: Path) -> None:
    files = write(tmp_path, HEADER + "a.jpg,1,goldfish\nx/a.jpg,2,shark\n", "a.jpg")
    with pytest.raises(AssetError, match=r"^labels\.csv names 'a\.jpg' twice$"):
        photo_arrays(files)

"""Declaration and converter of the pets, compared with torchvision on a synthetic archive."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from foolproof.assets.errors import AssetError
from foolproof.assets.pets import PETS, pet_arrays
from tests.assets.archives import encode, extract_tar, pack_tar
from tests.assets.officials import official_of

TRAIN = ["Abyssinian_100 1 1 1", "american_bulldog_12 2 2 1", "Maine_Coon_7 3 1 2"]
TEST = ["american_bulldog_3 2 2 1", "Abyssinian_2 1 1 1"]
NAMES = [line.split()[0] for line in [*TRAIN, *TEST]]


def pixels(number: int) -> NDArray[np.uint8]:
    return np.full((4, 5 + number, 3), 20 * number, np.uint8)


def photos() -> dict[str, bytes]:
    """Unsorted images, with the superfluous files of the official archive."""
    files = {f"images/{name}.jpg": encode(pixels(n), "JPEG") for n, name in enumerate(NAMES)}
    return {
        "images/Birman_1.jpg": encode(pixels(9), "JPEG"),
        **dict(reversed(files.items())),
        "images/Abyssinian_100.mat": b"MATLAB",
        "images/._Abyssinian_100.jpg": b"Mac OS X",
    }


def annotations(train: list[str] = TRAIN, test: list[str] = TEST) -> dict[str, bytes]:
    return {
        "annotations/._trainval.txt": b"Mac OS X",
        "annotations/list.txt": b"#Image CLASS-ID SPECIES BREED ID\n",
        "annotations/test.txt": "".join(f"{line}\n" for line in test).encode(),
        "annotations/trainval.txt": "\n".join(["#Image CLASS-ID", *train]).encode(),
        "annotations/trimaps/Abyssinian_100.png": b"PNG",
    }


def write(
    folder: Path, images: dict[str, bytes] | None = None, texts: dict[str, bytes] | None = None
) -> dict[str, Path]:
    contents = {"images.tar.gz": images or photos(), "annotations.tar.gz": texts or annotations()}
    for name, files in contents.items():
        (folder / name).write_bytes(pack_tar(files, ".gz"))
    return {name: folder / name for name in contents}


def test_first_host_and_checksums_equal_torchvision() -> None:
    from torchvision.datasets import OxfordIIITPet

    official = official_of(PETS)
    assert [(official.hosts[0] + name, checksum) for name, checksum in official.files.items()] == [
        (url, f"md5:{md5}") for url, md5 in OxfordIIITPet._RESOURCES
    ]


def test_pet_arrays_has_splits_of_torchvision(tmp_path: Path) -> None:
    from torchvision.datasets import OxfordIIITPet

    # Torchvision reads no comments, and the official splits have none.
    texts = annotations() | {"annotations/trainval.txt": "\n".join(TRAIN).encode()}
    files = write(tmp_path, texts=texts)
    for path in files.values():
        extract_tar(path, tmp_path / "oxford-iiit-pet")
    arrays = pet_arrays(files)

    def described(split: str) -> set[tuple[Any, ...]]:
        oracle = OxfordIIITPet(tmp_path, split=split)
        return {
            (path.name, label, oracle.classes[label].lower())
            for path, label in zip(oracle._images, oracle._labels, strict=True)
        }

    for split, train in (("trainval", True), ("test", False)):
        ours = {
            (str(name), int(label), str(arrays["classes"][label]).lower())
            for name, label, in_train in zip(
                arrays["names"], arrays["labels"], arrays["train"], strict=True
            )
            if in_train == train
        }
        assert ours == described(split)


def test_pet_arrays_packs_only_photos_of_splits(tmp_path: Path) -> None:
    arrays = pet_arrays(write(tmp_path))
    assert arrays["names"].tolist() == [f"{name}.jpg" for name in reversed(NAMES)]
    assert arrays["classes"].tolist() == ["Abyssinian", "american bulldog", "Maine Coon"]
    assert arrays["labels"].tolist() == [0, 1, 2, 1, 0]
    assert arrays["train"].tolist() == [False, False, True, True, True]
    assert (arrays["labels"].dtype.name, arrays["train"].dtype.name) == ("int64", "bool")
    packed = arrays["bytes"].tobytes()
    assert packed == b"".join(photos()[f"images/{name}"] for name in arrays["names"])
    assert PETS.count_items(arrays) == 5


def test_mirrored_pets_have_ten_photos_a_breed(real_mirror: Path) -> None:
    folder = real_mirror / "pets"
    arrays = pet_arrays({path.name: path for path in folder.iterdir()})
    assert len(arrays["classes"]) == 37
    assert np.bincount(arrays["labels"]).tolist() == [10] * 37
    assert np.bincount(arrays["labels"][arrays["train"]]).tolist() == [6] * 37
    breeds = [name.rpartition("_")[0].replace("_", " ") for name in arrays["names"]]
    assert breeds == arrays["classes"][arrays["labels"]].tolist()


LINE = r"annotations\.tar\.gz: line {} of {}: expected a name, a class id from 1 to 37, .*, found "


@pytest.mark.parametrize(
    ("train", "test", "message"),
    [
        (["Abyssinian_1 0 1 1"], [], LINE.format(2, "trainval.txt") + "'Abyssinian_1 0 1 1'"),
        (TRAIN, [*TEST, "Birman_1 38 1 1"], LINE.format(3, "test.txt") + "'Birman_1 38 1 1'"),
        (TRAIN, ["Birman_1 four 1 1"], LINE.format(1, "test.txt")),
        (TRAIN, ["Birman"], LINE.format(1, "test.txt") + "'Birman'"),
        (TRAIN, TRAIN[:1], r"annotations\.tar\.gz: the splits name Abyssinian_100 twice"),
        (TRAIN, ["Birman_1 1 1 1"], "each for one breed, found 1 for Birman after 1$"),
        (TRAIN, ["Birman_1 5 1 1"], "each for one breed, found 5 for Birman after 3$"),
        (TRAIN, ["Abyssinian_1 4 1 1"], "each for one breed, found 4 for Abyssinian after 3$"),
        (TRAIN, ["Abyssinian_9 1 1 1"], r"images\.tar\.gz: lacks images/Abyssinian_9\.jpg, which"),
    ],
)
def test_pet_arrays_refuses_invalid_splits(
    tmp_path: Path, train: list[str], test: list[str], message: str
) -> None:
    with pytest.raises(AssetError, match=message):
        pet_arrays(write(tmp_path, texts=annotations(train, test)))


def test_pet_arrays_refuses_incomplete_archives(tmp_path: Path) -> None:
    texts = annotations()
    del texts["annotations/test.txt"]
    with pytest.raises(AssetError, match=r"^annotations\.tar\.gz: lacks annotations/test\.txt$"):
        pet_arrays(write(tmp_path, texts=texts))
    images = photos() | {"images/Maine_Coon_7.jpg": b"<html>"}
    with pytest.raises(AssetError, match=r"^Maine_Coon_7\.jpg: not a valid image: "):
        pet_arrays(write(tmp_path, images=images))
    files = write(tmp_path)
    files["images.tar.gz"].write_bytes(files["images.tar.gz"].read_bytes()[:-40])
    with pytest.raises(AssetError, match=r"^images\.tar\.gz: the archive is cut short or damaged"):
        pet_arrays(files)

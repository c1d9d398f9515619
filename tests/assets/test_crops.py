"""The stand-ins for CIFAR-10 and the pets: in their formats, balanced, the same each time."""

from io import BytesIO

import numpy as np
import pytest
from PIL import Image

from foolproof.assets.crops import squares_like_cifar10, squares_like_pets
from foolproof.assets.declaration import Arrays
from foolproof.assets.photographs import SUBJECTS


@pytest.fixture(scope="module")
def cifar10() -> Arrays:
    return squares_like_cifar10()


@pytest.fixture(scope="module")
def pets() -> Arrays:
    return squares_like_pets()


def test_has_the_format_of_cifar10(cifar10: Arrays) -> None:
    assert {name: (array.shape, array.dtype.kind) for name, array in cifar10.items()} == {
        "train_images": ((600, 32, 32, 3), "u"),
        "train_labels": ((600,), "u"),
        "test_images": ((200, 32, 32, 3), "u"),
        "test_labels": ((200,), "u"),
        "classes": ((10,), "U"),
    }
    assert np.bincount(cifar10["train_labels"]).tolist() == [60] * 10
    assert np.bincount(cifar10["test_labels"]).tolist() == [20] * 10


def test_has_the_format_of_the_pets(pets: Arrays) -> None:
    assert (pets["labels"].dtype.name, pets["train"].dtype.name) == ("int64", "bool")
    assert np.bincount(pets["labels"][pets["train"]]).tolist() == [20] * 10
    assert np.bincount(pets["labels"][~pets["train"]]).tolist() == [10] * 10
    assert len(set(pets["names"])) == 300
    for start, end in zip(pets["offsets"], pets["offsets"][1:], strict=False):
        with Image.open(BytesIO(pets["bytes"][start:end].tobytes())) as picture:
            assert picture.format == "JPEG"
            assert 96 <= picture.width == picture.height <= 160


def test_classes_are_the_subjects(cifar10: Arrays, pets: Arrays) -> None:
    assert cifar10["classes"].tolist() == pets["classes"].tolist() == list(SUBJECTS)
    breeds = [name.rpartition("_")[0] for name in pets["names"]]
    assert breeds == pets["classes"][pets["labels"]].tolist()


def test_both_are_the_same_each_time(cifar10: Arrays, pets: Arrays) -> None:
    for once, again in ((cifar10, squares_like_cifar10()), (pets, squares_like_pets())):
        for name, array in again.items():
            np.testing.assert_array_equal(array, once[name])


def test_the_subjects_can_be_told_apart_in_the_other_part(cifar10: Arrays) -> None:
    """By the mean colour alone; a network does better."""
    train, test = (cifar10[f"{part}_images"].mean((1, 2)) for part in ("train", "test"))
    nearest = np.linalg.norm(test[:, None] - train, axis=2).argmin(1)
    accuracy = (cifar10["train_labels"][nearest] == cifar10["test_labels"]).mean()
    assert 0.4 < accuracy < 0.95

"""Squares of the ten photographs that stand in for CIFAR-10's images and for the pets."""

from io import BytesIO

import numpy as np
from PIL import Image

from foolproof.assets.declaration import Arrays
from foolproof.assets.photographs import SUBJECTS, Part, cut_squares
from foolproof.assets.pictures import pack_pictures

_SEED = 0

# Narrow stripes for CIFAR-10, so that both parts show all of a subject, and its images are about
# as sharp as the photographs; wider ones for the pets, which are larger.
_CIFAR10_STRIPES, _CIFAR10_SIDE = 9, 32
_CIFAR10_SQUARES: dict[Part, int] = {"train": 60, "test": 20}
_PETS_STRIPES, _PETS_SIDES, _JPEG_QUALITY = 6, (96, 160), 90
_PETS_SQUARES: dict[Part, int] = {"train": 20, "test": 10}


def squares_like_cifar10() -> Arrays:
    """Make a small data set in CIFAR-10's format, 60 images a class to train and 20 to test.

    Returns:
        `train_images` (600, 32, 32, 3) and `test_images` (200, 32, 32, 3) RGB, `train_labels` and
        `test_labels`, all uint8; `classes` (10,), the subjects.
    """
    random = np.random.default_rng(_SEED)
    arrays: Arrays = {}
    for part, number in _CIFAR10_SQUARES.items():
        labels, squares = zip(*cut_squares(part, _CIFAR10_STRIPES, number, random), strict=True)
        images = [np.asarray(_resize(square, _CIFAR10_SIDE)) for square in squares]
        arrays[f"{part}_images"] = np.stack(images)
        arrays[f"{part}_labels"] = np.array(labels, np.uint8)
    return arrays | {"classes": np.array(SUBJECTS)}


def squares_like_pets() -> Arrays:
    """Make a small data set in the format of the pets, 20 photographs a class to train, 10 to test.

    Returns:
        The packed JPEG files (see `pack_pictures`) of 96 to 160 pixels a side; `labels` int64
        (300,), `train` bool (300,); `classes` (10,), the subjects.
    """
    random = np.random.default_rng(_SEED)
    pictures: list[tuple[str, bytes]] = []
    labels, train = [], []
    for part, number in _PETS_SQUARES.items():
        for label, square in cut_squares(part, _PETS_STRIPES, number, random):
            side = int(random.integers(*_PETS_SIDES, endpoint=True))
            name = f"{SUBJECTS[label]}_{len(pictures)}.jpg"
            pictures.append((name, _jpeg(_resize(square, side))))
            labels.append(label)
            train.append(part == "train")
    return pack_pictures(pictures) | {
        "labels": np.array(labels, np.int64),
        "train": np.array(train, np.bool_),
        "classes": np.array(SUBJECTS),
    }


def _resize(square: Image.Image, side: int) -> Image.Image:
    return square.resize((side, side), Image.Resampling.BILINEAR)


def _jpeg(picture: Image.Image) -> bytes:
    with BytesIO() as file:
        picture.save(file, "JPEG", quality=_JPEG_QUALITY)
        return file.getvalue()

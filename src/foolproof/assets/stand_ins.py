"""Stand-ins for CIFAR-10 and the pets: square crops of ten colour photos.

The class of a crop is the subject of its photo. Each photo is divided into vertical stripes. Every
third stripe is for the test images, so that both parts share no pixel but show the same subject.
"""

from collections.abc import Callable, Iterator
from io import BytesIO
from typing import Literal

import numpy as np
from PIL import Image

from foolproof.assets.declaration import Arrays, Embedded
from foolproof.assets.encoded_images import pack_images
from foolproof.assets.packaged import COLOUR_PHOTOS

Part = Literal["train", "test"]

SUBJECTS = tuple(COLOUR_PHOTOS)

_SEED = 0

# Narrow stripes for CIFAR-10: both parts show the whole subject, and the 32-pixel images are about
# as sharp as the photos. Wider stripes for the pets, which are larger.
_CIFAR10_STRIPES, _CIFAR10_SIDE = 9, 32
_CIFAR10_CROPS: dict[Part, int] = {"train": 60, "test": 20}
_PETS_STRIPES, _PETS_SIDES, _JPEG_QUALITY = 6, (96, 160), 90
_PETS_CROPS: dict[Part, int] = {"train": 20, "test": 10}


def cifar10_stand_in() -> Arrays:
    """Make a small data set in the format of CIFAR-10: 60 training and 20 test images a class.

    Returns:
        `train_images` (600, 32, 32, 3) and `test_images` (200, 32, 32, 3) RGB, `train_labels` and
        `test_labels`, all uint8; `classes` (10,), the subjects.
    """
    generator = np.random.default_rng(_SEED)
    arrays: Arrays = {}
    for part, number in _CIFAR10_CROPS.items():
        labels, crops = zip(*square_crops(part, _CIFAR10_STRIPES, number, generator), strict=True)
        images = [np.asarray(_resize(crop, _CIFAR10_SIDE)) for crop in crops]
        arrays[f"{part}_images"] = np.stack(images)
        arrays[f"{part}_labels"] = np.array(labels, np.uint8)
    return arrays | {"classes": np.array(SUBJECTS)}


def pets_stand_in() -> Arrays:
    """Make a small data set in the format of the pets: 20 training and 10 test images a class.

    Returns:
        Packed JPEG files (see `pack_images`) of 96 to 160 pixels a side; `labels` int64 (300,),
        `train` bool (300,); `classes` (10,), the subjects.
    """
    generator = np.random.default_rng(_SEED)
    images: list[tuple[str, bytes]] = []
    labels, train = [], []
    for part, number in _PETS_CROPS.items():
        for label, crop in square_crops(part, _PETS_STRIPES, number, generator):
            side = int(generator.integers(*_PETS_SIDES, endpoint=True))
            images.append((f"{SUBJECTS[label]}_{len(images)}.jpg", _jpeg(_resize(crop, side))))
            labels.append(label)
            train.append(part == "train")
    return pack_images(images) | {
        "labels": np.array(labels, np.int64),
        "train": np.array(train, np.bool_),
        "classes": np.array(SUBJECTS),
    }


def square_crops(
    part: Part, stripes: int, number: int, generator: np.random.Generator
) -> Iterator[tuple[int, Image.Image]]:
    """Yield random square crops from one part of each photo in turn.

    Args:
        part: see `part_of`.
        stripes: the number of stripes of a photo. The side of a crop is between two thirds of the
            width of a stripe and that width.
        number: crops a photo.
        generator: of sides and positions.

    Yields:
        The photo's index, and the crop in the photo's own resolution.
    """
    for index, file in enumerate(COLOUR_PHOTOS.values()):
        with Image.open(file.path()) as photo:
            pieces = part_of(photo, part, stripes)
            max_side = photo.width // stripes
        for crop in range(number):
            side = int(generator.integers(2 * max_side // 3, max_side, endpoint=True))
            yield index, random_crop(pieces[crop % len(pieces)], side, side, generator)


def part_of(photo: Image.Image, part: Part, stripes: int) -> list[Image.Image]:
    """Divide a photo into vertical stripes, and return those of one part.

    Args:
        photo: the photo.
        part: `test` for every third stripe, `train` for the pairs of adjacent stripes between.
        stripes: the number of stripes of equal width, a multiple of three.
    """
    edges = [round(photo.width * stripe / stripes) for stripe in range(stripes + 1)]
    lefts, rights = (edges[0::3], edges[2::3]) if part == "train" else (edges[2::3], edges[3::3])
    spans = zip(lefts, rights, strict=False)
    return [photo.crop((left, 0, right, photo.height)) for left, right in spans]


def random_crop(
    image: Image.Image, width: int, height: int, generator: np.random.Generator
) -> Image.Image:
    """Crop a rectangle of this size, or less where the image is smaller, at a random position."""
    width, height = min(width, image.width), min(height, image.height)
    left = int(generator.integers(image.width - width, endpoint=True))
    top = int(generator.integers(image.height - height, endpoint=True))
    return image.crop((left, top, left + width, top + height))


def _resize(image: Image.Image, side: int) -> Image.Image:
    return image.resize((side, side), Image.Resampling.BILINEAR)


def _jpeg(image: Image.Image) -> bytes:
    with BytesIO() as file:
        image.save(file, "JPEG", quality=_JPEG_QUALITY)
        return file.getvalue()


def _embedded(title: str, make: Callable[[], Arrays], sides: str, stripes: str) -> Embedded:
    return Embedded(
        packages=tuple(sorted({file.package for file in COLOUR_PHOTOS.values()})),
        subject="stand-in (squares of ten photographs in scikit-image and scikit-learn)",
        kind="stand-in",
        make=make,
        licence=(
            "public domain or CC0 (astronaut, chelsea, coffee, hubble_deep_field, ihc, retina, "
            "rocket); CC BY 2.0, credits in scikit-learn's datasets/images/README.txt (china, "
            "flower); no formal licence, from the Middlebury stereo data of 2014 (motorcycle_left)"
        ),
        note=(
            f"Not {title}: square crops of the ten colour photos in scikit-image and "
            f"scikit-learn, resized to {sides} pixels, whose classes are the subjects of the "
            f"photos. Of {stripes} vertical stripes of each, every third is for the test images, "
            "so that no pixel is in both parts."
        ),
    )


CIFAR10_STAND_IN = _embedded("CIFAR-10", cifar10_stand_in, "32x32", "nine")
PETS_STAND_IN = _embedded("pets", pets_stand_in, "96 to 160", "six")

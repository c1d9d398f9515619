"""The ten colour photographs that scikit-image and scikit-learn contain, and squares cut from them.

The squares stand in for CIFAR-10 and for the pets, with the subject of the photograph as class.
"""

from collections.abc import Iterator
from typing import Literal, NamedTuple

import numpy as np
from PIL import Image

from foolproof.assets.packaged import PackagedFile

PACKAGES = ("scikit-image", "scikit-learn")
LICENCE = (
    "public domain or CC0 (astronaut, chelsea, coffee, hubble_deep_field, ihc, retina, rocket); "
    "CC BY 2.0, credits in scikit-learn's datasets/images/README.txt (china, flower); "
    "no formal licence, from the Middlebury stereo data of 2014 (motorcycle_left)"
)

Part = Literal["train", "test"]


class Photograph(NamedTuple):
    """A photograph, by its subject and the packaged file that holds it."""

    subject: str
    file: PackagedFile


PHOTOGRAPHS = (
    Photograph(
        "astronaut",
        PackagedFile(
            "scikit-image",
            "skimage/data/astronaut.png",
            "88431cd9653ccd539741b555fb0a46b61558b301d4110412b5bc28b5e3ea6cb5",
        ),
    ),
    Photograph(
        "cat",
        PackagedFile(
            "scikit-image",
            "skimage/data/chelsea.png",
            "596aa1e7cb875eb79f437e310381d26b338a81c2da23439704a73c4651e8c4bb",
        ),
    ),
    Photograph(
        "coffee",
        PackagedFile(
            "scikit-image",
            "skimage/data/coffee.png",
            "cc02f8ca188b167c775a7101b5d767d1e71792cf762c33d6fa15a4599b5a8de7",
        ),
    ),
    Photograph(
        "flower",
        PackagedFile(
            "scikit-learn",
            "sklearn/datasets/images/flower.jpg",
            "a77f6ec41e353afdf8bdff2ea981b2955535d8d83294f8cfa49cf4e423dd5638",
        ),
    ),
    Photograph(
        "galaxies",
        PackagedFile(
            "scikit-image",
            "skimage/data/hubble_deep_field.jpg",
            "3a19c5dd8a927a9334bb1229a6d63711b1c0c767fb27e2286e7c84a3e2c2f5f4",
        ),
    ),
    Photograph(
        "motorcycle",
        PackagedFile(
            "scikit-image",
            "skimage/data/motorcycle_left.png",
            "db18e9c4157617403c3537a6ba355dfeafe9a7eabb6b9b94cb33f6525dd49179",
        ),
    ),
    Photograph(
        "retina",
        PackagedFile(
            "scikit-image",
            "skimage/data/retina.jpg",
            "38a07f36f27f095e818aea7b96d34202c05176d30253c66733f2e00379e9e0e6",
        ),
    ),
    Photograph(
        "rocket",
        PackagedFile(
            "scikit-image",
            "skimage/data/rocket.jpg",
            "c2dd0de7c538df8d111e479619b129464d0269d0ae5fd18ca91d33a7fdfea95c",
        ),
    ),
    Photograph(
        "temple",
        PackagedFile(
            "scikit-learn",
            "sklearn/datasets/images/china.jpg",
            "8378025ad2519d649d02e32bd98990db4ab572357d9f09841c2fbfbb4fefad29",
        ),
    ),
    Photograph(
        "tissue",
        PackagedFile(
            "scikit-image",
            "skimage/data/ihc.png",
            "f8dd1aa387ddd1f49d8ad13b50921b237df8e9b262606d258770687b0ef93cef",
        ),
    ),
)
SUBJECTS = tuple(photograph.subject for photograph in PHOTOGRAPHS)


def cut_squares(
    part: Part, stripes: int, number: int, random: np.random.Generator
) -> Iterator[tuple[int, Image.Image]]:
    """Cut random squares out of one part of each photograph in turn.

    Args:
        part: where to cut, see `pieces`.
        stripes: how many stripes to divide a photograph into. A square has at least two thirds of
            a stripe's width as its side, and at most all of it.
        number: how many squares of each photograph.
        random: gives sides and places.

    Yields:
        The photograph's index, and the square in the photograph's own resolution.
    """
    for index, photograph in enumerate(PHOTOGRAPHS):
        with Image.open(photograph.file.path()) as whole:
            cut = pieces(whole, part, stripes)
            widest = whole.width // stripes
        for square in range(number):
            side = int(random.integers(2 * widest // 3, widest, endpoint=True))
            yield index, random_cut(cut[square % len(cut)], side, side, random)


def pieces(whole: Image.Image, part: Part, stripes: int) -> list[Image.Image]:
    """Divide a picture into vertical stripes, of which every third is for testing.

    Its left and its right, or its middle and its sides, would show different things.

    Args:
        whole: the picture.
        part: which pieces to give.
        stripes: how many of equal width, a multiple of three.

    Returns:
        The single stripes for testing, or the pairs of adjacent stripes for training.
    """
    edges = [round(whole.width * stripe / stripes) for stripe in range(stripes + 1)]
    lefts, rights = (edges[0::3], edges[2::3]) if part == "train" else (edges[2::3], edges[3::3])
    spans = zip(lefts, rights, strict=False)
    return [whole.crop((left, 0, right, whole.height)) for left, right in spans]


def random_cut(
    whole: Image.Image, width: int, height: int, random: np.random.Generator
) -> Image.Image:
    """Cut a rectangle of this size, or less where the picture is smaller, at a random place."""
    width, height = min(width, whole.width), min(height, whole.height)
    left = int(random.integers(whole.width - width, endpoint=True))
    top = int(random.integers(whole.height - height, endpoint=True))
    return whole.crop((left, top, left + width, top + height))

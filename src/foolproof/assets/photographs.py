"""The ten colour photographs that scikit-image and scikit-learn contain, and squares cut from them.

They stand in for photographs of ImageNet objects, and their squares for CIFAR-10 and for the pets,
with the subject of the photograph as class.
"""

from collections.abc import Iterator, Sequence
from importlib.metadata import distribution
from pathlib import Path
from typing import Literal, NamedTuple

import numpy as np
from PIL import Image

PACKAGES = ("scikit-image", "scikit-learn")
LICENCE = (
    "public domain or CC0 (astronaut, chelsea, coffee, hubble_deep_field, ihc, retina, rocket); "
    "CC BY 2.0, credits in scikit-learn's datasets/images/README.txt (china, flower); "
    "no formal licence, from the Middlebury stereo data of 2014 (motorcycle_left)"
)

Part = Literal["train", "test"]


class Photograph(NamedTuple):
    """A photograph, by its subject, the package that contains it and its place in there."""

    subject: str
    package: str
    place: str

    @property
    def path(self) -> Path:
        """The file, found without importing the package, which takes a second."""
        return Path(str(distribution(self.package).locate_file(self.place)))


PHOTOGRAPHS = (
    Photograph("astronaut", "scikit-image", "skimage/data/astronaut.png"),
    Photograph("cat", "scikit-image", "skimage/data/chelsea.png"),
    Photograph("coffee", "scikit-image", "skimage/data/coffee.png"),
    Photograph("flower", "scikit-learn", "sklearn/datasets/images/flower.jpg"),
    Photograph("galaxies", "scikit-image", "skimage/data/hubble_deep_field.jpg"),
    Photograph("motorcycle", "scikit-image", "skimage/data/motorcycle_left.png"),
    Photograph("retina", "scikit-image", "skimage/data/retina.jpg"),
    Photograph("rocket", "scikit-image", "skimage/data/rocket.jpg"),
    Photograph("temple", "scikit-learn", "sklearn/datasets/images/china.jpg"),
    Photograph("tissue", "scikit-image", "skimage/data/ihc.png"),
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
        with Image.open(photograph.path) as whole:
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


def join(parts: Sequence[Image.Image]) -> Image.Image:
    """Put pictures of one height side by side."""
    joined = Image.new("RGB", (sum(part.width for part in parts), parts[0].height))
    left = 0
    for part in parts:
        joined.paste(part, (left, 0))
        left += part.width
    return joined


def random_cut(
    whole: Image.Image, width: int, height: int, random: np.random.Generator
) -> Image.Image:
    """Cut a rectangle of this size, or less where the picture is smaller, at a random place."""
    width, height = min(width, whole.width), min(height, whole.height)
    left = int(random.integers(whole.width - width, endpoint=True))
    top = int(random.integers(whole.height - height, endpoint=True))
    return whole.crop((left, top, left + width, top + height))

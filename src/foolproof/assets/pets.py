"""Oxford-IIIT Pets: photographs of cats and dogs of 37 breeds (Parkhi et al., 2012)."""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path, PurePosixPath
from typing import NamedTuple

import numpy as np

from foolproof.assets.archive import read_archive
from foolproof.assets.declaration import Arrays, Asset, Mirrored, Official, count_labels
from foolproof.assets.encoded_images import pack_images
from foolproof.assets.errors import AssetError
from foolproof.assets.stand_ins import PETS_STAND_IN

_BREEDS = 37
_IMAGES, _ANNOTATIONS = "images.tar.gz", "annotations.tar.gz"
_TRAIN, _TEST = "trainval.txt", "test.txt"
_LINE = re.compile(r"(?P<name>(?P<breed>\w+)_\d+) (?P<id>\d+) \d+ \d+")


class _Pet(NamedTuple):
    breed: str
    label: int
    train: bool


def pet_arrays(files: Mapping[str, Path]) -> Arrays:
    """Pack the photos of both splits, in the order of their archive.

    Args:
        files: the two archives in the official layout, `images/<breed>_<number>.jpg` and
            `annotations/{trainval,test}.txt`; photos in no split are omitted.

    Returns:
        The packed images (see `pack_images`); `labels` int64 (N,), indices into `classes`, the
        names of the breeds; `train` bool (N,), whether in trainval.

    Raises:
        AssetError: naming the archive and the file or line that is invalid.
    """
    pets = _read_splits(files[_ANNOTATIONS])
    classes = _classes(pets)
    images = pack_images(_images_of(files[_IMAGES], pets))
    found = [PurePosixPath(name).stem for name in images["names"]]
    if missing := sorted(pets.keys() - set(found)):
        raise AssetError(f"{_IMAGES}: lacks images/{missing[0]}.jpg, which the splits name")
    return images | {
        "labels": np.array([pets[name].label for name in found], np.int64),
        "train": np.array([pets[name].train for name in found], np.bool_),
        "classes": np.array(classes),
    }


def _read_splits(path: Path) -> dict[str, _Pet]:
    """Read the photos of both splits, by name without suffix."""
    texts = {PurePosixPath(name).name: content for name, content in read_archive(path)}
    pets: dict[str, _Pet] = {}
    for split in (_TRAIN, _TEST):
        if split not in texts:
            raise AssetError(f"{_ANNOTATIONS}: lacks annotations/{split}")
        lines = texts[split].decode("utf-8-sig", "replace").splitlines()
        for number, line in enumerate(lines, start=1):
            if line.startswith("#"):
                continue
            parsed = _LINE.fullmatch(line.strip())
            if parsed is None or not 1 <= int(parsed["id"]) <= _BREEDS:
                raise AssetError(
                    f"{_ANNOTATIONS}: line {number} of {split}: expected a name, a class id from "
                    f"1 to {_BREEDS}, a species and a breed id, found {line!r}"
                )
            if parsed["name"] in pets:
                raise AssetError(f"{_ANNOTATIONS}: the splits name {parsed['name']} twice")
            breed = parsed["breed"].replace("_", " ")
            pets[parsed["name"]] = _Pet(breed, int(parsed["id"]) - 1, split == _TRAIN)
    return pets


def _classes(pets: Mapping[str, _Pet]) -> list[str]:
    """List the breeds by class id, and check that the relation is one to one."""
    classes: list[str] = []
    for label, breed in sorted({(pet.label, pet.breed) for pet in pets.values()}):
        if label != len(classes) or breed in classes:
            raise AssetError(
                f"{_ANNOTATIONS}: expected class ids from 1 on, each for one breed, "
                f"found {label + 1} for {breed} after {len(classes)}"
            )
        classes.append(breed)
    return classes


def _images_of(path: Path, pets: Mapping[str, _Pet]) -> Iterator[tuple[str, bytes]]:
    for member, content in read_archive(path):
        name = PurePosixPath(member)
        if name.suffix.lower() == ".jpg" and name.stem in pets:
            yield name.name, content


PETS = Asset(
    name="pets",
    mirrored=Mirrored(files=(_IMAGES, _ANNOTATIONS), convert=pet_arrays),
    official=Official(
        hosts=(
            "https://www.robots.ox.ac.uk/~vgg/data/pets/data/",
            "https://thor.robots.ox.ac.uk/datasets/pets/",
        ),
        # First host and checksums of torchvision.datasets.OxfordIIITPet; a test compares them.
        files={
            _IMAGES: "md5:5c4f3ee8e5d25df40f4fd59a7f44e54c",
            _ANNOTATIONS: "md5:95a8c909bbe2e81eed6a22bccdf3f68f",
        },
        convert=pet_arrays,
        licence="CC BY-SA 4.0",
        note="The photographs of the official splits, trainval and test.",
    ),
    embedded=PETS_STAND_IN,
    count_items=count_labels,
)

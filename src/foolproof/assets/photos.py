"""Photographs of single objects, each with the name of its ImageNet class."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np

from foolproof.assets.declaration import Arrays, Asset, Embedded, Mirrored
from foolproof.assets.errors import AssetError
from foolproof.assets.photographs import LICENCE, PACKAGES, PHOTOGRAPHS
from foolproof.assets.pictures import pack_pictures
from foolproof.files import read_csv

_LABELS = "labels.csv"


def photo_arrays(files: Mapping[str, Path]) -> Arrays:
    """Pack the photographs that `labels.csv` names, in its order.

    Args:
        files: `labels.csv`, with columns `file` and `imagenet_class`, and the photographs.

    Returns:
        The packed pictures (see `pack_pictures`) and `labels` unicode (N,), the classes in words.

    Raises:
        AssetError: naming a photograph that is missing or no picture, or what labels.csv lacks.
    """
    rows = read_csv(files[_LABELS])
    if not rows or not {"file", "imagenet_class"} <= rows[0].keys():
        raise AssetError(f"{_LABELS}: expected rows with the columns file and imagenet_class")
    if missing := [row["file"] for row in rows if row["file"] not in files]:
        raise AssetError(f"{_LABELS} names {missing[0]}, but there is no such photograph")
    pictures = ((row["file"], files[row["file"]].read_bytes()) for row in rows)
    labels = np.array([row["imagenet_class"] for row in rows], np.str_)
    return pack_pictures(pictures) | {"labels": labels}


def _embedded_photographs() -> Arrays:
    pictures = ((photo.path.name, photo.path.read_bytes()) for photo in PHOTOGRAPHS)
    labels = np.array([photo.subject for photo in PHOTOGRAPHS], np.str_)
    return pack_pictures(pictures) | {"labels": labels}


def _count_photographs(arrays: Arrays) -> int:
    return len(arrays["names"])


PHOTOS = Asset(
    name="photos",
    mirrored=Mirrored(files=(_LABELS,), convert=photo_arrays),
    official=None,
    embedded=Embedded(
        packages=PACKAGES,
        subject="ten photographs in scikit-image and scikit-learn",
        make=_embedded_photographs,
        licence=LICENCE,
        note=(
            "The ten colour photographs in scikit-image and scikit-learn, whose classes are their "
            "subjects, not classes of ImageNet."
        ),
    ),
    count_items=_count_photographs,
    digests={},
)

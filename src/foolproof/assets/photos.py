"""Photographs of single objects, with the names of their ImageNet classes where they are known."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np

from foolproof.assets.declaration import Arrays, Asset, Embedded, Mirrored
from foolproof.assets.errors import AssetError
from foolproof.assets.imagenet_photos import (
    LABELLED_PACKAGE,
    everyday_photographs,
    labelled_photographs,
)
from foolproof.assets.pictures import pack_pictures
from foolproof.core.files import read_csv

_LABELS = "labels.csv"

# Of a photograph whose class nobody knows.
NO_LABEL = ""


def photo_arrays(files: Mapping[str, Path]) -> Arrays:
    """Pack the photographs that `labels.csv` names, in its order.

    Args:
        files: `labels.csv`, with columns `file` and `imagenet_class`, and the photographs.

    Returns:
        The packed pictures (see `pack_pictures`) and `labels` unicode (N,), the classes in words,
        empty where none is given.

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
    # Importing torchvision, which has the names of the classes, takes seconds.
    from foolproof.assets.networks import imagenet_classes  # noqa: PLC0415

    classes = imagenet_classes()
    labelled = {file: classes[index] for file, index in labelled_photographs().items()}
    labels = labelled | dict.fromkeys(everyday_photographs(), NO_LABEL)
    pictures = ((file.name, file.path().read_bytes()) for file in labels)
    return pack_pictures(pictures) | {"labels": np.array([*labels.values()], np.str_)}


def _count_photographs(arrays: Arrays) -> int:
    return len(arrays["names"])


PHOTOS = Asset(
    name="photos",
    mirrored=Mirrored(files=(_LABELS,), convert=photo_arrays),
    official=None,
    embedded=Embedded(
        packages=(LABELLED_PACKAGE, "scikit-image"),
        subject="photographs (20 in foolbox, 5 in scikit-image)",
        kind="complete",
        make=_embedded_photographs,
        licence=(
            "foolbox: its 20 ImageNet photographs for research, their rights with the "
            "photographers; scikit-image: public domain or CC0 (astronaut, chelsea, coffee, "
            "rocket), no formal licence (motorcycle_left, from the Middlebury stereo data of 2014)"
        ),
        note=(
            "The 20 ImageNet photographs in foolbox with their classes, and five photographs in "
            "scikit-image of which no class is known."
        ),
    ),
    count_items=_count_photographs,
    digests={},
)

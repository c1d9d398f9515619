"""Photos of single objects, with the names of their ImageNet classes where known."""

from collections import Counter
from collections.abc import Mapping
from difflib import get_close_matches
from pathlib import Path, PureWindowsPath

import numpy as np

from foolproof.assets.declaration import Arrays, Asset, Embedded, Mirrored, count_labels
from foolproof.assets.encoded_images import pack_images
from foolproof.assets.errors import AssetError
from foolproof.assets.packaged import COLOUR_PHOTOS, IMAGENET_PHOTOS
from foolproof.assets.written import read_table

_LABELS = "labels.csv"

# The label of a photo of unknown class.
NO_LABEL = ""

# The colour photos of everyday objects; their ImageNet classes are unknown.
_UNLABELLED = ("astronaut", "cat", "coffee", "motorcycle", "rocket")


def photo_arrays(files: Mapping[str, Path]) -> Arrays:
    """Pack the photos of `labels.csv`, in its order.

    Args:
        files: `labels.csv`, with columns `file` and `imagenet_class`, see `read_table`, and the
            photos.

    Returns:
        The packed images (see `pack_images`) and `labels` unicode (N,), the names of the classes,
        empty where unknown.

    Raises:
        AssetError: naming a photo that is missing, invalid or there twice, or what labels.csv
            lacks.
    """
    rows = read_table(files[_LABELS].read_bytes(), _LABELS, ("file", "imagenet_class"))
    # Of a path, whichever way its slashes lean, the name.
    names = [PureWindowsPath(row["file"]).name for row in rows]
    if missing := [name for name in names if name not in files]:
        nearest = ", ".join(get_close_matches(missing[0], files, n=3)) or "none is similar"
        raise AssetError(
            f"{_LABELS} names {missing[0]!r}, but there is no such photo; the nearest: {nearest}"
        )
    if twice := [name for name, count in Counter(names).items() if count > 1]:
        raise AssetError(f"{_LABELS} names {twice[0]!r} twice")
    images = ((name, files[name].read_bytes()) for name in names)
    labels = np.array([row["imagenet_class"] for row in rows], np.str_)
    return pack_images(images) | {"labels": labels}


def _packaged_photos() -> Arrays:
    # Imported lazily: torchvision, which has the names of the classes, takes seconds to import.
    from foolproof.assets.torchvision_networks import imagenet_classes  # noqa: PLC0415

    classes = imagenet_classes()
    labels = {file: classes[index] for file, index in IMAGENET_PHOTOS.items()}
    labels |= {COLOUR_PHOTOS[subject]: NO_LABEL for subject in _UNLABELLED}
    images = ((file.name, file.path().read_bytes()) for file in labels)
    return pack_images(images) | {"labels": np.array([*labels.values()], np.str_)}


PHOTOS = Asset(
    name="photos",
    mirrored=Mirrored(files=(_LABELS,), convert=photo_arrays),
    embedded=Embedded(
        packages=("foolbox", "scikit-image"),
        subject="photographs (20 in foolbox, 5 in scikit-image)",
        kind="complete",
        make=_packaged_photos,
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
    count_items=count_labels,
)

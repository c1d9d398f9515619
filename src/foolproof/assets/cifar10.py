"""CIFAR-10: 60,000 colour images of 32x32 pixels in ten classes (Krizhevsky, 2009)."""

from collections.abc import Mapping, Sequence
from pathlib import Path, PurePosixPath
from typing import Any

import numpy as np
from numpy.typing import NDArray

from foolproof.assets.archive import read_archive
from foolproof.assets.declaration import Arrays, Asset, Mirrored, Official, count_labels
from foolproof.assets.encoded_images import decode_image
from foolproof.assets.errors import AssetError
from foolproof.assets.restricted_pickle import load_restricted_pickle
from foolproof.assets.stand_ins import CIFAR10_STAND_IN

_SIDE = 32
_JPEGS = "cifar10-jpeg.tar.xz"
_BATCHES = "cifar-10-python.tar.gz"


def cifar10_of_images(files: Mapping[str, Path]) -> Arrays:
    """Read CIFAR-10 from an archive of images, `{train,test}/<class>/<name>.jpg`.

    Returns:
        `train_images` and `test_images` (N, 32, 32, 3) RGB, `train_labels` and `test_labels` (N,),
        all uint8 and in the order of the paths; `classes`, in alphabetical order, which is the
        official order.

    Raises:
        AssetError: naming the archive or the image in it that is invalid.
    """
    images = {
        PurePosixPath(name): content
        for name, content in read_archive(files[_JPEGS])
        if name.endswith(".jpg")
    }
    classes = sorted({path.parent.name for path in images})
    arrays: Arrays = {}
    for part in ("train", "test"):
        paths = sorted(path for path in images if path.parts[0] == part)
        if not paths:
            raise AssetError(f"{_JPEGS}: expected images {part}/<class>/<name>.jpg")
        arrays[f"{part}_images"] = np.stack([_decode(path, images[path]) for path in paths])
        labels = [classes.index(path.parent.name) for path in paths]
        arrays[f"{part}_labels"] = np.array(labels, np.uint8)
    return arrays | {"classes": np.array(classes)}


def _decode(path: PurePosixPath, content: bytes) -> NDArray[np.uint8]:
    image = decode_image(str(path), content)
    if image.shape[:2] != (_SIDE, _SIDE):
        raise AssetError(f"{path}: expected 32x32 pixels, found {image.shape[1]}x{image.shape[0]}")
    return image


def cifar10_of_batches(files: Mapping[str, Path]) -> Arrays:
    """Read CIFAR-10 from the official archive of pickled batches.

    Returns:
        The arrays of `cifar10_of_images`, with the images in the official order.

    Raises:
        AssetError: naming the archive and the batch in it that is invalid.
    """
    members = {PurePosixPath(name).name: data for name, data in read_archive(files[_BATCHES])}
    (classes,) = _entries(members, "batches.meta", ["label_names"])
    parts = {"train": [f"data_batch_{number}" for number in range(1, 6)], "test": ["test_batch"]}
    arrays: Arrays = {}
    for part, names in parts.items():
        batches = [_batch(members, name, len(classes)) for name in names]
        arrays[f"{part}_images"] = np.concatenate([images for images, _ in batches])
        arrays[f"{part}_labels"] = np.concatenate([labels for _, labels in batches])
    return arrays | {"classes": np.array(classes)}


def _batch(
    members: Mapping[str, bytes], name: str, classes: int
) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    rows, labels = map(np.asarray, _entries(members, name, ["data", "labels"]))
    if rows.dtype != np.uint8 or rows.shape[1:] != (3 * _SIDE**2,) or not len(rows):
        raise AssetError(
            f"{_BATCHES}: {name}: expected rows of 3072 bytes, found {rows.dtype} {rows.shape}"
        )
    if labels.shape != (len(rows),) or not np.isin(labels, np.arange(classes)).all():
        raise AssetError(f"{_BATCHES}: {name}: expected {len(rows)} labels from 0 to {classes - 1}")
    # A row has all red values, then all green ones, then all blue ones.
    return rows.reshape(-1, 3, _SIDE, _SIDE).transpose(0, 2, 3, 1), labels.astype(np.uint8)


def _entries(members: Mapping[str, bytes], name: str, keys: Sequence[str]) -> list[Any]:
    if name not in members:
        raise AssetError(f"{_BATCHES}: lacks {name}")
    content = load_restricted_pickle(f"{_BATCHES}: {name}", members[name])
    if not isinstance(content, dict) or not content.keys() >= set(keys):
        raise AssetError(f"{_BATCHES}: {name}: expected a dictionary with {' and '.join(keys)}")
    return [content[key] for key in keys]


CIFAR10 = Asset(
    name="cifar10",
    mirrored=Mirrored(files=(_JPEGS,), convert=cifar10_of_images),
    official=Official(
        hosts=("https://www.cs.toronto.edu/~kriz/",),
        # URL and checksum of torchvision.datasets.CIFAR10; a test compares them.
        files={_BATCHES: "md5:c58f30108f718f92721af3b95e74349a"},
        convert=cifar10_of_batches,
        licence="no formal licence; cite Krizhevsky, Learning Multiple Layers of Features, 2009",
        note="The official CIFAR-10 of pickled batches.",
    ),
    embedded=CIFAR10_STAND_IN,
    count_items=count_labels,
)

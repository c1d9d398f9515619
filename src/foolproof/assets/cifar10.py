"""CIFAR-10: 60,000 colour images of 32x32 pixels in ten classes (Krizhevsky, 2009)."""

from collections.abc import Mapping, Sequence
from pathlib import Path, PurePosixPath
from typing import Any

import numpy as np
from numpy.typing import NDArray

from foolproof.assets.archive import read_archive
from foolproof.assets.crops import squares_like_cifar10
from foolproof.assets.declaration import Arrays, Asset, Embedded, Mirrored, Official
from foolproof.assets.errors import AssetError
from foolproof.assets.photographs import LICENCE, PACKAGES
from foolproof.assets.pictures import decode_picture
from foolproof.assets.plain_pickle import load_plain_pickle

_SIDE = 32
_PICTURES = "cifar10-jpeg.tar.xz"
_BATCHES = "cifar-10-python.tar.gz"


def cifar10_of_pictures(files: Mapping[str, Path]) -> Arrays:
    """Read CIFAR-10 from an archive of pictures, `{train,test}/<class>/<name>.jpg`.

    Returns:
        `train_images` and `test_images` (N, 32, 32, 3) RGB, `train_labels` and `test_labels` (N,),
        all uint8 and in the order of the paths; `classes`, their names in alphabetical order,
        which is the official one too.

    Raises:
        AssetError: naming the archive, or the picture in it, that is not as it should be.
    """
    pictures = {
        PurePosixPath(name): content
        for name, content in read_archive(files[_PICTURES])
        if name.endswith(".jpg")
    }
    classes = sorted({path.parent.name for path in pictures})
    arrays: Arrays = {}
    for part in ("train", "test"):
        paths = sorted(path for path in pictures if path.parts[0] == part)
        if not paths:
            raise AssetError(f"{_PICTURES}: expected pictures {part}/<class>/<name>.jpg")
        arrays[f"{part}_images"] = np.stack([_decode(path, pictures[path]) for path in paths])
        labels = [classes.index(path.parent.name) for path in paths]
        arrays[f"{part}_labels"] = np.array(labels, np.uint8)
    return arrays | {"classes": np.array(classes)}


def _decode(path: PurePosixPath, content: bytes) -> NDArray[np.uint8]:
    image = decode_picture(str(path), content)
    if image.shape[:2] != (_SIDE, _SIDE):
        raise AssetError(f"{path}: expected 32x32 pixels, found {image.shape[1]}x{image.shape[0]}")
    return image


def cifar10_of_batches(files: Mapping[str, Path]) -> Arrays:
    """Read CIFAR-10 from the official archive of pickled batches.

    Returns:
        What `cifar10_of_pictures` gives, but the images in the official order.

    Raises:
        AssetError: naming the archive, and the batch in it, that is not as it should be.
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
    # The official rows are all red, then all green, then all blue.
    return rows.reshape(-1, 3, _SIDE, _SIDE).transpose(0, 2, 3, 1), labels.astype(np.uint8)


def _entries(members: Mapping[str, bytes], name: str, keys: Sequence[str]) -> list[Any]:
    if name not in members:
        raise AssetError(f"{_BATCHES}: lacks {name}")
    content = load_plain_pickle(f"{_BATCHES}: {name}", members[name])
    if not isinstance(content, dict) or not content.keys() >= set(keys):
        raise AssetError(f"{_BATCHES}: {name}: expected a dictionary with {' and '.join(keys)}")
    return [content[key] for key in keys]


def _count_images(arrays: Arrays) -> int:
    return len(arrays["train_images"]) + len(arrays["test_images"])


CIFAR10 = Asset(
    name="cifar10",
    mirrored=Mirrored(files=(_PICTURES,), convert=cifar10_of_pictures),
    official=Official(
        hosts=("https://www.cs.toronto.edu/~kriz/",),
        # URL and checksum are those of torchvision.datasets.CIFAR10; a test compares them.
        files={_BATCHES: "md5:c58f30108f718f92721af3b95e74349a"},
        convert=cifar10_of_batches,
        licence="no formal licence; cite Krizhevsky, Learning Multiple Layers of Features, 2009",
        note="The official CIFAR-10 of pickled batches.",
    ),
    embedded=Embedded(
        packages=PACKAGES,
        subject="stand-in (squares of ten photographs in scikit-image and scikit-learn)",
        kind="stand-in",
        make=squares_like_cifar10,
        licence=LICENCE,
        note=(
            "Not CIFAR-10: squares of the ten colour photographs in scikit-image and scikit-learn, "
            "brought to 32x32 pixels, whose classes are the subjects of the photographs. Of nine "
            "vertical stripes of each, every third is for the test images, so that no pixel is "
            "in both parts."
        ),
    ),
    count_items=_count_images,
    digests={},
)

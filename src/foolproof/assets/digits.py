"""Scikit-learn's handwritten digits, made to look like MNIST's."""

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage
from sklearn.datasets import load_digits

from foolproof.assets.declaration import Arrays

_CANVAS = 28  # MNIST's images ...
_BOX = 20  # ... and the box in which its digits fit
_CENTRE = 14  # the pixel at which MNIST puts a digit's centre of mass
_FULL_INK = 16
_TEST_EVERY = 5


def handwritten_digits() -> Arrays:
    """Make a small data set in MNIST's format of the 1,797 digits that scikit-learn contains.

    Every fifth digit of each class is a test image; the split is the same each time.

    Returns:
        `train_images` (1442, 28, 28) and `test_images` (355, 28, 28), white ink (255) on black (0),
        `train_labels` (1442,) and `test_labels` (355,), the digits 0 to 9, all uint8.
    """
    digits = load_digits()
    images = np.stack([_like_mnist(image / _FULL_INK) for image in digits.images])
    labels = digits.target.astype(np.uint8)
    test = _every_nth_of_a_class(labels, _TEST_EVERY)
    return {
        "train_images": images[~test],
        "train_labels": labels[~test],
        "test_images": images[test],
        "test_labels": labels[test],
    }


def _like_mnist(digit: NDArray[np.float64]) -> NDArray[np.uint8]:
    """Enlarge an 8x8 digit in [0, 1] to MNIST's 20x20 box and centre it by mass in 28x28."""
    smooth = ndimage.zoom(digit, _BOX / len(digit), order=3, mode="grid-constant", grid_mode=True)
    # Enlarging makes the pen's edge several pixels wide; twice the contrast makes it MNIST's one.
    ink = np.clip(2 * smooth - 0.5, 0, 1)
    centre = np.array(ndimage.center_of_mass(ink))
    top, left = np.clip(np.rint(_CENTRE - centre), 0, _CANVAS - _BOX).astype(int)
    canvas = np.zeros((_CANVAS, _CANVAS), np.uint8)
    canvas[top : top + _BOX, left : left + _BOX] = np.rint(255 * ink)
    return canvas


def _every_nth_of_a_class(labels: NDArray[np.uint8], n: int) -> NDArray[np.bool_]:
    """Mark the n-th, 2n-th, ... item of each class."""
    marked = np.zeros(len(labels), np.bool_)
    for label in np.unique(labels):
        marked[np.flatnonzero(labels == label)[n - 1 :: n]] = True
    return marked

"""The stand-in for MNIST: in MNIST's format, and like MNIST to look at."""

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import ndimage
from sklearn.datasets import load_digits

from foolproof.assets.digits import handwritten_digits
from foolproof.assets.idx import read_idx

Arrays = dict[str, NDArray[np.uint8]]


@pytest.fixture(scope="module")
def digits() -> Arrays:
    return handwritten_digits()


def test_has_the_format_of_mnist(digits: Arrays) -> None:
    assert {name: array.shape for name, array in digits.items()} == {
        "train_images": (1442, 28, 28),
        "train_labels": (1442,),
        "test_images": (355, 28, 28),
        "test_labels": (355,),
    }
    assert all(array.dtype == np.uint8 for array in digits.values())


def test_the_split_has_every_class_in_proportion(digits: Arrays) -> None:
    train, test = (np.bincount(digits[f"{part}_labels"]) for part in ("train", "test"))
    np.testing.assert_array_equal(train + test, np.bincount(load_digits().target))
    np.testing.assert_array_equal(test, (train + test) // 5)


def test_no_image_is_in_both_parts(digits: Arrays) -> None:
    train, test = ({i.tobytes() for i in digits[f"{p}_images"]} for p in ("train", "test"))
    assert not train & test


def test_is_the_same_each_time(digits: Arrays) -> None:
    for name, array in handwritten_digits().items():
        np.testing.assert_array_equal(array, digits[name])


@pytest.mark.parametrize("part", ["train", "test"])
def test_each_digit_is_centred_like_those_of_mnist(digits: Arrays, part: str) -> None:
    """The centre of mass is within half a pixel of (14, 14), the ink within a box of 20x20."""
    for image in digits[f"{part}_images"]:
        assert np.abs(np.array(ndimage.center_of_mass(image)) - 14).max() < 0.51
        rows, columns = image.any(1).nonzero()[0], image.any(0).nonzero()[0]
        assert np.ptp(rows) < 20
        assert np.ptp(columns) < 20


def test_ink_is_like_that_of_mnist(digits: Arrays, real_mirror: Path) -> None:
    """White strokes with a thin grey edge on black, about as much of each as in MNIST."""
    mnist = read_idx(real_mirror / "mnist/t10k-images-idx3-ubyte.gz", dimensions=3)
    ours = digits["train_images"]
    assert abs(ours.mean() - mnist.mean()) < 10
    for low, high in ((0, 0), (1, 250), (251, 255)):
        shares = [((images >= low) & (images <= high)).mean() for images in (ours, mnist)]
        assert abs(shares[0] - shares[1]) < 0.05

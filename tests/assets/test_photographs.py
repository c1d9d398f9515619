"""The ten photographs come with the packages, and their parts share no pixel."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from foolproof.assets.photographs import (
    PACKAGES,
    PHOTOGRAPHS,
    SUBJECTS,
    Part,
    cut_squares,
    pieces,
    random_cut,
)


def numbered(width: int, height: int) -> Image.Image:
    """A picture whose every pixel has a value of its own."""
    values = np.arange(width * height, dtype=np.uint32).reshape(height, width)
    return Image.fromarray(values.view(np.uint8).reshape(height, width, 4)[..., :3].copy())


def values(*pictures: Image.Image) -> set[bytes]:
    return {pixel.tobytes() for p in pictures for pixel in np.asarray(p).reshape(-1, 3)}


def test_all_are_in_the_packages_themselves() -> None:
    """Others of scikit-image's pictures are downloaded when they are asked for."""
    for photograph in PHOTOGRAPHS:
        assert photograph.file.package in PACKAGES
        with Image.open(photograph.file.path()) as picture:
            assert picture.mode == "RGB"
            assert min(picture.size) >= 300
    assert len(set(SUBJECTS)) == 10
    assert list(SUBJECTS) == sorted(SUBJECTS)


@given(st.integers(20, 60), st.integers(1, 4), st.sampled_from([3, 6, 9]))
def test_the_parts_are_all_of_a_picture_and_share_nothing(
    width: int, height: int, stripes: int
) -> None:
    whole = numbered(width, height)
    train, test = pieces(whole, "train", stripes), pieces(whole, "test", stripes)
    assert len(train) == len(test) == stripes // 3
    assert values(*train) | values(*test) == values(whole)
    assert not values(*train) & values(*test)
    assert abs(sum(piece.width for piece in test) - width / 3) <= stripes / 3


@given(st.integers(1, 12), st.integers(1, 12), st.integers(0, 99))
def test_a_cut_is_inside_and_as_large_as_can_be(width: int, height: int, seed: int) -> None:
    whole = numbered(7, 5)
    cut = random_cut(whole, width, height, np.random.default_rng(seed))
    assert cut.size == (min(width, 7), min(height, 5))
    assert values(cut) <= values(whole)
    assert len(values(cut)) == cut.width * cut.height


@pytest.mark.parametrize("part", ["train", "test"])
def test_squares_are_of_their_part_and_their_photograph(part: Part) -> None:
    squares = list(cut_squares(part, 9, 3, np.random.default_rng(0)))
    assert [index for index, _ in squares] == [index for index in range(10) for _ in range(3)]
    for index, square in squares:
        with Image.open(PHOTOGRAPHS[index].file.path()) as whole:
            stripe = whole.width // 9
            colours = values(*pieces(whole, part, 9))
        assert square.width == square.height
        assert 2 * stripe // 3 <= square.width <= stripe
        assert values(square) <= colours

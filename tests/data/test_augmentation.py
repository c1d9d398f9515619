"""Random augmentation of training images."""

import numpy as np
import torch
from hypothesis import given
from hypothesis import strategies as st

from foolproof.compute.seeds import new_generator
from foolproof.data.augmentation import augment, mirror, shift


def pictures(count: int) -> torch.Tensor:
    generator = new_generator(0)
    return torch.randint(0, 256, (count, 3, 6, 8), generator=generator, dtype=torch.uint8)


@given(st.integers(0, 5), st.integers(0, 100))
def test_shifted_images_are_windows_of_reflection_padded_ones(pixels: int, seed: int) -> None:
    images = pictures(4)
    borders = ((0, 0), (0, 0), (pixels, pixels), (pixels, pixels))
    padded = np.pad(images.numpy(), borders, mode="reflect")
    for image, around in zip(
        shift(images, pixels, new_generator(seed)).numpy(), padded, strict=True
    ):
        windows = [
            around[:, top : top + 6, left : left + 8]
            for top in range(2 * pixels + 1)
            for left in range(2 * pixels + 1)
        ]
        assert any(np.array_equal(image, window) for window in windows)


def test_shifts_are_uniform() -> None:
    ramp = torch.arange(36).view(1, 1, 6, 6).expand(9000, 1, 6, 6)
    centres = shift(ramp, 1, new_generator(0))[:, 0, 2, 2]
    values, counts = centres.unique(return_counts=True)
    assert values.tolist() == [7, 8, 9, 13, 14, 15, 19, 20, 21]
    assert (counts - 1000).abs().max() < 150


def test_about_half_of_the_images_are_mirrored() -> None:
    images = pictures(1000)
    changed = mirror(images, new_generator(0))
    same = (changed == images).flatten(1).all(1)
    flipped = (changed == images.flip(3)).flatten(1).all(1)
    assert (same | flipped).all()
    assert 430 < int(flipped.sum()) < 570


def test_augmentation_differs_between_calls_and_is_determined_by_the_generator() -> None:
    images = pictures(20)
    generator = new_generator(0)
    first, second = (augment(images, max_shift=2, flip=True, generator=generator) for _ in "12")
    assert not torch.equal(first, second)
    assert torch.equal(images, pictures(20))
    again = augment(images, max_shift=2, flip=True, generator=new_generator(0))
    assert torch.equal(again, first)
    shifted = shift(images, 2, generator := new_generator(0))
    assert torch.equal(first, mirror(shifted, generator))
    assert torch.equal(augment(images, max_shift=0, flip=False, generator=generator), images)

"""Random changes of training images."""

import numpy as np
import torch
from hypothesis import given
from hypothesis import strategies as st

from foolproof.compute.seeds import new_generator
from foolproof.data.augmentation import augmented, mirror, shift
from foolproof.data.datasets import Split
from foolproof.params.training import Augmentation


def pictures(count: int) -> torch.Tensor:
    generator = new_generator(0)
    return torch.randint(0, 256, (count, 3, 6, 8), generator=generator, dtype=torch.uint8)


@given(st.integers(0, 5), st.integers(0, 100))
def test_each_image_is_a_window_of_its_own_reflection(pixels: int, seed: int) -> None:
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


def test_every_shift_occurs_about_equally_often() -> None:
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


def test_a_split_is_changed_anew_whenever_it_is_taken_from_and_keeps_its_labels() -> None:
    split = Split(pictures(50), torch.arange(50))
    changed = augmented(split, Augmentation(shift=2, mirror=True), new_generator(0))
    rows = torch.arange(10, 30)
    first, second = changed.take(rows), changed.take(rows)
    assert first.labels.tolist() == second.labels.tolist() == rows.tolist()
    assert not torch.equal(first.images, second.images)
    assert torch.equal(changed.images, split.images)
    again = augmented(split, Augmentation(shift=2, mirror=True), new_generator(0)).take(rows)
    assert torch.equal(again.images, first.images)
    still = augmented(split, Augmentation(shift=0, mirror=False), new_generator(0)).take(rows)
    assert torch.equal(still.images, split.images[rows])

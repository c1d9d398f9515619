"""Random augmentation of training images."""

from itertools import pairwise

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from foolproof.compute.seeds import new_generator
from foolproof.data.augmentation import Augmentation, Mirror, shift


def pictures(count: int) -> Tensor:
    generator = new_generator(0)
    return torch.randint(0, 256, (count, 3, 6, 8), generator=generator, dtype=torch.uint8)


def augmentation(count: int, *, mirror: Mirror, max_shift: int = 0, seed: int = 0) -> Augmentation:
    generator = new_generator(seed)
    return Augmentation(count, max_shift=max_shift, mirror=mirror, generator=generator)


def mirrored(changed: Tensor, images: Tensor) -> Tensor:
    """Tell which images have been mirrored, (N,) bool; the others are as they were."""
    flipped = (changed == images.flip(3)).flatten(1).all(1)
    assert (flipped | (changed == images).flatten(1).all(1)).all()
    return flipped


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


@pytest.mark.parametrize("mirror", ["random", "alternating"])
def test_about_half_of_the_images_are_mirrored_in_each_epoch(mirror: Mirror) -> None:
    images, indices = pictures(1000), torch.arange(1000)
    augment = augmentation(1000, mirror=mirror)
    for epoch in range(3):
        assert 430 < int(mirrored(augment(images, indices, epoch), images).sum()) < 570


def test_random_mirroring_is_drawn_anew_for_each_batch() -> None:
    """Two successive epochs agree in about half of the images."""
    images, indices = pictures(1000), torch.arange(1000)
    augment = augmentation(1000, mirror="random")
    first, second = (mirrored(augment(images, indices, epoch), images) for epoch in (0, 1))
    assert 430 < int((first == second).sum()) < 570


def test_two_successive_epochs_hold_each_image_in_both_forms() -> None:
    images, indices = pictures(50), torch.arange(50)
    augment = augmentation(50, mirror="alternating")
    forms = [mirrored(augment(images, indices, epoch), images) for epoch in range(5)]
    for before, after in pairwise(forms):
        assert torch.equal(after, ~before)
    assert 10 < int(forms[0].sum()) < 40


def test_alternating_mirroring_belongs_to_the_image_and_not_to_its_place_in_the_batch() -> None:
    images = pictures(50)
    augment = augmentation(50, mirror="alternating")
    in_order = mirrored(augment(images, torch.arange(50), 0), images)
    order = torch.randperm(50, generator=new_generator(1))
    for indices in order.split(7):
        shuffled = augment(images[indices], indices, 0)
        assert torch.equal(mirrored(shuffled, images[indices]), in_order[indices])


def test_without_mirroring_and_shift_images_stay_as_they_are() -> None:
    images, indices = pictures(20), torch.arange(20)
    assert torch.equal(augmentation(20, mirror="none")(images, indices, 0), images)


def test_without_mirroring_images_are_shifted_only() -> None:
    images, indices = pictures(20), torch.arange(20)
    changed = augmentation(20, mirror="none", max_shift=2)(images, indices, 0)
    assert torch.equal(changed, shift(images, 2, new_generator(0)))


@pytest.mark.parametrize("mirror", ["random", "alternating"])
def test_mirrored_images_are_shifted_too(mirror: Mirror) -> None:
    images, indices = pictures(40), torch.arange(40)
    both = augmentation(40, mirror=mirror, max_shift=2)(images, indices, 0)
    generator = new_generator(0)
    if mirror == "alternating":  # whose coins are drawn before the first batch
        torch.rand(40, generator=generator)
    assert 5 < int(mirrored(both, shift(images, 2, generator)).sum()) < 35


@pytest.mark.parametrize("mirror", ["none", "random", "alternating"])
def test_augmentation_differs_between_calls_and_is_determined_by_the_generator(
    mirror: Mirror,
) -> None:
    images, indices = pictures(20), torch.arange(20)
    runs = []
    for seed in (0, 0, 1):
        augment = augmentation(20, mirror=mirror, max_shift=2, seed=seed)
        runs.append([augment(images, indices, epoch) for epoch in (0, 2)])
    (first, second), again, other = runs
    assert not torch.equal(first, second)
    assert torch.equal(torch.stack(again), torch.stack([first, second]))
    assert not torch.equal(other[0], first)
    assert torch.equal(images, pictures(20))
    assert first.dtype == images.dtype

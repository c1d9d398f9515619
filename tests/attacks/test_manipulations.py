"""Manipulations of pictures, and that they agree with the differentiable views."""

from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image

from foolproof.attacks.manipulations import (
    Manipulation,
    add_noise,
    blur,
    compress,
    crop,
    desaturate,
    graded,
    manipulate,
    mirror,
    rotate,
    unchanged,
)
from foolproof.figures.robustness import STRENGTHS
from foolproof.params.robustness import Strengths
from tests.optimize.test_transforms import SIDE, pixels_of, random_images, resampled


def smooth_picture() -> Image.Image:
    """A picture in which an 8-bit resampling is never far off."""
    x, y = np.meshgrid(np.linspace(0, 3, SIDE), np.linspace(0, 3, SIDE))
    waves = np.stack([np.sin(x), np.cos(y), np.sin(x + y)], 2)
    return Image.fromarray((127 + 100 * waves).round().astype(np.uint8))


@pytest.mark.parametrize(
    ("manipulation", "options"),
    [
        (mirror, {"mirrored": True}),
        (lambda picture: crop(picture, 0.7), {"share": 0.7}),
        (lambda picture: rotate(picture, 25), {"degrees": 25.0}),
        (lambda picture: rotate(mirror(picture), -25), {"degrees": 25.0, "mirrored": True}),
    ],
)
def test_manipulations_and_views_agree_on_directions(
    manipulation: Manipulation, options: dict[str, Any]
) -> None:
    picture = smooth_picture()
    found = pixels_of(manipulation(picture))
    expected = resampled(pixels_of(picture), **options)
    places = torch.arange(SIDE) - (SIDE - 1) / 2
    disc = places[:, None].square() + places.square() < (SIDE / 2 - 1) ** 2
    torch.testing.assert_close(found[..., disc], expected[..., disc], rtol=0, atol=2.5 / 255)
    assert (found - pixels_of(picture)).abs()[..., disc].max() > 20 / 255


def test_manipulations_of_zero_strength_change_nothing() -> None:
    picture = smooth_picture()
    for same in (
        mirror(mirror(picture)),
        crop(picture, 1.0),
        rotate(picture, 0),
        rotate(picture, 360),
        blur(picture, 0),
        add_noise(picture, 0, seed=1),
    ):
        assert np.array_equal(np.asarray(same), np.asarray(picture))


def test_manipulations_keep_the_size() -> None:
    picture = smooth_picture().resize((21, 14))
    strengths = {"rotation": 20, "crop": 0.6, "jpeg": 30, "blur": 1.5, "noise": 0.1}
    for name, manipulation in graded(0).items():
        changed = manipulation(strengths[name])(picture)
        assert changed.size == picture.size
        assert not np.array_equal(np.asarray(changed), np.asarray(picture))
    assert desaturate(picture).size == picture.size


def test_graded_manipulations_are_those_of_params_and_figure() -> None:
    assert list(graded(0)) == list(STRENGTHS) == list(Strengths.model_fields)


def test_jpeg_error_grows_with_lower_quality() -> None:
    picture = smooth_picture()
    losses = [
        (pixels_of(compress(picture, quality)) - pixels_of(picture)).square().mean().item()
        for quality in (100, 50, 5)
    ]
    assert losses == sorted(losses)
    assert losses[0] < (4 / 255) ** 2 < losses[2]


def test_noise_pattern_does_not_depend_on_its_strength() -> None:
    even = Image.fromarray(np.full((SIDE, SIDE, 3), 128, np.uint8))
    weak, strong = (
        np.asarray(add_noise(even, std, seed=3)).astype(int) - 128 for std in (0.02, 0.04)
    )
    assert np.abs(strong - 2 * weak).max() <= 2
    assert strong.std() == pytest.approx(0.04 * 255, rel=0.1)
    other = np.asarray(add_noise(even, 0.02, seed=4)).astype(int) - 128
    assert not np.array_equal(weak, other)


def test_manipulate_without_manipulation_only_rounds() -> None:
    images = random_images()
    rounded = manipulate(images, unchanged)
    assert rounded.shape == images.shape
    assert (rounded - images).abs().max() <= 0.5 / 255 + 1e-6
    assert torch.equal(manipulate(rounded, unchanged), rounded)
    assert torch.equal(manipulate(rounded, mirror), rounded.flip(3))
    grey = manipulate(rounded, desaturate)
    assert grey.shape == images.shape
    assert torch.equal(grey[:, 0], grey[:, 2])

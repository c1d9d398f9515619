"""What happens to pictures, against torchvision, Pillow and finite differences."""

from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image
from torch import Tensor
from torchvision.transforms import InterpolationMode
from torchvision.transforms import functional as reference

from foolproof.compute.seeds import new_generator
from foolproof.figures.robustness import STRENGTHS
from foolproof.networks.inference import to_pixels
from foolproof.optimize.transforms import (
    Manipulation,
    add_noise,
    blur,
    compress,
    crop,
    desaturate,
    gaussian_blur,
    graded,
    manipulate,
    mirror,
    random_views,
    resample,
    rotate,
    to_8_bit,
    to_grey,
    unchanged,
)
from foolproof.params.robustness import Strengths

SIDE = 16
NOTHING = {"mirror": 0.0, "crop": 1.0, "rotation": 0.0, "grey": 0.0, "blur": 0.0, "noise": 0.0}
VIEWS = {"mirror": 0.5, "crop": 0.7, "rotation": 30, "grey": 0.3, "blur": 0.5, "noise": 0.02}
BILINEAR = InterpolationMode.BILINEAR


def random_images(count: int = 4, side: int = SIDE) -> Tensor:
    return torch.rand(count, 3, side, side, generator=new_generator(0))


def smooth_picture() -> Image.Image:
    """A picture in which an 8-bit resampling is never far off."""
    x, y = np.meshgrid(np.linspace(0, 3, SIDE), np.linspace(0, 3, SIDE))
    waves = np.stack([np.sin(x), np.cos(y), np.sin(x + y)], 2)
    return Image.fromarray((127 + 100 * waves).round().astype(np.uint8))


def pixels_of(picture: Image.Image) -> Tensor:
    levels = np.array(picture.convert("RGB"))
    return to_pixels(torch.from_numpy(levels).permute(2, 0, 1)[None])


def look(images: Tensor, seed: int = 0, **changes: float) -> Tensor:
    return random_views(images, **{**NOTHING, **changes}, generator=new_generator(seed))


def resampled(images: Tensor, *, mirrored: bool = False, **options: float) -> Tensor:
    """Resample all images alike."""
    count = len(images)
    return resample(
        images,
        mirrored=torch.full((count,), mirrored),
        crops=torch.full((count,), options.get("share", 1.0)),
        angles=torch.full((count,), options.get("degrees", 0.0)),
    )


def test_without_any_change_a_view_is_the_image() -> None:
    torch.testing.assert_close(look(random_images()), random_images(), rtol=0, atol=1e-5)


def test_what_is_certain_happens_to_all_and_the_rest_by_chance() -> None:
    images = random_images(40)
    torch.testing.assert_close(look(images, mirror=1), images.flip(3), rtol=0, atol=1e-5)
    torch.testing.assert_close(look(images, grey=1), to_grey(images), rtol=0, atol=1e-5)
    for changes, other in (({"mirror": 0.5}, images.flip(3)), ({"grey": 0.5}, to_grey(images))):
        found = look(images, 0, **changes)
        changed, kept = (
            torch.isclose(found, each, atol=1e-5).flatten(1).all(1) for each in (other, images)
        )
        assert (changed ^ kept).all()
        assert 5 < changed.sum() < 35


def test_views_are_valid_pixels_that_the_generator_decides() -> None:
    images = random_images(8)
    for name, value in VIEWS.items():
        first, again, other = (look(images, seed, **{name: value}) for seed in (1, 1, 2))
        assert torch.equal(first, again)
        assert not torch.allclose(first, other)
        assert first.min() >= 0
        assert first.max() <= 1


def test_noise_has_no_more_than_its_largest_deviation() -> None:
    images = torch.full((64, 3, SIDE, SIDE), 0.5)
    spreads = (look(images, noise=0.1) - images).flatten(1).std(1)
    assert spreads.max() < 0.11
    assert spreads.min() < 0.02
    assert 0.04 < spreads.mean() < 0.06


@pytest.mark.parametrize("seed", range(3))
def test_gradients_of_views_are_those_of_finite_differences(seed: int) -> None:
    images = 0.3 + 0.4 * random_images(2, side=5).double()
    options: dict[str, Any] = VIEWS
    torch.autograd.gradcheck(
        lambda pixels: random_views(pixels, **options, generator=new_generator(seed)),
        images.requires_grad_(),
        fast_mode=True,
    )


@pytest.mark.parametrize("degrees", [-120.0, -7.5, 30.0, 90.0])
def test_a_rotation_is_torchvisions(degrees: float) -> None:
    images = random_images()
    expected = reference.rotate(images, degrees, BILINEAR)
    torch.testing.assert_close(resampled(images, degrees=degrees), expected, rtol=0, atol=1e-4)
    expected = reference.hflip(expected)
    found = resampled(images, degrees=degrees, mirrored=True)
    torch.testing.assert_close(found, expected, rtol=0, atol=1e-4)


def test_each_image_is_resampled_in_a_way_of_its_own() -> None:
    images = random_images(3)
    mirrored, crops = torch.tensor([True, False, True]), torch.tensor([0.5, 1.0, 0.8])
    angles = torch.tensor([0.0, 45.0, -20.0])
    together = resample(images, mirrored=mirrored, crops=crops, angles=angles)
    for row in range(3):
        one = slice(row, row + 1)
        alone = resample(images[one], mirrored=mirrored[one], crops=crops[one], angles=angles[one])
        torch.testing.assert_close(together[one], alone)


@pytest.mark.parametrize("kept", [8, 12])
def test_a_crop_is_torchvisions_but_for_what_is_beyond_its_border(kept: int) -> None:
    images, start = random_images(), (SIDE - kept) // 2
    expected = reference.resized_crop(
        images, start, start, kept, kept, [SIDE, SIDE], BILINEAR, antialias=False
    )
    found = resampled(images, share=kept / SIDE)
    inside = (..., slice(1, -1), slice(1, -1))
    torch.testing.assert_close(found[inside], expected[inside], rtol=0, atol=1e-4)


def test_grey_is_pillows() -> None:
    picture = Image.fromarray(np.random.default_rng(0).integers(0, 256, (9, 9, 3), dtype=np.uint8))
    found = to_grey(pixels_of(picture))
    assert torch.equal(found[:, 0], found[:, 1])
    assert torch.equal(found[:, 0], found[:, 2])
    torch.testing.assert_close(found, pixels_of(desaturate(picture)), rtol=0, atol=1 / 255)


def test_a_blur_is_torchvisions_inside_and_keeps_what_is_even() -> None:
    images, radius = random_images(3), 4
    sigmas = torch.tensor([0.0, 0.6, 1.3])
    found = gaussian_blur(images, sigmas, radius=radius)
    assert torch.allclose(found[0], images[0])
    inside = (..., slice(radius, -radius), slice(radius, -radius))
    for row in (1, 2):
        expected = reference.gaussian_blur(images[row], [2 * radius + 1] * 2, [sigmas[row].item()])
        torch.testing.assert_close(found[row][inside], expected[inside], rtol=0, atol=1e-5)
    even = torch.full_like(images, 0.4)
    torch.testing.assert_close(gaussian_blur(even, sigmas, radius=radius), even)


@pytest.mark.parametrize(
    ("manipulation", "options"),
    [
        (mirror, {"mirrored": True}),
        (lambda picture: crop(picture, 0.7), {"share": 0.7}),
        (lambda picture: rotate(picture, 25), {"degrees": 25.0}),
        (lambda picture: rotate(mirror(picture), -25), {"degrees": 25.0, "mirrored": True}),
    ],
)
def test_pillows_manipulations_and_the_views_turn_the_same_way(
    manipulation: Manipulation, options: dict[str, Any]
) -> None:
    picture = smooth_picture()
    found = pixels_of(manipulation(picture))
    expected = resampled(pixels_of(picture), **options)
    places = torch.arange(SIDE) - (SIDE - 1) / 2
    disc = places[:, None].square() + places.square() < (SIDE / 2 - 1) ** 2
    torch.testing.assert_close(found[..., disc], expected[..., disc], rtol=0, atol=2.5 / 255)
    assert (found - pixels_of(picture)).abs()[..., disc].max() > 20 / 255


def test_manipulations_of_no_strength_change_nothing() -> None:
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


def test_every_manipulation_keeps_the_size() -> None:
    picture = smooth_picture().resize((21, 14))
    strengths = {"rotation": 20, "crop": 0.6, "jpeg": 30, "blur": 1.5, "noise": 0.1}
    for name, manipulation in graded(0).items():
        changed = manipulation(strengths[name])(picture)
        assert changed.size == picture.size
        assert not np.array_equal(np.asarray(changed), np.asarray(picture))
    assert desaturate(picture).size == picture.size


def test_what_is_manipulated_is_what_has_a_section_and_an_axis() -> None:
    assert list(graded(0)) == list(STRENGTHS) == list(Strengths.model_fields)


def test_jpeg_loses_more_at_lower_quality() -> None:
    picture = smooth_picture()
    losses = [
        (pixels_of(compress(picture, quality)) - pixels_of(picture)).square().mean().item()
        for quality in (100, 50, 5)
    ]
    assert losses == sorted(losses)
    assert losses[0] < (4 / 255) ** 2 < losses[2]


def test_noise_is_one_pattern_whatever_its_strength() -> None:
    even = Image.fromarray(np.full((SIDE, SIDE, 3), 128, np.uint8))
    weak, strong = (
        np.asarray(add_noise(even, std, seed=3)).astype(int) - 128 for std in (0.02, 0.04)
    )
    assert np.abs(strong - 2 * weak).max() <= 2
    assert strong.std() == pytest.approx(0.04 * 255, rel=0.1)
    other = np.asarray(add_noise(even, 0.02, seed=4)).astype(int) - 128
    assert not np.array_equal(weak, other)


def test_levels_of_8_bits_are_kept_and_others_go_to_the_nearest() -> None:
    levels = torch.arange(256, dtype=torch.uint8).view(1, 1, 16, 16)
    assert torch.equal(to_8_bit(to_pixels(levels)), levels)
    assert to_8_bit(torch.tensor([0.49, 0.51, 254.51, 199.6]) / 255).tolist() == [0, 1, 255, 200]


def test_a_picture_that_is_not_manipulated_is_only_rounded() -> None:
    images = random_images()
    rounded = manipulate(images, unchanged)
    assert rounded.shape == images.shape
    assert (rounded - images).abs().max() <= 0.5 / 255 + 1e-6
    assert torch.equal(manipulate(rounded, unchanged), rounded)
    assert torch.equal(manipulate(rounded, mirror), rounded.flip(3))
    grey = manipulate(rounded, desaturate)
    assert grey.shape == images.shape
    assert torch.equal(grey[:, 0], grey[:, 2])

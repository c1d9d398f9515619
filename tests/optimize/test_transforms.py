"""Random views, against torchvision, Pillow and finite differences."""

from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image
from torch import Tensor
from torchvision.transforms import InterpolationMode
from torchvision.transforms import functional as reference

from foolproof.attacks.manipulations import desaturate
from foolproof.compute.seeds import new_generator
from foolproof.networks.inference import to_pixels
from foolproof.optimize.transforms import gaussian_blur, random_views, resample, to_grey

SIDE = 16
NOTHING = {"mirror": 0.0, "crop": 1.0, "rotation": 0.0, "grey": 0.0, "blur": 0.0, "noise": 0.0}
VIEWS = {"mirror": 0.5, "crop": 0.7, "rotation": 30, "grey": 0.3, "blur": 0.5, "noise": 0.02}
BILINEAR = InterpolationMode.BILINEAR


def random_images(count: int = 4, side: int = SIDE) -> Tensor:
    return torch.rand(count, 3, side, side, generator=new_generator(0))


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


def test_view_without_any_change_is_the_image() -> None:
    torch.testing.assert_close(look(random_images()), random_images(), rtol=0, atol=1e-5)


def test_flips_and_grey_occur_with_their_probability() -> None:
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


def test_views_are_valid_pixels_and_depend_on_the_generator_only() -> None:
    images = random_images(8)
    for name, value in VIEWS.items():
        first, again, other = (look(images, seed, **{name: value}) for seed in (1, 1, 2))
        assert torch.equal(first, again)
        assert not torch.allclose(first, other)
        assert first.min() >= 0
        assert first.max() <= 1


def test_noise_has_at_most_the_max_deviation() -> None:
    images = torch.full((64, 3, SIDE, SIDE), 0.5)
    spreads = (look(images, noise=0.1) - images).flatten(1).std(1)
    assert spreads.max() < 0.11
    assert spreads.min() < 0.02
    assert 0.04 < spreads.mean() < 0.06


@pytest.mark.parametrize("seed", range(3))
def test_gradients_of_views_equal_finite_differences(seed: int) -> None:
    images = 0.3 + 0.4 * random_images(2, side=5).double()
    options: dict[str, Any] = VIEWS
    torch.autograd.gradcheck(
        lambda pixels: random_views(pixels, **options, generator=new_generator(seed)),
        images.requires_grad_(),
        fast_mode=True,
    )


@pytest.mark.parametrize("degrees", [-120.0, -7.5, 30.0, 90.0])
def test_rotation_equals_torchvision(degrees: float) -> None:
    images = random_images()
    expected = reference.rotate(images, degrees, BILINEAR)
    torch.testing.assert_close(resampled(images, degrees=degrees), expected, rtol=0, atol=1e-4)
    expected = reference.hflip(expected)
    found = resampled(images, degrees=degrees, mirrored=True)
    torch.testing.assert_close(found, expected, rtol=0, atol=1e-4)


def test_images_are_resampled_independently() -> None:
    images = random_images(3)
    mirrored, crops = torch.tensor([True, False, True]), torch.tensor([0.5, 1.0, 0.8])
    angles = torch.tensor([0.0, 45.0, -20.0])
    together = resample(images, mirrored=mirrored, crops=crops, angles=angles)
    for row in range(3):
        one = slice(row, row + 1)
        alone = resample(images[one], mirrored=mirrored[one], crops=crops[one], angles=angles[one])
        torch.testing.assert_close(together[one], alone)


@pytest.mark.parametrize("kept", [8, 12])
def test_crop_equals_torchvision_inside_its_border(kept: int) -> None:
    images, start = random_images(), (SIDE - kept) // 2
    expected = reference.resized_crop(
        images, start, start, kept, kept, [SIDE, SIDE], BILINEAR, antialias=False
    )
    found = resampled(images, share=kept / SIDE)
    inside = (..., slice(1, -1), slice(1, -1))
    torch.testing.assert_close(found[inside], expected[inside], rtol=0, atol=1e-4)


def test_grey_equals_pillow() -> None:
    picture = Image.fromarray(np.random.default_rng(0).integers(0, 256, (9, 9, 3), dtype=np.uint8))
    found = to_grey(pixels_of(picture))
    assert torch.equal(found[:, 0], found[:, 1])
    assert torch.equal(found[:, 0], found[:, 2])
    torch.testing.assert_close(found, pixels_of(desaturate(picture)), rtol=0, atol=1 / 255)


def test_blur_equals_torchvision_inside_and_keeps_uniform_images() -> None:
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

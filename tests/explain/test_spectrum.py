"""Spectral exponents of single images, and paired comparisons with photos."""

import numpy as np
import pytest
import torch

from foolproof.explain.priors import frequencies_of
from foolproof.explain.spectrum import (
    closer_by,
    compare_exponents,
    compare_in_band,
    fitted_exponent,
    radial_spectrum,
    spectral_exponents,
)


def test_mean_of_exponents_is_the_exponent_of_the_mean_spectrum() -> None:
    images = torch.rand(5, 3, 32, 32, generator=torch.Generator().manual_seed(0)).cumsum(3)
    exponents = spectral_exponents(images, 10)
    assert len(exponents) == 5
    assert np.mean(exponents) == pytest.approx(fitted_exponent(*radial_spectrum(images, 10)))


def test_closer_by_is_positive_where_the_second_is_nearer_to_the_mean_of_photos() -> None:
    """Distances to -1 are 0.9, 0.7 and 0.1, 0.3."""
    found = closer_by([-0.1, -0.3], [-1.1, -0.7], [-1.5, -0.5])
    assert found["mean"] == pytest.approx(0.6)
    assert found["n"] == 2
    # The values 0.8 and 0.4 have s / sqrt(2) = 0.2, and t(0.975, 1) = tan(0.475 pi).
    assert found["ci95"] == pytest.approx(0.2 * np.tan(0.475 * np.pi))


def test_methods_are_compared_with_the_base_on_the_units_of_both() -> None:
    exponents = {"pixels": [-0.1, -0.3, 9.0], "prior": [-1.1, -0.7]}
    found = compare_exponents(exponents, [-1.5, -0.5], base="pixels")
    assert found["mean"]["prior"]["mean"] == pytest.approx(-0.9)
    assert list(found["closer_to_photos_by"]) == ["prior"]
    assert found["closer_to_photos_by"]["prior"]["mean"] == pytest.approx(0.6)


def power_law(inner: float, outer: float, limit: float) -> torch.Tensor:
    """Give an image whose spectrum falls with one exponent up to a frequency, then with another."""
    noise = torch.randn(1, 3, 128, 128, generator=torch.Generator().manual_seed(0))
    frequencies = frequencies_of(128).clamp(min=1 / 128)
    scale = torch.where(
        frequencies <= limit,
        (frequencies / limit) ** inner,
        (frequencies / limit) ** outer,
    )
    image: torch.Tensor = torch.fft.irfft2(torch.fft.rfft2(noise) * scale, s=(128, 128))
    return image


def test_exponents_are_those_of_the_band() -> None:
    image = power_law(-2, -0.5, 0.1)
    (inside,) = spectral_exponents(image, 24, (0, 0.1))
    (outside,) = spectral_exponents(image, 24, (0.1, 1))
    assert inside == pytest.approx(-2, abs=0.3)
    assert outside == pytest.approx(-0.5, abs=0.3)


def test_images_are_compared_within_a_band() -> None:
    photos = power_law(-1, -1, 0.1)
    flat, inner = power_law(0, 0, 0.1), power_law(-1, 0, 0.1)
    inside = compare_in_band(flat, inner, photos, 24, (0, 0.1))
    outside = compare_in_band(flat, inner, photos, 24, (0.1, 1))
    assert inside is not None
    assert outside is not None
    assert inside["closer"]["mean"] == pytest.approx(1, abs=0.3)
    assert abs(outside["closer"]["mean"]) < 0.2
    assert inside["second"]["mean"] < inside["first"]["mean"] - 0.5


def test_a_band_of_one_ring_has_no_exponent() -> None:
    photos = power_law(-1, -1, 0.1)
    assert compare_in_band(photos, photos, photos, 24, (0.48, 1)) is None

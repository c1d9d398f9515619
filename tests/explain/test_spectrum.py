"""Spectral exponents of single images, and paired comparisons with photos."""

import numpy as np
import pytest
import torch

from foolproof.explain.spectrum import (
    closer_by,
    compare_exponents,
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

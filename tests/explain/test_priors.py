"""Penalties and the Fourier parametrization, on images with known spectra."""

from functools import partial

import pytest
import torch
from torch import Tensor

from foolproof.explain.priors import (
    fourier_image,
    frequencies_of,
    spectral_misfit,
    squared_norm,
    total_variation,
)
from foolproof.explain.spectrum import fitted_exponent, radial_spectrum
from foolproof.optimize.loop import optimize_input
from foolproof.optimize.objectives import Penalty, Reparametrized, SquaredDistance
from foolproof.optimize.steps import Adam


def with_exponent(exponent: float, side: int, number: int = 4) -> Tensor:
    """Make images of random phases whose Fourier magnitudes are frequency ** exponent."""
    generator = torch.Generator().manual_seed(0)
    noise = torch.fft.rfft2(torch.randn(number, 3, side, side, generator=generator))
    scale = frequencies_of(side).clamp(min=1 / side) ** exponent
    images: Tensor = torch.fft.irfft2(noise / noise.abs() * scale, s=(side, side))
    return images


def test_penalties_in_closed_form() -> None:
    image = torch.full((1, 3, 4, 4), 0.5)
    image[:, :, :, 2:] = 0.9
    torch.testing.assert_close(squared_norm(image), torch.tensor([0.08]))
    # One of three differences along each row is 0.4.
    torch.testing.assert_close(total_variation(image), torch.tensor([0.4 / 3]))


def test_frequencies_are_those_of_numpy() -> None:
    frequencies = frequencies_of(8)
    assert frequencies.shape == (8, 5)
    assert frequencies[0, 0] == 0
    assert frequencies[0, 4] == 0.5
    torch.testing.assert_close(frequencies[6, 1], torch.tensor((0.25**2 + 0.125**2) ** 0.5))


def test_spectral_misfit_is_minimal_at_exponent_minus_one() -> None:
    misfits = [
        spectral_misfit(10 * with_exponent(exponent, 32), 32).mean().item()
        for exponent in (0, -0.5, -1, -1.5, -2)
    ]
    assert misfits[2] == min(misfits)
    assert misfits[2] < 0.01 * misfits[0]
    assert misfits[0] > misfits[1] > misfits[2] < misfits[3] < misfits[4]


@pytest.mark.parametrize("contrast", [1, 5])
def test_spectral_misfit_does_not_depend_on_contrast(contrast: float) -> None:
    image = 10 * with_exponent(-0.3, 32)
    torch.testing.assert_close(
        spectral_misfit(contrast * image, 32), spectral_misfit(image, 32), rtol=1e-3, atol=0
    )


@pytest.mark.parametrize("exponent", [0.0, -0.7, -1.0, -2.0])
def test_fitted_exponent_of_known_spectra(exponent: float) -> None:
    frequencies, magnitudes = radial_spectrum(with_exponent(exponent, 128, 8), 24)
    assert (frequencies[1:] > frequencies[:-1]).all()
    assert fitted_exponent(frequencies, magnitudes) == pytest.approx(exponent, abs=0.1)


def test_fourier_images_of_noise_have_the_spectrum_of_natural_images() -> None:
    spectra = torch.randn(8, 3, 128, 65, 2, generator=torch.Generator().manual_seed(0))
    images = fourier_image(0.02 * spectra, 128)
    assert images.min() > 0
    assert images.max() < 1
    assert fitted_exponent(*radial_spectrum(images, 24)) == pytest.approx(-1, abs=0.1)


def test_fourier_parametrization_reaches_any_image() -> None:
    ramp = torch.linspace(0.2, 0.8, 16)
    photo = torch.stack(
        [ramp.expand(16, 16), ramp[:, None].expand(16, 16), torch.full((16, 16), 0.4)]
    )

    result = optimize_input(
        torch.nn.Flatten(),
        torch.zeros(1, 3, 16, 9, 2),
        Reparametrized(-SquaredDistance(photo[None]), partial(fourier_image, side=16)),
        steps=400,
        step=Adam(0.05),
    )
    assert (fourier_image(result.inputs, 16) - photo).abs().max() < 0.02


def test_penalties_are_subtracted_with_their_weights() -> None:
    images = torch.rand(2, 3, 8, 8)
    objective = -2.0 * Penalty(squared_norm) - 0.5 * Penalty(total_variation)
    expected = -2 * squared_norm(images) - 0.5 * total_variation(images)
    torch.testing.assert_close(objective.evaluate(torch.nn.Flatten(), images).value, expected)

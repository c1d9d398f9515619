"""Images that maximize the activation of units of a tiny network."""

from math import ceil
from typing import Any

import numpy as np
import pytest
import torch
from scipy.ndimage import gaussian_filter

from foolproof.compute.seeds import new_generator
from foolproof.explain.evaluation import unit_activations
from foolproof.explain.feature_visualization import (
    Blurred,
    Method,
    RandomViews,
    maximize_activation,
)
from foolproof.explain.priors import spectral_misfit, total_variation
from foolproof.explain.units import Unit, find_unit
from foolproof.pretrained.load import Pretrained

NAMES = ("first:1", "second:2:1,3", "coffee")
CPU = torch.device("cpu")
VIEWS = RandomViews(mirror=0, crop=0.9, rotation=5, grey=0, blur=0, noise=0)


def make(
    pretrained: Pretrained, desired: torch.Tensor | None = None, **options: Any
) -> torch.Tensor:
    units = [find_unit(pretrained, name) for name in NAMES]
    method = Method(**({"steps": 40, "step_size": 0.02} | options))
    return maximize_activation(
        pretrained.network,
        units,
        16,
        method,
        generator=new_generator(0),
        device=CPU,
        desired=desired,
    )


def activations(pretrained: Pretrained, images: torch.Tensor) -> torch.Tensor:
    units = [find_unit(pretrained, name) for name in NAMES]
    return torch.tensor(unit_activations(pretrained, images, units))


def test_activation_is_higher_than_of_any_random_image(pretrained: Pretrained) -> None:
    images = make(pretrained)
    assert images.min() >= 0
    assert images.max() <= 1
    random = torch.rand(200, 3, 16, 16, generator=new_generator(1))
    units = [find_unit(pretrained, name) for name in NAMES]
    for unit, found in zip(units, activations(pretrained, images), strict=True):
        assert found > max(unit_activations(pretrained, random, [unit] * 200))


def test_desired_activation_is_reached(pretrained: Pretrained) -> None:
    desired = torch.tensor([0.1, 0.05, 0.15])
    images = make(pretrained, desired, steps=300, step_size=0.005)
    torch.testing.assert_close(activations(pretrained, images), desired, rtol=0, atol=0.01)


def test_penalties_lower_their_terms_and_the_activation(pretrained: Pretrained) -> None:
    free = make(pretrained)
    smooth = make(pretrained, total_variation=20)
    grey = make(pretrained, l2=50)
    assert (total_variation(smooth) < 0.5 * total_variation(free)).all()
    assert (grey - 0.5).abs().mean() < 0.7 * (free - 0.5).abs().mean()
    assert (activations(pretrained, smooth) < activations(pretrained, free)).all()
    with_prior = make(pretrained, spectrum=1, spectrum_side=16)
    assert (spectral_misfit(with_prior, 16) < spectral_misfit(free, 16)).all()


def test_blur_smooths_and_jitter_changes_the_image(pretrained: Pretrained) -> None:
    free = make(pretrained)
    blurred = make(pretrained, blur=0.8)
    assert (total_variation(blurred) < total_variation(free)).all()
    assert not torch.equal(make(pretrained, jitter=2), free)


def test_each_image_is_that_of_its_unit_alone(
    pretrained: Pretrained, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Units of several layers, in one chunk and in several."""
    units = [find_unit(pretrained, name) for name in (*NAMES, "first:2", "rocket")]
    method = Method(steps=5, step_size=0.02, total_variation=1, blur=0.5)

    def optimized(chosen: list[Unit]) -> torch.Tensor:
        return maximize_activation(
            pretrained.network,
            chosen,
            16,
            method,
            generator=new_generator(0),
            device=CPU,
            desired=torch.full((len(chosen),), 0.3),
        )

    images = optimized(units)
    # The noise of the start is drawn image after image.
    last = optimized([units[-1]] * len(units))[-1]
    torch.testing.assert_close(images[-1], last, atol=1e-4, rtol=0)
    monkeypatch.setattr("foolproof.compute.chunks.CHUNK", 2)
    torch.testing.assert_close(optimized(units), images, atol=1e-4, rtol=0)


def test_progress_is_shown_under_its_name(
    pretrained: Pretrained, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("foolproof.compute.progress.SECONDS", 0.0)
    unit, method = find_unit(pretrained, "cat"), Method(steps=3, step_size=0.02)
    for name in (None, "units, none"):
        maximize_activation(
            pretrained.network,
            [unit],
            16,
            method,
            generator=new_generator(0),
            device=CPU,
            progress=name,
        )
    lines = capsys.readouterr().err.splitlines()
    assert lines[0].startswith("units, none: 25 %, about ")
    assert lines[-1] == "units, none: 100 %, about 0 s left"
    assert len(lines) == 4


@pytest.mark.parametrize("steps", [1, 60])
@pytest.mark.parametrize("views", [None, VIEWS])
def test_fourier_method_increases_the_activation(
    pretrained: Pretrained, steps: int, views: RandomViews | None
) -> None:
    images = make(pretrained, parametrization="fourier", steps=steps, step_size=0.02, views=views)
    assert images.shape == (3, 3, 16, 16)
    if steps > 1:
        grey = torch.full((3, 3, 16, 16), 0.5)
        assert (activations(pretrained, images) > activations(pretrained, grey)).all()


@pytest.mark.parametrize("parametrization", ["pixels", "fourier"])
def test_views_change_the_images_of_both_parametrizations(
    pretrained: Pretrained, parametrization: str
) -> None:
    free = make(pretrained, parametrization=parametrization)
    viewed = make(pretrained, parametrization=parametrization, views=VIEWS)
    assert not torch.equal(free, viewed)
    assert (activations(pretrained, free) > activations(pretrained, viewed)).all()


def test_penalties_apply_to_the_images_of_fourier_coefficients(pretrained: Pretrained) -> None:
    options: dict[str, Any] = {"parametrization": "fourier", "step_size": 0.05}
    smooth = make(pretrained, total_variation=20, **options)
    assert (total_variation(smooth) < total_variation(make(pretrained, **options))).all()


def test_blur_of_fourier_coefficients_is_refused() -> None:
    with pytest.raises(ValueError, match="blur is applied to pixels"):
        Method(1, 0.1, parametrization="fourier", blur=0.5)


@pytest.mark.parametrize("sigma", [0.3, 0.6, 1.5, 4.0])
def test_blur_of_any_width_is_that_of_scipy(sigma: float) -> None:
    images = torch.rand(2, 3, 24, 24, generator=new_generator(0))
    expected = gaussian_filter(
        images.numpy(), sigma, axes=(2, 3), mode="nearest", radius=ceil(3 * sigma)
    )
    np.testing.assert_allclose(Blurred(sigma)(images).numpy(), expected, atol=1e-5)

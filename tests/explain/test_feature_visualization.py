"""Images that maximize the activation of units of a tiny network."""

from typing import Any

import pytest
import torch

from foolproof.compute.seeds import new_generator
from foolproof.explain.feature_visualization import (
    FourierMethod,
    PixelMethod,
    RandomViews,
    maximize_activation,
)
from foolproof.explain.priors import spectral_misfit, total_variation
from foolproof.explain.units import activation_objective, find_unit
from foolproof.pretrained.load import Pretrained

NAMES = ("first:1", "second:2:1,3", "coffee")
CPU = torch.device("cpu")
VIEWS = RandomViews(mirror=0, crop=0.9, rotation=5, grey=0, blur=0, noise=0)


def make(pretrained: Pretrained, **options: Any) -> torch.Tensor:
    units = [find_unit(pretrained, name) for name in NAMES]
    method = PixelMethod(**({"steps": 40, "step_size": 0.02} | options))
    return maximize_activation(
        pretrained.network, units, 16, method, generator=new_generator(0), device=CPU
    )


def activations(pretrained: Pretrained, images: torch.Tensor) -> torch.Tensor:
    units = [find_unit(pretrained, name) for name in NAMES]
    return activation_objective(pretrained.network, units)(images, torch.arange(3)).value


def test_activation_is_higher_than_of_any_random_image(pretrained: Pretrained) -> None:
    images = make(pretrained)
    assert images.min() >= 0
    assert images.max() <= 1
    random = torch.rand(200, 3, 16, 16, generator=new_generator(1))
    units = [find_unit(pretrained, name) for name in NAMES]
    for unit, found in zip(units, activations(pretrained, images), strict=True):
        objective = activation_objective(pretrained.network, [unit] * 200)
        assert found > objective(random, torch.arange(200)).value.max()


def test_desired_activation_is_reached(pretrained: Pretrained) -> None:
    images = make(pretrained, desired=0.1, steps=300, step_size=0.005)
    torch.testing.assert_close(
        activations(pretrained, images), torch.full((3,), 0.1), rtol=0, atol=0.01
    )


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


@pytest.mark.parametrize("steps", [1, 60])
def test_fourier_method_increases_the_activation(pretrained: Pretrained, steps: int) -> None:
    units = [find_unit(pretrained, name) for name in NAMES]
    method = FourierMethod(steps, step_size=0.05, jitter=1, total_variation=0.1, views=VIEWS)
    images = maximize_activation(
        pretrained.network, units, 16, method, generator=new_generator(0), device=CPU
    )
    assert images.shape == (3, 3, 16, 16)
    if steps > 1:
        grey = torch.full((3, 3, 16, 16), 0.5)
        assert (activations(pretrained, images) > activations(pretrained, grey)).all()

"""Feature visualization: images that maximize the activation of units (HUJI 67103, 1 and 2)."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

import torch
from torch import Tensor, nn

from foolproof.data.augmentation import shift
from foolproof.explain import priors
from foolproof.explain.priors import fourier_image
from foolproof.explain.units import NegativeSquaredError, Unit, UnitActivations
from foolproof.optimize.constraints import Box, Constraint
from foolproof.optimize.loop import optimize_input
from foolproof.optimize.objectives import (
    ClassLogit,
    Expectation,
    Objective,
    Penalty,
    Reparametrized,
)
from foolproof.optimize.steps import Adam
from foolproof.optimize.transforms import gaussian_blur, random_views

# Standard deviation of the noise around grey that pixels start from, and of the first spectra.
PIXEL_NOISE, SPECTRUM_NOISE = 0.01, 0.01


@dataclass(frozen=True)
class PixelMethod:
    """Adam on pixels, with weighted penalties of `priors`."""

    steps: int

    step_size: float
    """Adam's learning rate, with pixels in [0, 1]."""

    desired: float | None = None
    """Activation to approach; None to maximize it."""

    l2: float = 0
    """Weight of `squared_norm`."""

    total_variation: float = 0
    """Weight of the penalty of that name."""

    spectrum: float = 0
    """Weight of `spectral_misfit`."""

    spectrum_side: int = 0
    """Side of the reduced images of `spectral_misfit`."""

    blur: float = 0
    """Standard deviation in pixels of a Gaussian after each step (Yosinski et al.)."""

    jitter: int = 0
    """Maximum shift in pixels of the network's view, drawn at each step."""


@dataclass(frozen=True)
class RandomViews:
    """Ranges of `random_views`."""

    mirror: float
    crop: float
    rotation: float
    grey: float
    blur: float
    noise: float


@dataclass(frozen=True)
class FourierMethod:
    """Adam on decorrelated Fourier coefficients, over random views (Olah et al., Distill 2017)."""

    steps: int

    step_size: float
    """Adam's learning rate, on the coefficients of `fourier_image`."""

    jitter: int
    """As of `PixelMethod`."""

    total_variation: float
    """As of `PixelMethod`."""

    views: RandomViews


Method = PixelMethod | FourierMethod


@dataclass(frozen=True, eq=False)
class Blurred(Constraint):
    """A Gaussian blur, which is no projection but is applied like one."""

    sigma: float
    """Standard deviation in pixels."""

    def __call__(self, inputs: Tensor) -> Tensor:
        """Blur images (n, C, H, W)."""
        return gaussian_blur(inputs, inputs.new_full((len(inputs),), self.sigma), radius=3)


def maximize_activation(
    network: nn.Module,
    units: Sequence[Unit],
    side: int,
    method: Method,
    *,
    generator: torch.Generator,
    device: torch.device,
    progress: str | None = None,
) -> Tensor:
    """Optimize one image a unit: the activation a, or -(a - desired)^2, minus penalties.

    Args:
        network: `normalize` and `body`, in eval mode with frozen parameters.
        units: one for each image, (N,).
        side: of the images.
        method: parametrization of the images, optimizer and penalties.
        generator: of the start, the jitter and the views, on the CPU.
        device: to compute on.
        progress: name under which the progress is shown; None to show nothing.

    Returns:
        (N, 3, side, side), pixels in [0, 1].
    """
    objective = ClassLogit(torch.arange(len(units), device=device))
    if isinstance(method, FourierMethod):
        start = SPECTRUM_NOISE * torch.randn(
            len(units), 3, side, side // 2 + 1, 2, generator=generator
        )
        maximized = _of_spectra(objective, side, method, generator)
        constraints: list[Constraint] = []
    else:
        noise = torch.randn(len(units), 3, side, side, generator=generator)
        start = (0.5 + PIXEL_NOISE * noise).clamp(0, 1)
        maximized = _of_pixels(objective, method, generator)
        constraints = [Blurred(method.blur), Box()] if method.blur else [Box()]
    result = optimize_input(
        UnitActivations(network, units),
        start.to(device),
        maximized,
        steps=method.steps,
        step=Adam(method.step_size),
        constraints=constraints,
        progress=progress,
    ).inputs
    return fourier_image(result, side) if isinstance(method, FourierMethod) else result


def _of_pixels(objective: Objective, method: PixelMethod, generator: torch.Generator) -> Objective:
    """Make the objective of pixels from that of an activation."""
    if method.desired is not None:
        objective = NegativeSquaredError(objective, method.desired)
    if method.jitter:
        jitter = partial(shift, pixels=method.jitter, generator=generator)
        objective = Expectation(objective, jitter, 1)
    spectral_misfit = partial(priors.spectral_misfit, side=method.spectrum_side)
    for weight, penalty in (
        (method.l2, priors.squared_norm),
        (method.total_variation, priors.total_variation),
        (method.spectrum, spectral_misfit),
    ):
        if weight:
            objective = objective - weight * Penalty(penalty)
    return objective


def _of_spectra(
    objective: Objective, side: int, method: FourierMethod, generator: torch.Generator
) -> Objective:
    """Make the objective of Fourier coefficients from that of an activation."""
    ranges = method.views

    def view(images: Tensor) -> Tensor:
        return random_views(
            shift(images, method.jitter, generator),
            mirror=ranges.mirror,
            crop=ranges.crop,
            rotation=ranges.rotation,
            grey=ranges.grey,
            blur=ranges.blur,
            noise=ranges.noise,
            generator=generator,
        )

    penalty = Penalty(priors.total_variation)
    of_images = Expectation(objective, view, 1) - method.total_variation * penalty
    return Reparametrized(of_images, partial(fourier_image, side=side))

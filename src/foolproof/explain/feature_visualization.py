"""Feature visualization: images that maximize the activation of units (HUJI 67103, 1 and 2)."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from functools import partial
from typing import Literal

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
from foolproof.optimize.transforms import gaussian_blur, gaussian_radius, random_views

# Standard deviation of the noise around grey that pixels start from, and of the first spectra.
PIXEL_NOISE, SPECTRUM_NOISE = 0.01, 0.01


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
class Method:
    """Adam on the pixels or on the Fourier coefficients of an image, with weighted penalties."""

    steps: int

    step_size: float
    """Adam's learning rate, on pixels in [0, 1] or on the coefficients of `fourier_image`."""

    parametrization: Literal["pixels", "fourier"] = "pixels"
    """What is optimized; `fourier` is the decorrelated one of Olah et al. (Distill 2017)."""

    l2: float = 0
    """Weight of `squared_norm`."""

    total_variation: float = 0
    """Weight of the penalty of that name."""

    spectrum: float = 0
    """Weight of `spectral_misfit`."""

    spectrum_side: int = 0
    """Side of the reduced images of `spectral_misfit`."""

    blur: float = 0
    """Standard deviation in pixels of a Gaussian after each step, on pixels (Yosinski et al.)."""

    jitter: int = 0
    """Maximum shift in pixels of the network's view, drawn at each step."""

    views: RandomViews | None = None
    """Of the network's view after the shift, drawn at each step; None for no other change."""

    def __post_init__(self) -> None:
        """Raise ValueError for a blur of Fourier coefficients."""
        if self.blur and self.parametrization == "fourier":
            raise ValueError("blur is applied to pixels, found the Fourier parametrization")


@dataclass(frozen=True, eq=False)
class Blurred(Constraint):
    """A Gaussian blur, which is no projection but is applied like one."""

    sigma: float
    """Standard deviation in pixels."""

    def __call__(self, inputs: Tensor) -> Tensor:
        """Blur images (n, C, H, W)."""
        sigmas = inputs.new_full((len(inputs),), self.sigma)
        return gaussian_blur(inputs, sigmas, radius=gaussian_radius(self.sigma))


def maximize_activation(
    network: nn.Module,
    units: Sequence[Unit],
    side: int,
    method: Method,
    *,
    generator: torch.Generator,
    device: torch.device,
    desired: Tensor | None = None,
    progress: str | None = None,
) -> Tensor:
    """Optimize one image a unit: the activation a, or -(a - desired)^2, minus penalties.

    Args:
        network: `normalize` and `body`, in eval mode with frozen parameters.
        units: one for each image, (N,).
        side: of the images.
        method: parametrization of the images, optimizer and penalties.
        generator: of the start, the shifts and the views, on the CPU.
        device: to compute on.
        desired: activations, (N,); None to maximize them.
        progress: name under which the progress is shown; None to show nothing.

    Returns:
        (N, 3, side, side), pixels in [0, 1].
    """
    activation: Objective = ClassLogit(torch.arange(len(units), device=device))
    if desired is not None:
        activation = NegativeSquaredError(activation, desired.to(device))
    objective = _of_images(activation, method, generator)
    if method.parametrization == "fourier":
        shape = (len(units), 3, side, side // 2 + 1, 2)
        start = SPECTRUM_NOISE * torch.randn(shape, generator=generator)
        objective = Reparametrized(objective, partial(fourier_image, side=side))
        constraints: list[Constraint] = []
    else:
        noise = torch.randn(len(units), 3, side, side, generator=generator)
        start = (0.5 + PIXEL_NOISE * noise).clamp(0, 1)
        constraints = [Blurred(method.blur), Box()] if method.blur else [Box()]
    result = optimize_input(
        UnitActivations(network, units),
        start.to(device),
        objective,
        steps=method.steps,
        step=Adam(method.step_size),
        constraints=constraints,
        progress=progress,
    ).inputs
    return fourier_image(result, side) if method.parametrization == "fourier" else result


def _of_images(objective: Objective, method: Method, generator: torch.Generator) -> Objective:
    """Make the objective of images from that of an activation."""
    if method.jitter or method.views:
        view = partial(_view, method=method, generator=generator)
        objective = Expectation(objective, view, 1)
    spectral_misfit = partial(priors.spectral_misfit, side=method.spectrum_side)
    for weight, penalty in (
        (method.l2, priors.squared_norm),
        (method.total_variation, priors.total_variation),
        (method.spectrum, spectral_misfit),
    ):
        if weight:
            objective = objective - weight * Penalty(penalty)
    return objective


def _view(images: Tensor, method: Method, generator: torch.Generator) -> Tensor:
    """Shift images (N, 3, S, S) at random, and transform them where the method has views."""
    shifted = shift(images, method.jitter, generator)
    if method.views is None:
        return shifted
    return random_views(shifted, **asdict(method.views), generator=generator)

"""Feature visualization: images that maximize the activation of units (HUJI 67103, 1 and 2)."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

import torch
from torch import Tensor, nn

from foolproof.data.augmentation import shift
from foolproof.explain import priors
from foolproof.explain.priors import Penalty, fourier_image, fourier_objective, penalized
from foolproof.explain.units import Unit, activation_objective, negative_squared_error
from foolproof.optimize.loop import Objective, OptimizationResult, Projection, optimize_input
from foolproof.optimize.objectives import expectation
from foolproof.optimize.steps import adam_step
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


def maximize_activation(
    network: nn.Module,
    units: Sequence[Unit],
    side: int,
    method: Method,
    *,
    generator: torch.Generator,
    device: torch.device,
) -> Tensor:
    """Optimize one image a unit: the activation a, or -(a - desired)^2, minus penalties.

    Args:
        network: `normalize` and `body`, in eval mode with frozen parameters.
        units: one for each image, (N,).
        side: of the images.
        method: parametrization of the images, optimizer and penalties.
        generator: of the start, the jitter and the views, on the CPU.
        device: to compute on.

    Returns:
        (N, 3, side, side), pixels in [0, 1].
    """
    objective = activation_objective(network, units)
    if isinstance(method, FourierMethod):
        return _maximize_fourier(objective, len(units), side, method, generator, device)
    return _maximize_pixels(objective, len(units), side, method, generator, device)


def _maximize_pixels(
    objective: Objective,
    count: int,
    side: int,
    method: PixelMethod,
    generator: torch.Generator,
    device: torch.device,
) -> Tensor:
    noise = torch.randn(count, 3, side, side, generator=generator)
    start = (0.5 + PIXEL_NOISE * noise).clamp(0, 1).to(device)
    if method.desired is not None:
        objective = negative_squared_error(objective, method.desired)
    if method.jitter:
        jitter = partial(shift, pixels=method.jitter, generator=generator)
        objective = expectation(objective, jitter, 1)
    spectral_misfit = partial(priors.spectral_misfit, side=method.spectrum_side)
    penalties: list[tuple[float, Penalty]] = [
        (weight, penalty)
        for weight, penalty in (
            (method.l2, priors.squared_norm),
            (method.total_variation, priors.total_variation),
            (method.spectrum, spectral_misfit),
        )
        if weight
    ]
    objective = penalized(objective, penalties)
    project = _to_pixels(method.blur)
    return _optimize(start, objective, method.steps, method.step_size, project).inputs


def _maximize_fourier(
    objective: Objective,
    count: int,
    side: int,
    method: FourierMethod,
    generator: torch.Generator,
    device: torch.device,
) -> Tensor:
    shape = (count, 3, side, side // 2 + 1, 2)
    start = (SPECTRUM_NOISE * torch.randn(shape, generator=generator)).to(device)
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

    objective = expectation(objective, view, 1)
    objective = penalized(objective, [(method.total_variation, priors.total_variation)])
    objective = fourier_objective(objective, side)
    result = _optimize(start, objective, method.steps, method.step_size, None)
    return fourier_image(result.inputs, side)


def _optimize(
    start: Tensor, objective: Objective, steps: int, step_size: float, project: Projection | None
) -> OptimizationResult:
    return optimize_input(
        start, objective, steps=steps, step=adam_step(start, step_size), project=project
    )


def _to_pixels(blur: float) -> Projection:
    """Make the projection to [0, 1], after a Gaussian blur of that standard deviation in pixels."""

    def project(images: Tensor, indices: Tensor) -> Tensor:
        if blur:
            images = gaussian_blur(images, images.new_full((len(indices),), blur), radius=3)
        return images.clamp(0, 1)

    return project

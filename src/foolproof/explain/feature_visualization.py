"""Images that excite units, under several ideas of what an image is (HUJI 67103, 1 and 2)."""

from collections.abc import Sequence
from functools import partial
from typing import Any

import torch
from torch import Tensor, nn

from foolproof.data.augmentation import shift
from foolproof.explain import priors
from foolproof.explain.priors import Penalty, natural_image, of_natural_image, penalized
from foolproof.explain.units import Unit, towards, unit_activation
from foolproof.optimize.loop import Objective, OptimizationResult, Projection, optimize_input
from foolproof.optimize.objectives import expectation
from foolproof.optimize.steps import adam_step
from foolproof.optimize.transforms import gaussian_blur, random_views

# Standard deviation of the noise around grey that pixels start from, and of the first spectra.
PIXEL_NOISE, SPECTRUM_NOISE = 0.01, 0.01


def maximize_activation(
    network: nn.Module,
    units: Sequence[Unit],
    side: int,
    *,
    steps: int,
    step_size: float,
    generator: torch.Generator,
    device: torch.device,
    l2: float = 0,
    total_variation: float = 0,
    spectrum: float = 0,
    spectrum_side: int = 0,
    blur: float = 0,
    jitter: int = 0,
    desired: float | None = None,
) -> Tensor:
    """Increase each unit's activation a by Adam steps on the pixels of an image of its own.

    The objective is a, or -(a - desired)^2, minus the weighted penalties of `priors`.

    Args:
        network: `normalize` and `body`, in eval mode with frozen parameters.
        units: one for each image, (N,).
        side: of the images.
        steps: how many.
        step_size: Adam's learning rate, with pixels in [0, 1].
        generator: of the start and of the jitter, on the CPU.
        device: to compute on.
        l2: weight of `squared_norm`.
        total_variation: weight of the penalty of that name.
        spectrum: weight of `spectral_misfit`.
        spectrum_side: of the reduced images it is computed on.
        blur: standard deviation in pixels of a Gaussian that follows each step (Yosinski et al.).
        jitter: pixels by which the network sees the image shifted at most, anew at each step.
        desired: activation to approach; None for the greatest.

    Returns:
        (N, 3, side, side), pixels in [0, 1].
    """
    noise = torch.randn(len(units), 3, side, side, generator=generator)
    start = (0.5 + PIXEL_NOISE * noise).clamp(0, 1).to(device)
    seen = unit_activation(network, units)
    if desired is not None:
        seen = towards(seen, desired)
    if jitter:
        seen = expectation(seen, partial(shift, pixels=jitter, generator=generator), 1)
    penalties: list[tuple[float, Penalty]] = [
        (weight, penalty)
        for weight, penalty in (
            (l2, priors.squared_norm),
            (total_variation, priors.total_variation),
            (spectrum, partial(priors.spectral_misfit, side=spectrum_side)),
        )
        if weight
    ]
    return _optimize(start, penalized(seen, penalties), steps, step_size, _valid(blur)).inputs


def maximize_activation_fourier(
    network: nn.Module,
    units: Sequence[Unit],
    side: int,
    *,
    steps: int,
    step_size: float,
    jitter: int,
    total_variation: float,
    views: dict[str, Any],
    generator: torch.Generator,
    device: torch.device,
) -> Tensor:
    """Do the same on natural images' own axes, and for random views (Olah et al., Distill 2017).

    Args:
        network: as for `maximize_activation`.
        units: one for each image, (N,).
        side: of the images.
        steps: how many.
        step_size: Adam's learning rate, on the Fourier coefficients of `natural_image`.
        jitter: as for `maximize_activation`.
        total_variation: likewise.
        views: settings of `random_views`.
        generator: of the start and of the views, on the CPU.
        device: to compute on.

    Returns:
        (N, 3, side, side), pixels in [0, 1].
    """
    shape = (len(units), 3, side, side // 2 + 1, 2)
    start = (SPECTRUM_NOISE * torch.randn(shape, generator=generator)).to(device)

    def view(images: Tensor) -> Tensor:
        shifted = shift(images, jitter, generator)
        return random_views(shifted, **views, generator=generator)

    seen = expectation(unit_activation(network, units), view, 1)
    smooth = penalized(seen, [(total_variation, priors.total_variation)])
    trace = _optimize(start, of_natural_image(smooth, side), steps, step_size, None)
    return natural_image(trace.inputs, side)


def _optimize(
    start: Tensor, objective: Objective, steps: int, step_size: float, project: Projection | None
) -> OptimizationResult:
    return optimize_input(
        start, objective, steps=steps, step=adam_step(start, step_size), project=project
    )


def _valid(blur: float) -> Projection:
    """Make the projection to valid pixels, of the image blurred where that is asked for."""

    def project(images: Tensor, rows: Tensor) -> Tensor:
        if blur:
            images = gaussian_blur(images, images.new_full((len(rows),), blur), radius=3)
        return images.clamp(0, 1)

    return project

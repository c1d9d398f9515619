"""Filters of convolutional layers: energy of kernels, and measures of colour filters."""

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from foolproof.compute.intervals import mean_with_interval, rate_with_interval
from foolproof.compute.paired import share_above, unpaired_difference
from foolproof.core.errors import FoolproofError

Filters = NDArray[np.floating[Any]]
"""Colour filters (filters, 3, height, width); their channels are red, green and blue."""

# Wavelengths of at least four pixels: half of the highest frequency that pixels can show.
LOW_FREQUENCY = 0.25  # cycles per pixel

# Random filters that trained ones are compared with.
RANDOM_FILTERS = 1000

TINY = float(np.finfo(float).tiny)


def find_convolution(network: nn.Module, name: str) -> nn.Conv2d:
    """Find a convolutional layer by its name.

    Raises:
        FoolproofError: when there is none of that name; the message lists those that there are.
    """
    layers = {key: layer for key, layer in network.named_modules() if isinstance(layer, nn.Conv2d)}
    if name not in layers:
        raise FoolproofError(
            f"unknown convolutional layer {name!r}; the network has: {', '.join(layers) or 'none'}"
        )
    return layers[name]


def filters_of(network: nn.Module, name: str) -> Tensor:
    """Get the filters (out, in, kernel height, kernel width) of the convolutional layer `name`.

    Raises:
        FoolproofError: when there is no such layer.
    """
    return find_convolution(network, name).weight.detach()


class KernelEnergy(NamedTuple):
    """How the energy (sum of squares) of kernels divides; the three shares add up to 1."""

    constant: Any
    """In each kernel's mean: it sums or blurs its input."""

    gradient: Any
    """In its best-fitting plane through zero: it responds to an edge of some orientation."""

    detail: Any
    """In the rest: it responds to lines, corners and spots."""


def kernel_energy(filters: Tensor) -> KernelEnergy:
    """Divide the energy of all kernels between three orthogonal parts.

    With a kernel k over centred coordinates (y, x), n = height * width of them, the parts are

        constant = n mean(k)^2
        gradient = (sum k y)^2 / sum y^2 + (sum k x)^2 / sum x^2
        detail   = sum k^2 - constant - gradient

    each summed over all kernels and divided by the sum of k^2. Independent random weights give
    1/n, 2/n and (n - 3)/n: for 3x3 kernels 0.11, 0.22 and 0.67.

    Args:
        filters: (out, in, kernel height, kernel width), kernels of at least 2x2.
    """
    height, width = filters.shape[2:]
    y = (torch.arange(height, device=filters.device) - (height - 1) / 2)[:, None].expand(-1, width)
    x = (torch.arange(width, device=filters.device) - (width - 1) / 2).expand(height, -1)
    basis = torch.stack([torch.ones_like(x), y, x]).flatten(1).double()
    kernels = filters.flatten(2).double()
    energy = (kernels @ basis.T).square().sum((0, 1)) / basis.square().sum(1)
    # Kernels that training has set to zero have no energy; all of it counts as detail then.
    constant, vertical, horizontal = (energy / kernels.square().sum().clamp(min=TINY)).tolist()
    gradient = vertical + horizontal
    return KernelEnergy(constant, gradient, 1 - constant - gradient)


def energy_by_filter(filters: Tensor) -> KernelEnergy:
    """Divide the energy of each filter as `kernel_energy` does; tensors (out,) in float64.

    Filters of independent normal weights have the expectations that are given there.

    Args:
        filters: (out, in, kernel height, kernel width), kernels of at least 2x2, none all zero.
    """
    parts = torch.tensor([kernel_energy(each[None]) for each in filters], dtype=torch.double)
    return KernelEnergy(*parts.unbind(1))


def random_energy(height: int, width: int) -> KernelEnergy:
    """Give the expected shares of kernels of independent random weights."""
    count = height * width
    return KernelEnergy(1 / count, 2 / count, (count - 3) / count)


def describe_energy(filters: Mapping[str, Tensor]) -> dict[str, Any]:
    """Compare the energy of filters with that of random ones, and of two layers with each other.

    Args:
        filters: of two layers, (out, in, height, width) each with kernels of one size, by name;
            the first is the shallow one.

    Returns:
        Means over the filters of a layer by name and part; `random`, their expectations; and
        `change`, the deep layer's means minus the shallow one's.
    """
    energies = {name: energy_by_filter(each) for name, each in filters.items()}
    shallow, deep = energies.values()
    (*_, height, width) = next(iter(filters.values())).shape
    return {
        "layers": {
            name: {
                part: mean_with_interval(values.tolist())
                for part, values in energy._asdict().items()
            }
            for name, energy in energies.items()
        },
        "random": random_energy(height, width)._asdict(),
        "change": {
            part: unpaired_difference(getattr(deep, part).tolist(), getattr(shallow, part).tolist())
            for part in KernelEnergy._fields
        },
    }


def name_filters(filters: Tensor) -> dict[str, Any]:
    """Sort filters by the part that holds more than half of their energy, the clearest first.

    With n independent normal weights the shares of the parts are Beta distributed, with half as
    many degrees of freedom as the part and as the rest have: a share above one half by chance has
    the probability I_{1/2}((n - d) / 2, d / 2), d of the n being the part's own.

    Args:
        filters: (out, 1, height, width), kernels of more than 3 weights, none all zero.

    Returns:
        By part: indices of its `filters`; its `rate` of all; `random`, the rate expected of random
        filters. Also `direction`, the degrees counterclockwise from the right in which the
        clearest gradient rises, and `sign` of the clearest mean; None where there is none.
    """
    from scipy.special import betainc  # noqa: PLC0415 (the library needs NumPy alone)

    count, _, height, width = filters.shape
    weights = height * width
    own = KernelEnergy(1, 2, weights - 3)
    found: dict[str, Any] = {}
    for part, shares in energy_by_filter(filters)._asdict().items():
        order = shares.argsort(descending=True).tolist()
        indices = [index for index in order if shares[index] > 0.5]
        degrees = getattr(own, part)
        found[part] = {
            "filters": indices,
            "rate": rate_with_interval(len(indices), count),
            "random": float(betainc((weights - degrees) / 2, degrees / 2, 0.5)),
        }
    edges, means = found["gradient"]["filters"], found["constant"]["filters"]
    return found | {
        "direction": gradient_direction(filters[edges[0], 0]) if edges else None,
        "sign": int(filters[means[0]].sum().sign()) if means else None,
    }


def gradient_direction(kernel: Tensor) -> float:
    """Compute where a kernel (height, width) rises: degrees counterclockwise from the right."""
    height, width = kernel.shape
    y = torch.arange(height, device=kernel.device) - (height - 1) / 2
    x = torch.arange(width, device=kernel.device) - (width - 1) / 2
    down = (kernel * y[:, None]).sum() / y.square().sum()
    right = (kernel * x).sum() / x.square().sum()
    return float(torch.atan2(-down, right).rad2deg())


class FilterMeasures(NamedTuple):
    """Measures of each colour filter, (filters,) each; all but the norm lie in [0, 1]."""

    norm: Filters
    """The square root of its energy, the sum of its squared weights."""

    smoothness: Filters
    """The share of its spectral energy at frequencies up to `LOW_FREQUENCY`."""

    colour: Filters
    """The share of its energy in differences between channels: 0 where it is grey."""

    orientation: Filters
    """Concentration of its spectral energy in one direction: 0 for spots, 1 for a grating."""


def measure_filters(filters: Filters) -> FilterMeasures:
    """Measure the energy of filters and its distribution in their discrete Fourier transforms.

    With power P(f), summed over channels, of a filter at frequencies f of direction t(f),

        smoothness  = sum of P(f) where |f| <= LOW_FREQUENCY / sum of P(f)
        orientation = |sum of P(f) exp(2 i t(f)) where f is not 0| / sum of P(f)
        colour      = 1 - 3 sum of m^2 / sum of w^2, m a pixel's mean over the channels

    Doubling the angle makes opposite directions, which are one orientation, the same. A filter
    of zeros has 0 for all of them.
    """
    filters = filters.astype(np.float64)
    energy = np.square(filters).sum((1, 2, 3))
    power = np.square(np.abs(np.fft.fft2(filters, norm="ortho"))).sum(1)
    vertical, horizontal = np.meshgrid(*map(np.fft.fftfreq, filters.shape[2:]), indexing="ij")
    frequency = np.hypot(vertical, horizontal)
    turns = np.where(frequency > 0, np.exp(2j * np.arctan2(vertical, horizontal)), 0)
    grey = filters.shape[1] * np.square(filters.mean(1)).sum((1, 2))
    positive = np.maximum(energy, TINY)
    return FilterMeasures(
        norm=np.sqrt(energy),
        smoothness=power[:, frequency <= LOW_FREQUENCY].sum(1) / positive,
        colour=(energy - grey) / positive,
        orientation=np.abs((power * turns).sum((1, 2))) / positive,
    )


def summarize_filters(filters: Filters) -> dict[str, Any]:
    """Compute the medians of the measures, also of random filters, and count kinds of filters.

    Returns:
        Counts of filters that are nearly `grey`, mostly `coloured`, `oriented`, `noisy` (no
        smoother than 99 % of random filters of their size) and `faint` (their norm is below a
        tenth of the median one), beside the medians.
    """
    found, random = measure_filters(filters), measure_filters(random_filters(filters.shape[1:]))
    kinds = {
        "grey": found.colour < 0.1,
        "coloured": found.colour > 0.5,
        "oriented": found.orientation > 0.5,
        "noisy": found.smoothness <= np.quantile(random.smoothness, 0.99),
        "faint": found.norm < 0.1 * np.median(found.norm),
    }
    return {
        "filters": len(filters),
        "side": filters.shape[-1],
        **medians(found),
        "random": medians(random),
        **{kind: int(belong.sum()) for kind, belong in kinds.items()},
    }


def random_filters(shape: tuple[int, ...]) -> Filters:
    """Draw filters of independent normal weights, the same ones each time."""
    return np.random.default_rng(0).standard_normal((RANDOM_FILTERS, *shape))


def medians(measures: FilterMeasures) -> dict[str, float]:
    """Compute the median of each measure that is a share."""
    return {
        name: float(np.median(values))
        for name, values in measures._asdict().items()
        if name != "norm"
    }


def probability_of_superiority(some: FilterMeasures, others: FilterMeasures) -> dict[str, float]:
    """Compute P(measure of one of the first set > measure of one of the second) by measure.

    Each probability is over all pairs, a tie counting half, as in the Mann-Whitney test: 0.5 where
    the sets do not differ, 1 where the first are always above.
    """
    return {
        name: share_above(getattr(some, name), getattr(others, name))
        for name in FilterMeasures._fields
    }

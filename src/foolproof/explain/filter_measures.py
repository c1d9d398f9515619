"""Numbers for what is seen on colour filters.

Filters have shape (filters, 3, height, width); their channels are red, green and blue.
"""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

Filters = NDArray[np.floating[Any]]

# Waves of at least four pixels: half of the finest that pixels can show.
LOW_FREQUENCY = 0.25  # cycles per pixel

# Random filters that trained ones are held against.
RANDOM_FILTERS = 1000

TINY = np.finfo(float).tiny


class Measures(NamedTuple):
    """What is measured of each filter, (filters,) each; but for the norm, from 0 to 1."""

    norm: Filters
    """The square root of its energy, the sum of its squared weights."""

    smoothness: Filters
    """The share of its energy in frequencies up to `LOW_FREQUENCY`."""

    colour: Filters
    """The share of its energy in differences between channels: 0 where it is grey."""

    orientation: Filters
    """How much of its energy lies in waves of one direction: 0 for spots, 1 for a grating."""


def measure(filters: Filters) -> Measures:
    """Measure filters by their energy and where it is in their discrete Fourier transforms.

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
    some = np.maximum(energy, TINY)
    return Measures(
        norm=np.sqrt(energy),
        smoothness=power[:, frequency <= LOW_FREQUENCY].sum(1) / some,
        colour=(energy - grey) / some,
        orientation=np.abs((power * turns).sum((1, 2))) / some,
    )


def summarize(filters: Filters) -> dict[str, Any]:
    """Give the medians of what is measured, also of random filters, and count kinds of filters.

    Returns:
        Counts of filters that are nearly `grey`, mostly `coloured`, `oriented`, `noisy` (no
        smoother than 99 % of random filters of their size) and `faint` (their norm is below a
        tenth of the median one), beside the medians.
    """
    found, random = measure(filters), measure(random_filters(filters.shape[1:]))
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


def medians(measures: Measures) -> dict[str, float]:
    """Give the median of each measure that is a share."""
    return {
        name: float(np.median(values))
        for name, values in measures._asdict().items()
        if name != "norm"
    }


def probability_of_superiority(some: Measures, others: Measures) -> dict[str, float]:
    """Compare two sets of filters: how often one of the first measures more than one of the others.

    Each share is over all pairs, a draw counting half, as in the Mann-Whitney test: 0.5 where the
    sets do not differ, 1 where the first are always above.
    """
    return {
        name: float(
            np.mean(np.heaviside(getattr(some, name)[:, None] - getattr(others, name), 0.5))
        )
        for name in Measures._fields
    }

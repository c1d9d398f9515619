"""PGD under an L-infinity constraint: examples, and success rates against epsilon."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray

from foolproof.figures.predicted_image import PredictedImage, draw_perturbation, draw_predicted
from foolproof.figures.style import new_figure

FONT = 7.5

# Rates and means by epsilon, with their names in figures.
RATES = {
    "success_rate": "target is top-1",
    "success_rate_8_bit": "target is top-1, at 8 bits",
    "confident_rate": "confidence reached",
    "mean_confidence": "mean probability",
    "mean_confidence_8_bit": "mean probability, at 8 bits",
}


def draw_examples(
    originals: Sequence[PredictedImage],
    results: Sequence[PredictedImage],
    *,
    epsilon: float,
    architecture: str,
) -> Figure:
    """Draw original, perturbation and result, a row for each photo.

    Args:
        originals: at least one.
        results: one for each original.
        epsilon: in units of 1/255.
        architecture: name of the network, for the title.
    """
    rows = len(originals)
    title = f"{architecture}: targeted PGD, ε = {epsilon:g}/255"
    figure, axes = new_figure(rows, 3, width=4.4, height=1.7 * rows + 0.8, title=title)
    for row, original, result in zip(axes, originals, results, strict=True):
        noise = 255 * (result.pixels - original.pixels)
        draw_predicted(row[0], original, fontsize=FONT)
        limits = f"from {noise.min():+.1f} to {noise.max():+.1f}\n(of 255)"
        draw_perturbation(row[1], noise, limits, fontsize=FONT)
        draw_predicted(row[2], result, fontsize=FONT)
    names = ("original", "perturbation,\nscaled to full contrast", "original + perturbation")
    for axis, name in zip(axes[-1], names, strict=True):
        axis.set_xlabel(name, fontsize=FONT)
    return figure


def sweep_rows(rates: Mapping[float, Mapping[str, Any]]) -> list[dict[str, Any]]:
    """List the rates by epsilon in units of 1/255, for a CSV file."""
    return [
        {"epsilon_255": epsilon, "series": series, "value": _middle(found[rate])}
        for epsilon, found in rates.items()
        for rate, series in RATES.items()
    ]


def _middle(found: Mapping[str, Any]) -> float:
    """Take the value of a Rate, or the mean of an Interval."""
    value: float = found["value"] if "value" in found else found["mean"]
    return value


def draw_sweep(
    rates: Mapping[float, Mapping[str, Any]],
    probabilities: NDArray[Any],
    *,
    confidence: float,
    title: str,
) -> Figure:
    """Draw success rates with 95 % intervals, and confidence, against epsilon.

    Args:
        rates: by epsilon in units of 1/255, ascending, with the keys of `RATES`.
        probabilities: of the targets, (epsilons, pairs).
        confidence: at which the attack stops.
        title: of the figure.
    """
    figure, axes = new_figure(1, 2, width=6.4, height=3, title=title)
    success, spread = axes[0]
    epsilons = list(rates)
    for rate, marker in zip(list(RATES)[:3], "os^", strict=True):
        values, lows, highs = (
            [100 * found[rate][limit] for found in rates.values()]
            for limit in ("value", "low", "high")
        )
        (line,) = success.plot(epsilons, values, f"{marker}-", ms=4, label=RATES[rate])
        success.fill_between(epsilons, lows, highs, color=line.get_color(), alpha=0.13, lw=0)
    success.set(ylabel="share of the pairs (%)")
    low, middle, high = 100 * np.quantile(probabilities, (0.1, 0.5, 0.9), axis=1)
    spread.fill_between(epsilons, low, high, alpha=0.2, lw=0, label="10th to 90th percentile")
    spread.plot(epsilons, middle, "-", label="median")
    for rate, line in (("mean_confidence", "o-"), ("mean_confidence_8_bit", "s-")):
        values = [100 * _middle(found[rate]) for found in rates.values()]
        spread.plot(epsilons, values, line, ms=4, label=RATES[rate])
    spread.axhline(100 * confidence, color="0.5", linestyle=":", lw=1)
    spread.set(ylabel="probability of the target (%)")
    for axis in axes[0]:
        axis.set(xlabel="ε (in units of 1/255)", ylim=(-3, 103), xscale="log")
        axis.set_xticks(epsilons, [f"{epsilon:g}" for epsilon in epsilons])
        axis.minorticks_off()
        axis.grid(alpha=0.3)
        axis.legend(loc="lower right", fontsize=7)
    return figure

"""Photos that are taken for another class: examples, and success against the size of the ball."""

from collections.abc import Mapping, Sequence
from textwrap import fill
from typing import Any, NamedTuple

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from foolproof.figures.style import new_figure, remove_frame

# What is counted and averaged at each epsilon.
RATES = {
    "success_rate": "target likeliest",
    "success_rate_8_bit": "target likeliest, rounded to 8 bits",
    "confident_rate": "confidence reached",
    "mean_confidence": "mean probability",
    "mean_confidence_8_bit": "mean probability, rounded to 8 bits",
}


class Seen(NamedTuple):
    """A picture and what the network takes it for."""

    pixels: NDArray[np.floating]
    """(side, side, 3), in [0, 1]."""

    name: str
    """Of the likeliest class."""

    probability: float
    """Of that class."""


def draw_examples(
    originals: Sequence[Seen], results: Sequence[Seen], *, epsilon: float, architecture: str
) -> Figure:
    """Draw a row for each photo: the original, the noise that is added, the result.

    Args:
        originals: at least one.
        results: likewise, one for each original.
        epsilon: in units of 1/255.
        architecture: the network's name, for the title.
    """
    rows = len(originals)
    title = f"{architecture}: no pixel changes by more than {epsilon:g}/255"
    figure, axes = new_figure(rows, 3, width=7.2, height=2.65 * rows + 0.9, title=title)
    for row, original, result in zip(axes, originals, results, strict=True):
        noise = 255 * (result.pixels - original.pixels)
        draw_seen(row[0], original)
        largest = float(np.abs(noise).max())
        row[1].imshow(0.5 + 0.5 * noise / max(largest, 1e-9))
        row[1].set_title(f"from {noise.min():+.1f} to {noise.max():+.1f}\n(of 255)")
        remove_frame(row[1])
        draw_seen(row[2], result)
    names = ("original", "noise, stretched to full contrast", "original + noise")
    for axis, name in zip(axes[-1], names, strict=True):
        axis.set_xlabel(name)
    return figure


def draw_seen(axis: Axes, seen: Seen, *, colour: str = "black", fontsize: float = 9) -> None:
    """Draw a picture under the name and the probability of its likeliest class."""
    axis.imshow(seen.pixels)
    axis.set_title(
        f"{fill(seen.name, 24)}\n{percent(seen.probability)}", color=colour, fontsize=fontsize
    )
    remove_frame(axis)


def percent(share: float) -> str:
    """Write a share in percent, without calling anything certain or impossible that is not."""
    if 0.9995 <= share < 1:
        return "> 99.9 %"
    if 0 < share < 0.0005:
        return "< 0.1 %"
    return f"{100 * share:.1f} %"


def see(
    images: NDArray[np.floating], probabilities: NDArray[np.floating], classes: Sequence[str]
) -> list[Seen]:
    """Name the likeliest class of images (N, 3, side, side), of probabilities (N, classes)."""
    return [
        Seen(pixels.transpose(1, 2, 0), classes[found.argmax()], float(found.max()))
        for pixels, found in zip(images, probabilities, strict=True)
    ]


def sweep_rows(rates: Mapping[float, Mapping[str, float]]) -> list[dict[str, Any]]:
    """List the rates of the sweep, by epsilon in units of 1/255, for a CSV file."""
    return [
        {"epsilon_255": epsilon, "series": series, "value": found[rate]}
        for epsilon, found in rates.items()
        for rate, series in RATES.items()
    ]


def draw_sweep(
    rates: Mapping[float, Mapping[str, float]],
    probabilities: NDArray[Any],
    *,
    confidence: float,
    title: str,
) -> Figure:
    """Draw success and confidence against the size of the ball.

    Args:
        rates: by epsilon in units of 1/255, ascending; what `RATES` names.
        probabilities: of the targets, (epsilons, pairs).
        confidence: at which the attack stops.
        title: of the figure.
    """
    figure, axes = new_figure(1, 2, width=9.6, height=4, title=title)
    success, spread = axes[0]
    epsilons = list(rates)
    for rate, marker in zip(list(RATES)[:3], "os^", strict=True):
        values = [100 * found[rate] for found in rates.values()]
        success.plot(epsilons, values, f"{marker}-", ms=4, label=RATES[rate])
    success.set(ylabel="share of the pairs (%)")
    low, middle, high = 100 * np.quantile(probabilities, (0.1, 0.5, 0.9), axis=1)
    spread.fill_between(epsilons, low, high, alpha=0.2, lw=0, label="10th to 90th percentile")
    spread.plot(epsilons, middle, "-", label="median")
    for rate, line in (("mean_confidence", "o-"), ("mean_confidence_8_bit", "s-")):
        values = [100 * found[rate] for found in rates.values()]
        spread.plot(epsilons, values, line, ms=4, label=RATES[rate])
    spread.axhline(100 * confidence, color="0.5", linestyle=":", lw=1)
    spread.set(ylabel="probability of the target (%)")
    for axis in axes[0]:
        axis.set(xlabel="ε (in units of 1/255)", ylim=(-3, 103), xscale="log")
        axis.set_xticks(epsilons, [f"{epsilon:g}" for epsilon in epsilons])
        axis.minorticks_off()
        axis.grid(alpha=0.3)
        axis.legend(loc="lower right", fontsize=7.5)
    return figure

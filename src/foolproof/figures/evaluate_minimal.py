"""Minimal perturbations: examples, and norms against the rank of the target."""

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import LogLocator

from foolproof.attacks.evaluate_minimal import PairMeasures
from foolproof.compute.intervals import Median, median_with_interval
from foolproof.figures.predicted_image import PredictedImage, draw_perturbation, draw_predicted
from foolproof.figures.style import COLOURS, new_figure

FONT = 7


def draw_changes(
    originals: Sequence[PredictedImage],
    results: Sequence[Mapping[str, PredictedImage]],
    *,
    title: str,
) -> Figure:
    """Draw a row for each photo: the original, then each perturbation and result.

    Args:
        originals: of the rows.
        results: of each row, by what is written below.
        title: of the figure.
    """
    figure, axes = new_figure(
        len(originals),
        1 + 2 * max(map(len, results)),
        width=5.5,
        height=1.38 * len(originals) + 0.3,
        title=f"{title}: small L2 perturbations towards a target",
    )
    for row, original, named in zip(axes, originals, results, strict=True):
        draw_predicted(row[0], original, fontsize=FONT)
        for axis in row[1 + 2 * len(named) :]:
            axis.set_axis_off()
        for axis, beside, (name, result) in zip(row[1::2], row[2::2], named.items(), strict=False):
            change = result.pixels - original.pixels
            largest = float(np.abs(change).max())
            norms = f"L2 norm {np.linalg.norm(change):.2f}\n±{255 * largest:.1f} of 255"
            draw_perturbation(axis, change, norms, fontsize=FONT)
            draw_predicted(beside, result, fontsize=FONT)
            beside.set_xlabel(name, fontsize=FONT)
    return figure


def _halves(median: Median) -> tuple[float, float]:
    """Compute how far the interval reaches below and above a median; 0 without an interval."""
    low, high = median["low"], median["high"]
    if low is None or high is None:
        return 0.0, 0.0
    return median["value"] - low, high - median["value"]


def draw_norms(
    measures: Sequence[PairMeasures], methods: Mapping[str, str], *, title: str
) -> Figure:
    """Draw the norms of successful perturbations against the rank of the target, by method.

    Medians have their 95 % intervals.

    Args:
        measures: of pairs and methods.
        methods: names in the legend, by those in the measures.
        title: of the figure.
    """
    figure, axes = new_figure(
        1, 2, width=6.4, height=2.7, title=f"{title}: norm of the perturbation by the target's rank"
    )
    quantities = {
        "l2": ("L2 norm, pixels in [0, 1]", 1),
        "linf": ("L∞ norm (of 255)", 255),
    }
    # A logarithmic axis needs a positive value.
    drawn = any(each.success and each.l2 > 0 for each in measures)
    spacing = "log" if drawn else "linear"
    for axis, (quantity, (label, scale)) in zip(axes[0], quantities.items(), strict=True):
        for number, (method, name) in enumerate(methods.items()):
            found = [each for each in measures if each.method == method and each.success]
            ranks = np.array([each.rank for each in found])
            sizes = scale * np.array([getattr(each, quantity) for each in found])
            spread = 0.94 + 0.12 * number
            axis.plot(spread * ranks, sizes, ".", ms=4, alpha=0.5, color=COLOURS[number])
            places = np.unique(ranks)
            medians = [median_with_interval(sizes[ranks == rank].tolist()) for rank in places]
            axis.errorbar(
                spread * places,
                [each["value"] for each in medians],
                yerr=np.array([_halves(each) for each in medians]).reshape(-1, 2).T,
                fmt="o-",
                ms=5,
                capsize=3,
                color=COLOURS[number],
                label=f"{name}: median",
            )
        axis.set(
            xscale=spacing,
            yscale=spacing,
            xlabel="rank of the target",
            ylabel=label,
        )
        if not drawn:
            axis.text(0.5, 0.5, "no attack succeeded", ha="center", transform=axis.transAxes)
        axis.grid(alpha=0.3)
        shown = sorted({each.rank for each in measures})
        axis.set_xticks(shown, [f"{rank:,}" for rank in shown])
        if drawn:
            axis.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
        axis.yaxis.set_major_formatter("{x:g}")
        for side in (axis.xaxis, axis.yaxis):
            side.set_minor_formatter("")
    axes[0, 0].legend(fontsize=8)
    return figure

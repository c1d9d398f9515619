"""Training curves."""

from collections.abc import Mapping
from typing import Literal

import pandas as pd
from matplotlib.figure import Figure
from matplotlib.ticker import LogLocator, NullFormatter

from foolproof.figures.style import COLOURS, new_figure


def draw_training_curves(
    curves: Mapping[str, pd.DataFrame],
    *,
    eval_name: Literal["validation", "test"],
    accuracy_from: float,
) -> Figure:
    """Draw loss, error and accuracy of several networks against the epoch.

    Lines are means over the seeds, bands reach from min to max.

    Args:
        curves: by the network's name in the figure, a row for each seed and point, with the columns
            seed, epoch, and loss and accuracy on the training and the evaluation set.
        eval_name: the evaluation set, as in the columns' names.
        accuracy_from: lower limit of the accuracy axis, in percent: the networks differ at the end
            of training, while the first batches are near chance.
    """
    figure, axes = new_figure(1, 3, width=6.46, height=2.9, title=f"Training and {eval_name}")
    quantities = {
        "cross-entropy (nats)": lambda curve, part: curve[f"{part}_loss"],
        "error (%)": lambda curve, part: 100 * (1 - curve[f"{part}_accuracy"]),
        "accuracy (%)": lambda curve, part: 100 * curve[f"{part}_accuracy"],
    }
    for axis, (label, quantity) in zip(axes[0], quantities.items(), strict=True):
        for colour, (name, curve) in zip(COLOURS, curves.items(), strict=False):
            for part, line in (("training", "--"), (eval_name, "-")):
                by_epoch = quantity(curve, part).groupby(curve["epoch"])
                mean = by_epoch.mean()
                axis.plot(mean.index, mean, line, color=colour, label=f"{part}, {name}")
                axis.fill_between(
                    mean.index, by_epoch.min(), by_epoch.max(), color=colour, alpha=0.15, lw=0
                )
        axis.set(xlabel="epoch", title=label)
        axis.set_xlim(left=0)
    for axis in axes[0, :2]:
        axis.set_yscale("log")
        axis.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
        axis.yaxis.set_major_formatter("{x:g}")
        axis.yaxis.set_minor_formatter(NullFormatter())
    axes[0, 2].set_ylim(accuracy_from, 100)
    handles, labels = axes[0, 0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower left", ncols=2)
    return figure

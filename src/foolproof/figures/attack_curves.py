"""Accuracy on clean images and under attacks along adversarial trainings."""

from collections.abc import Mapping, Sequence
from typing import Any

from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from foolproof.figures.style import COLOURS, new_figure

ATTACKS = {"clean": "clean images", "fgsm": "FGSM", "pgd": "PGD"}
"""Names in the figure by those in the file."""

Rows = Sequence[Mapping[str, str]]
"""What `train_robust` writes: a row for each training, epoch and attack."""


def attack_curve_rows(curve: Rows) -> list[dict[str, Any]]:
    """List the accuracies by epoch, training and attack, for a CSV file."""
    return [
        {
            "epoch": float(row["epoch"]),
            "series": f"{ATTACKS[row['attack']]}, {row['training']}",
            **{key: float(row[key]) for key in ("accuracy", "low", "high")},
        }
        for row in curve
    ]


def draw_attack_curves(curve: Rows) -> Figure:
    """Draw the accuracies against the epoch with their 95 % intervals, a chart a training."""
    trainings = list(dict.fromkeys(row["training"] for row in curve))
    figure, axes = new_figure(
        1,
        len(trainings),
        width=5.6,
        height=2.5,
        sharey=True,
        title=f"Adversarial training: accuracy on {curve[0]['n']} validation images",
    )
    for axis, training in zip(axes[0], trainings, strict=True):
        for (key, name), colour, marker in zip(ATTACKS.items(), COLOURS, "os^", strict=False):
            rows = [row for row in curve if (row["training"], row["attack"]) == (training, key)]
            epochs = [float(row["epoch"]) for row in rows]
            accuracy, low, high = (
                [100 * float(row[column]) for row in rows] for column in ("accuracy", "low", "high")
            )
            axis.plot(epochs, accuracy, f"{marker}-", color=colour, ms=4, label=name)
            axis.fill_between(epochs, low, high, color=colour, alpha=0.15, lw=0)
        axis.set(title=training, xlabel="epoch", ylim=(-3, 103))
        axis.set_xlim(left=0)
        axis.xaxis.set_major_locator(MaxNLocator(integer=True))
        axis.grid(alpha=0.3)
    axes[0, 0].set_ylabel("accuracy (%)")
    axes[0, 0].legend(loc="lower right", fontsize=8)
    return figure

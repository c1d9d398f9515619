"""Figures of the classifiers of deep features: confusions, classes, hyperparameters."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from numpy.typing import NDArray
from scipy.stats import sem

from foolproof.figures.style import COLOURS, PROBABILITY, new_figure

# Names and markers of the classifiers.
CLASSIFIERS = {"logistic_regression": "logistic regression", "svm": "linear SVM", "knn": "k-NN"}
MARKERS = {"logistic_regression": "o", "svm": "s", "knn": "^"}
FIRST = "logistic_regression"
FRAME = COLOURS[1]
FEW = 15  # classes with larger lettering


class Curve(NamedTuple):
    """A grid search and its result on the test images."""

    grid: Sequence[float]
    training: NDArray[Any]
    """Accuracy on the training folds, (grid, folds)."""

    validation: NDArray[Any]
    """Accuracy on the validation fold, (grid, folds)."""

    chosen: float
    """The hyperparameter with the maximum mean validation accuracy."""

    test: float
    """Accuracy on the test images, with its interval."""

    low: float
    high: float


def draw_confusions(
    confusions: NDArray[Any], names: Sequence[str], confused: Sequence[Mapping[str, Any]]
) -> Figure:
    """Draw the confusion matrix, and frame the most confused pairs.

    Args:
        confusions: images by true (rows) and predicted class (columns), (classes, classes).
        names: of the classes.
        confused: the pairs to frame, with names of the `true` and the `predicted` class.
    """
    classes = len(names)
    font = 9 if classes <= FEW else 6.5
    title = "Test images by true and predicted class, logistic regression"
    if confused:
        title += f"\nframed: the {len(confused)} most confused pairs, ties in order of the classes"
    figure, ((matrix,),) = new_figure(width=6.4, height=6, title=title)
    shares = confusions / np.maximum(1, confusions.sum(1))[:, None]
    shown = matrix.imshow(shares, cmap=PROBABILITY, vmin=0, vmax=1)
    for row, column in np.argwhere(confusions):
        matrix.text(
            column,
            row,
            str(confusions[row, column]),
            ha="center",
            va="center",
            fontsize=font,
            color="black" if shares[row, column] > 0.6 else "white",
        )
    rows = {name: row for row, name in enumerate(names)}
    for pair in confused:
        corner = (rows[pair["predicted"]] - 0.5, rows[pair["true"]] - 0.5)
        matrix.add_patch(Rectangle(corner, 1, 1, fill=False, edgecolor=FRAME, lw=1.5))
    matrix.set(xlabel="predicted class", ylabel="true class")
    matrix.set_xticks(range(classes), names, rotation=90, fontsize=font)
    matrix.set_yticks(range(classes), names, fontsize=font)
    matrix.tick_params(length=2)
    figure.colorbar(shown, ax=matrix, label="share of the true class's test images", shrink=0.6)
    return figure


def draw_classes(rows: Sequence[Mapping[str, Any]], means: Mapping[str, float]) -> Figure:
    """Draw the accuracy of each class by every classifier, sorted by that of logistic regression.

    Args:
        rows: for each class its name `class`, its number of `images`, and its accuracy by the
            names of CLASSIFIERS; classes without test images are left out.
        means: the mean over the classes, by classifier.
    """
    shown = sorted((row for row in rows if row["images"]), key=lambda row: -row[FIRST])
    figure, ((axis,),) = new_figure(
        width=7.2, height=1.6 + 0.24 * len(shown), title="Accuracy by class on the test images"
    )
    places = np.arange(len(shown))
    for (name, mean), offset, colour in zip(means.items(), (-0.26, 0, 0.26), COLOURS, strict=False):
        axis.plot(
            [100 * row[name] for row in shown],
            places + offset,
            MARKERS[name],
            color=colour,
            ms=4,
            clip_on=False,
            label=f"{CLASSIFIERS[name]}, mean {100 * mean:.1f} %",
        )
        axis.axvline(100 * mean, color=colour, linestyle=":", lw=1)
    axis.set_yticks(places, [f"{row['class']} ({row['images']})" for row in shown], fontsize=8)
    axis.set(
        xlabel="accuracy (%); dotted: mean over the classes",
        ylabel="class (test images)",
        xlim=(0, 101),
    )
    axis.set_ylim(len(shown) - 0.4, -0.6)
    axis.set_yticks(places[1:] - 0.5, minor=True)
    axis.tick_params(which="minor", length=0)
    axis.grid(axis="y", which="minor", alpha=0.4)
    axis.legend(loc="lower center", bbox_to_anchor=(0.4, 1), ncols=len(means), fontsize=8)
    return figure


def draw_hyperparameters(curves: Mapping[str, Curve]) -> Figure:
    """Draw accuracy in cross-validation against the hyperparameter, by the keys of CLASSIFIERS."""
    figure, axes = new_figure(
        1,
        len(curves),
        width=0.7 + 1.9 * len(curves),
        height=3.2,
        title="",
        sharey=True,
    )
    for axis, (name, curve) in zip(axes[0], curves.items(), strict=True):
        parts = {"training": (curve.training, "--", COLOURS[5])}
        parts["validation"] = (curve.validation, "-", COLOURS[0])
        for part, (values, line, colour) in parts.items():
            accuracies = 100 * values
            mean, error = accuracies.mean(1), sem(accuracies, axis=1)
            label = f"{part} folds (± standard error)"
            axis.plot(curve.grid, mean, line, marker="o", ms=3, color=colour, label=label)
            axis.fill_between(curve.grid, mean - error, mean + error, color=colour, alpha=0.2, lw=0)
        axis.errorbar(
            curve.chosen,
            100 * curve.test,
            [[100 * curve.test - 100 * curve.low], [100 * curve.high - 100 * curve.test]],
            fmt="*",
            ms=10,
            capsize=3,
            color=COLOURS[1],
            label="test images, with the chosen hyperparameter (95 % interval)",
        )
        axis.set_title(CLASSIFIERS[name])
        axis.grid(alpha=0.3)
        axis.tick_params(labelsize=7)
        if name == "knn":
            axis.set(xlim=(0, None))
            axis.set_xlabel("k (number of neighbours)", fontsize=7)
        else:
            axis.set(xscale="log")
            axis.set_xlabel("C (inverse regularization strength)", fontsize=7)
            axis.xaxis.set_major_formatter("{x:g}")
    axes[0, 0].set_ylabel("mean-per-class accuracy (%)")
    handles, labels = axes[0, 0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside upper center", fontsize=8)
    return figure

"""Figures of the classifiers of deep features."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from foolproof.figures.logistic_regression import (
    CLASSIFIERS,
    Curve,
    draw_classes,
    draw_confusions,
    draw_hyperparameters,
)
from tests.figures.conftest import assert_reproducible

NAMES = ("beagle", "pug", "Sphynx")
CONFUSIONS = np.array([[2, 2, 0], [1, 3, 0], [0, 0, 4]])
CONFUSED = [{"true": "beagle", "predicted": "pug", "images": 2}]
ROWS: list[dict[str, Any]] = [
    {"class": "beagle", "images": 4, "logistic_regression": 0.5, "svm": 0.25, "knn": 0},
    {"class": "pug", "images": 4, "logistic_regression": 0.75, "svm": 1, "knn": 0.5},
    {"class": "Bombay", "images": 0, "logistic_regression": None, "svm": None, "knn": None},
    {"class": "Sphynx", "images": 4, "logistic_regression": 0.75, "svm": 0.75, "knn": 0.25},
]
MEANS = {"logistic_regression": 0.6667, "svm": 0.6667, "knn": 0.25}
CURVE = Curve(
    [1, 10],
    training=np.array([[1, 1], [0.9, 1]]),
    validation=np.array([[0.6, 0.8], [0.5, 0.5]]),
    chosen=1,
    test=0.65,
    low=0.5,
    high=0.75,
)


def confusions() -> Figure:
    return draw_confusions(CONFUSIONS, NAMES, CONFUSED)


def classes() -> Figure:
    return draw_classes(ROWS, MEANS)


def hyperparameters() -> Figure:
    return draw_hyperparameters(dict.fromkeys(CLASSIFIERS, CURVE))


def texts(axis: Axes) -> list[str]:
    return [text.get_text() for text in axis.texts]


def test_matrix_has_shares_counts_and_frames() -> None:
    figure = confusions()
    matrix, bar = figure.axes
    (image,) = matrix.images
    np.testing.assert_allclose(np.asarray(image.get_array()), CONFUSIONS / 4)
    assert image.get_clim() == (0, 1)
    assert texts(matrix) == ["2", "2", "1", "3", "4"]
    assert [label.get_text() for label in matrix.get_yticklabels()] == list(NAMES)
    assert (matrix.get_xlabel(), matrix.get_ylabel()) == ("predicted class", "true class")
    assert bar.get_ylabel() == "share of the true class's test images"
    (frame,) = [patch for patch in matrix.patches if isinstance(patch, Rectangle)]
    assert frame.get_xy() == (0.5, -0.5)
    assert "framed: the 1 most confused" in figure.get_suptitle()


def test_matrix_without_errors_has_no_frames() -> None:
    figure = draw_confusions(np.diag([1, 0, 2]), NAMES, [])
    assert "framed" not in figure.get_suptitle()
    assert not figure.axes[0].patches


def test_classes_are_sorted_by_accuracy_with_the_means() -> None:
    (axis,) = classes().axes
    labels = [label.get_text() for label in axis.get_yticklabels()]
    assert labels == ["pug (4)", "Sphynx (4)", "beagle (4)"]
    points = {line.get_label(): np.asarray(line.get_xdata()) for line in axis.lines[::2]}
    assert list(points) == [
        "logistic regression, mean 66.7 %",
        "linear SVM, mean 66.7 %",
        "k-NN, mean 25.0 %",
    ]
    np.testing.assert_allclose(points["k-NN, mean 25.0 %"], [50, 25, 0])
    assert axis.get_ylim()[0] > axis.get_ylim()[1]


def test_classifiers_have_their_curves_and_test_accuracy() -> None:
    figure = hyperparameters()
    assert [axis.get_title() for axis in figure.axes] == list(CLASSIFIERS.values())
    assert [axis.get_xscale() for axis in figure.axes] == ["log", "log", "linear"]
    for axis in figure.axes:
        training, validation, test, *_ = axis.lines
        np.testing.assert_allclose(np.asarray(training.get_ydata()), [100, 95])
        np.testing.assert_allclose(np.asarray(validation.get_ydata()), [70, 50])
        assert (np.asarray(test.get_xdata()).item(), np.asarray(test.get_ydata()).item()) == (1, 65)
    (legend,) = figure.legends
    assert len(legend.get_texts()) == 3


@pytest.mark.parametrize("draw", [confusions, classes, hyperparameters])
def test_equal_numbers_give_equal_bytes(tmp_path: Path, draw: Callable[[], Figure]) -> None:
    assert_reproducible(draw, tmp_path)

"""Figures of additive perturbations."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from matplotlib.figure import Figure

from foolproof.figures.attack_noise import (
    OWN_CLASS,
    draw_noises,
    draw_transfer,
    transfer_rows,
)
from foolproof.figures.style import save_figure
from tests.figures.conftest import assert_reproducible

SOURCE = "Data: mnist, real data (mirror)"
COUNT = 3
LABELS = np.array([7, 7, 4])


def noises(strength: float = 0.25) -> Figure:
    images = np.full((COUNT, 28, 28), 0.5)
    noise = np.zeros((COUNT, 28, 28))
    noise[:, 3:5, 3:5] = strength * np.array([1, -2, 0.5])[:, None, None]
    probabilities = np.full((COUNT, 10), 0.01)
    probabilities[range(COUNT), [0, 1, 4]] = 0.91
    return draw_noises(images, noise, images + noise / 2, LABELS, probabilities)


def transfer() -> Figure:
    sums = np.random.default_rng(0).random((2, COUNT, 28, 28))
    probabilities = np.full((2, COUNT, 10), 0.01)
    for noise, predicted in enumerate(([7, 7, 4], [7, 1, 4])):
        probabilities[noise, range(COUNT), predicted] = 0.91
    return draw_transfer(sums, LABELS, probabilities)


def test_each_column_is_image_noise_sum_and_minimal_attack() -> None:
    figure = noises()
    rows = [figure.axes[row * COUNT : (row + 1) * COUNT] for row in range(5)]
    assert [row[0].get_ylabel() for row in rows] == [
        "image X",
        "noise N",
        "X + N",
        "minimal\n(DDN)",
        "X + minimal",
    ]
    assert [[axis.get_title() for axis in row] for row in rows] == [
        ["digit 7", "digit 7", "digit 4"],
        ["target 0\nL2 0.5", "target 1\nL2 1.0", "target 2\nL2 0.2"],
        ["class 0\n91 %", "class 1\n91 %", "class 4\n91 %"],
        ["L2 0.2", "L2 0.5", "L2 0.1"],
        ["", "", ""],
    ]
    for image, noise, total, change, result in zip(*rows, strict=True):
        drawn = [
            np.asarray(axis.images[0].get_array()) for axis in (image, noise, total, change, result)
        ]
        np.testing.assert_array_equal(drawn[0] + drawn[1], drawn[2])
        np.testing.assert_array_equal(drawn[1] / 2, drawn[3])
        np.testing.assert_array_equal(drawn[0] + drawn[3], drawn[4])
        assert image.images[0].get_clim() == total.images[0].get_clim() == (0, 1)
        assert noise.images[0].get_clim() == (-0.5, 0.5)
    assert figure.axes[-1].get_ylabel() == "change of a pixel"


def test_zero_noise_is_drawn_without_warning(tmp_path: Path) -> None:
    """A colour scale without extent might warn."""
    save_figure(noises(0), tmp_path / "noise.png", source=SOURCE)


def test_transfer_names_rows_and_columns_and_marks_misclassifications() -> None:
    figure = transfer()
    assert [axis.get_ylabel() for axis in figure.axes] == [
        *("target 0", "", ""),
        *("target 1", "", ""),
    ]
    assert [axis.get_xlabel() for axis in figure.axes[COUNT:]] == ["true 7", "true 7", "true 4"]
    titles = [axis.title for axis in figure.axes]
    assert [title.get_text() for title in titles] == [
        *("7 (91 %)", "7 (91 %)", "4 (91 %)"),
        *("7 (91 %)", "1 (91 %)", "4 (91 %)"),
    ]
    assert [title.get_fontweight() for title in titles].index("bold") == 4
    assert [index for index, title in enumerate(titles) if title.get_color() != "black"] == [4]


def test_sums_whose_target_is_the_true_class_are_grey_and_never_bold() -> None:
    probabilities = np.full((1, 2, 10), 0.01)
    probabilities[0, :, 3] = 0.91
    figure = draw_transfer(np.zeros((1, 2, 28, 28)), np.array([0, 1]), probabilities)
    own, other = (axis.title for axis in figure.axes)
    assert (own.get_color(), own.get_fontweight()) == (OWN_CLASS, "normal")
    assert other.get_fontweight() == "bold"


def test_transfer_rows_list_predictions_by_target_and_true_class() -> None:
    rows = transfer_rows(np.array([[[0.25, 0.75]], [[0.875, 0.125]]]), np.array([1]))
    assert rows == [
        {"target": 0, "true": 1, "predicted": 1, "confidence": 0.75},
        {"target": 1, "true": 1, "predicted": 0, "confidence": 0.875},
    ]


@pytest.mark.parametrize("draw", [noises, transfer])
def test_equal_data_give_equal_bytes_with_the_source_at_the_foot(
    tmp_path: Path, draw: Callable[[], Figure]
) -> None:
    assert_reproducible(draw, tmp_path)

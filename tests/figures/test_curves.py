"""Training curves: a line for each set and network."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from foolproof.figures.curves import draw_training_curves
from tests.figures.conftest import assert_reproducible

NAMES = ("without batch norm", "with batch norm")


@pytest.fixture
def curves() -> dict[str, pd.DataFrame]:
    """Two seeds and three points, by numbers that can be told apart."""
    frames = {}
    for network, shift in zip(NAMES, (0.0, 0.01), strict=True):
        rows = [
            {
                "seed": seed,
                "epoch": epoch,
                "training_loss": 0.4 / epoch + 0.1 * seed,
                "training_accuracy": 0.94 + shift + 0.01 * seed,
                "validation_loss": 0.3 / epoch + 0.1 * seed,
                "validation_accuracy": 0.95 + shift + 0.02 * seed,
            }
            for seed in (0, 1)
            for epoch in (0.5, 1.0, 1.5)
        ]
        frames[network] = pd.DataFrame(rows)
    return frames


def test_axes_have_titles_labels_and_legend(curves: dict[str, pd.DataFrame]) -> None:
    figure = draw_training_curves(curves, eval_name="validation", accuracy_from=90)
    titles = [axis.get_title() for axis in figure.axes]
    assert titles == ["cross-entropy (nats)", "error (%)", "accuracy (%)"]
    assert {axis.get_xlabel() for axis in figure.axes} == {"epoch"}
    assert [axis.get_yscale() for axis in figure.axes] == ["log", "log", "linear"]
    (legend,) = figure.legends
    assert sorted(text.get_text() for text in legend.get_texts()) == sorted(
        f"{part}, {name}" for part in ("training", "validation") for name in NAMES
    )


def test_lines_are_means_over_seeds_and_bands_reach_from_min_to_max(
    curves: dict[str, pd.DataFrame],
) -> None:
    loss, error, accuracy = draw_training_curves(
        curves, eval_name="validation", accuracy_from=90
    ).axes
    expected = {
        "training, without batch norm": (0.45, 94.5),
        "validation, without batch norm": (0.35, 96.0),
        "training, with batch norm": (0.45, 95.5),
        "validation, with batch norm": (0.35, 97.0),
    }
    for axis in (loss, error, accuracy):
        assert [line.get_label() for line in axis.lines] == list(expected)
        for line in axis.lines:
            np.testing.assert_array_equal(line.get_xdata(), [0.5, 1, 1.5])
    for index, (at_epoch_one, percent) in enumerate(expected.values()):
        assert np.asarray(loss.lines[index].get_ydata())[1] == pytest.approx(at_epoch_one)
        np.testing.assert_allclose(np.asarray(accuracy.lines[index].get_ydata()), percent)
        np.testing.assert_allclose(np.asarray(error.lines[index].get_ydata()), 100 - percent)
    box = accuracy.collections[1].get_paths()[0].get_extents()
    assert (box.y0, box.y1) == pytest.approx((95, 97))


def test_networks_differ_by_colour_and_sets_by_line_style(curves: dict[str, pd.DataFrame]) -> None:
    lines = draw_training_curves(curves, eval_name="validation", accuracy_from=90).axes[0].lines
    assert [line.get_linestyle() for line in lines] == ["--", "-", "--", "-"]
    colours = [line.get_color() for line in lines]
    assert colours[0] == colours[1] != colours[2] == colours[3]


def test_equal_curves_give_equal_bytes(curves: dict[str, pd.DataFrame], tmp_path: Path) -> None:
    assert_reproducible(
        lambda: draw_training_curves(curves, eval_name="validation", accuracy_from=90), tmp_path
    )

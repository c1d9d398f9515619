"""Figures of one neuron."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from matplotlib.figure import Figure

from foolproof.figures.surfaces import Surface, draw_descent, draw_slice, draw_surfaces
from tests.figures.conftest import assert_reproducible

WEIGHT, BIAS = np.meshgrid(np.linspace(-6, 6, 9), np.linspace(-6, 6, 9))
LOSS = Surface("Loss", label="loss", values=(WEIGHT + BIAS) ** 2)
GRADIENT = Surface("Gradient", label="gradient", values=WEIGHT + BIAS, signed=True)


def surfaces() -> Figure:
    return draw_surfaces([[LOSS, GRADIENT], [None, LOSS]], WEIGHT, BIAS, title="Surfaces")


def along_sum() -> Figure:
    sums = np.linspace(-12, 12, 25)
    losses = {"L2": sums**2, "cross-entropy": np.abs(sums)}
    gradients = {"L2": 2 * sums, "cross-entropy": np.sign(sums)}
    return draw_slice(sums, losses, gradients, steepest=1.317)


def descent(starts: int = 2) -> Figure:
    curves = 0.5 ** np.arange(1.0, 11)[:, None] * np.ones(starts)
    return draw_descent(
        {"L2": curves, "cross-entropy": curves[:4]}, list(range(1, starts + 1)), tolerance=0.01
    )


def test_surfaces_share_their_axes_and_say_what_they_are() -> None:
    figure = surfaces()
    assert figure.get_suptitle() == "Surfaces"
    shown = [axis for axis in figure.axes if axis.get_title()]
    assert [axis.get_title() for axis in shown] == ["Loss", "Gradient", "Loss"]
    assert [axis.get_zlabel() for axis in shown] == ["loss", "gradient", "loss"]  # type: ignore[attr-defined]
    for axis in shown:
        assert (axis.get_xlabel(), axis.get_ylabel()) == ("weight w", "bias b")
        assert axis.get_xlim() == axis.get_ylim() == shown[0].get_xlim()
        assert list(axis.get_xticks()) == list(axis.get_yticks()) == [-6, -3, 0, 3, 6]


def test_what_has_a_sign_is_coloured_symmetrically() -> None:
    loss, gradient, *_ = surfaces().axes
    assert loss.collections[0].get_clim() == (0, 144)
    assert gradient.collections[0].get_clim() == (-12, 12)
    assert loss.collections[0].get_cmap().name != gradient.collections[0].get_cmap().name


def test_the_slice_shows_sizes_on_a_log_scale_with_the_steepest_places() -> None:
    figure = along_sum()
    losses, sizes = figure.axes
    assert [line.get_label() for line in losses.lines] == ["L2", "cross-entropy"]
    assert sizes.get_yscale() == "log"
    drawn = np.asarray(sizes.lines[0].get_ydata())
    assert np.isnan(drawn[12])
    assert np.nanmin(drawn) > 0
    assert [line.get_xdata() for line in sizes.lines[2:]] == [[-1.317] * 2, [1.317] * 2]
    texts = [text.get_text() for text in figure.legends[0].get_texts()]
    assert texts == ["L2", "cross-entropy", "|w + b| = 1.32"]


@pytest.mark.parametrize("starts", [1, 2, 9])
def test_descents_have_a_colour_a_start_and_a_style_a_loss(starts: int) -> None:
    figure = descent(starts)
    lines = figure.axes[0].lines
    assert len(lines) == 2 * starts + 1
    assert {line.get_linestyle() for line in lines[:starts]} == {"--"}
    assert {line.get_linestyle() for line in lines[starts:-1]} == {"-"}
    for l2, entropy in zip(lines[:starts], lines[starts:-1], strict=True):
        assert l2.get_color() == entropy.get_color()
    texts = [text.get_text() for text in figure.legends[0].get_texts()]
    assert texts[0] == "L2, from w + b = 1"
    assert texts[-1] == "converged: 0.01"


def test_labels_stay_inside_the_picture_and_off_each_other() -> None:
    figure = surfaces()
    figure.draw_without_rendering()
    for axis in (axis for axis in figure.axes if axis.get_title()):
        label = axis.zaxis.label.get_window_extent()  # type: ignore[attr-defined]
        assert label.x1 <= figure.bbox.x1
        assert not label.overlaps(axis.yaxis.label.get_window_extent())


@pytest.mark.parametrize("draw", [surfaces, along_sum, descent])
def test_equal_data_give_equal_bytes_with_the_source_at_the_foot(
    tmp_path: Path, draw: Callable[[], Figure]
) -> None:
    assert_reproducible(draw, tmp_path)

"""Figures of one neuron."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from matplotlib.figure import Figure

from foolproof.figures.surfaces import (
    RELU,
    SIGMOID,
    Surface,
    draw_descent,
    draw_relu,
    draw_sigmoid,
    draw_slice,
    draw_surfaces,
)
from tests.figures.conftest import assert_reproducible

WEIGHT, BIAS = np.meshgrid(np.linspace(-6, 6, 9), np.linspace(-6, 6, 9))
LOSS = Surface("Loss", label="loss", values=(WEIGHT + BIAS) ** 2)
GRADIENT = Surface("Gradient", label="gradient", values=WEIGHT + BIAS, signed=True)


def surfaces() -> Figure:
    return draw_surfaces([[LOSS, GRADIENT], [None, LOSS]], WEIGHT, BIAS, width=4.3)


def along_sum() -> Figure:
    sums = np.linspace(-12, 12, 25)
    losses = {"l2": sums**2, "cross_entropy": np.abs(sums)}
    gradients = {"l2_gradient": 2 * sums, "cross_entropy_gradient": np.sign(sums)}
    return draw_slice(sums, losses | gradients, max_at=1.317)


def descent(starts: int = 2) -> Figure:
    curves = 0.5 ** np.arange(1.0, 11)[:, None] * np.ones(starts)
    return draw_descent(
        {"l2": curves, "cross_entropy": curves[:4]}, list(range(1, starts + 1)), tolerance=0.01
    )


def test_surfaces_share_their_axes_and_have_titles_and_labels() -> None:
    figure = surfaces()
    shown = [axis for axis in figure.axes if axis.get_title()]
    assert [axis.get_title() for axis in shown] == ["Loss", "Gradient", "Loss"]
    assert [axis.get_zlabel() for axis in shown] == ["loss", "gradient", "loss"]  # type: ignore[attr-defined]
    for axis in shown:
        assert (axis.get_xlabel(), axis.get_ylabel()) == ("weight w", "bias b")
        assert axis.get_xlim() == axis.get_ylim() == shown[0].get_xlim()
        assert list(axis.get_xticks()) == list(axis.get_yticks()) == [-6, -3, 0, 3, 6]


def test_signed_surfaces_have_symmetric_colour_limits() -> None:
    loss, gradient, *_ = surfaces().axes
    assert loss.collections[0].get_clim() == (0, 144)
    assert gradient.collections[0].get_clim() == (-12, 12)
    assert loss.collections[0].get_cmap().name != gradient.collections[0].get_cmap().name


def test_slice_has_absolute_gradients_on_a_log_scale_and_marks_the_maxima() -> None:
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
def test_descent_has_a_colour_for_each_start_and_a_line_style_for_each_loss(starts: int) -> None:
    figure = descent(starts)
    lines = figure.axes[0].lines
    assert len(lines) == 2 * starts + 1
    assert {line.get_linestyle() for line in lines[:starts]} == {"--"}
    assert {line.get_linestyle() for line in lines[starts:-1]} == {"-"}
    for l2, entropy in zip(lines[:starts], lines[starts:-1], strict=True):
        assert l2.get_color() == entropy.get_color()
    texts = [text.get_text() for text in figure.legends[0].get_texts()]
    assert texts[0] == "from w + b = 1"
    assert texts[-3:] == ["L2", "cross-entropy", "converged: 0.01"]
    assert len(texts) == starts + 3


def test_axis_labels_are_inside_the_figure_and_do_not_overlap() -> None:
    figure = surfaces()
    figure.draw_without_rendering()
    for axis in (axis for axis in figure.axes if axis.get_title()):
        label = axis.zaxis.label.get_window_extent()  # type: ignore[attr-defined]
        assert label.x1 <= figure.bbox.x1
        assert not label.overlaps(axis.yaxis.label.get_window_extent())


def test_neurons_have_a_figure_for_each_surface_and_one_of_all() -> None:
    values = dict.fromkeys(SIGMOID, WEIGHT + BIAS)
    figures = draw_sigmoid(WEIGHT, BIAS, values)
    assert list(figures) == [*SIGMOID, "surfaces"]
    for name in SIGMOID:
        (axis,) = figures[name].axes
        assert (axis.get_title(), axis.get_zlabel()) == SIGMOID[name]  # type: ignore[attr-defined]
        limits = (-12, 12) if name.endswith("gradient") else (0, 12)
        assert axis.collections[0].get_clim() == limits
    titles = [axis.get_title() for axis in figures["surfaces"].axes if axis.get_title()]
    assert titles == [title for title, _ in SIGMOID.values()]
    relu = draw_relu(WEIGHT, BIAS, values)
    assert [axis.get_title() for axis in relu.axes] == [title for title, _ in RELU.values()]


@pytest.mark.parametrize("draw", [surfaces, along_sum, descent])
def test_equal_data_give_equal_bytes_with_the_source_at_the_foot(
    tmp_path: Path, draw: Callable[[], Figure]
) -> None:
    assert_reproducible(draw, tmp_path)

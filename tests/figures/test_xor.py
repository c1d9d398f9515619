"""Figures of perceptrons trained on XOR."""

from collections import Counter
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from matplotlib.figure import Figure

from foolproof.figures.style import save_figure
from foolproof.figures.xor import (
    OUTCOME_COLOURS,
    Planes,
    draw_failures,
    draw_losses,
    draw_planes,
    grouped,
)
from tests.figures.conftest import assert_reproducible

SOURCE = "Computed on the four points of XOR; no other data"
COLLAPSED = np.array([[-1, -1], [-1, 0.9], [0.9, -1], [-0.95, -0.95]])


def planes(title: str = "step 1", line: tuple[float, float, float] = (1, 1, 1)) -> Planes:
    values = np.linspace(0, 1, 11)
    both = np.add.outer(values, values) / 2
    return Planes(title, hidden=COLLAPSED, line=np.array(line), hidden_map=both, input_map=both)


def learning() -> Figure:
    return draw_planes([planes("step 0"), planes("step 9")], title="Learning")


def losses() -> Figure:
    curves = np.exp(-np.arange(5.0))[:, None] * np.ones(3)
    return draw_losses(
        np.array([0, 1, 2, 5, 9]),
        {"tanh": curves, "linear": curves[:, :2]},
        {
            "tanh": np.array(["success", "two_collapsed", "success"]),
            "linear": np.array(["four_collapsed", "four_collapsed"]),
        },
        {"two_collapsed": 0.3466, "four_collapsed": 0.6931},
    )


def failures() -> Figure:
    return draw_failures(
        {"0.1": Counter(success=90, two_collapsed=10), "1": Counter(success=52, two_collapsed=48)},
        {"two_collapsed": (np.array([1e-5, 2e-5, -1e-4]), np.array([1e-4, 2e-4, 1e-3]))},
        [planes("two points collapsed")],
    )


def test_planes_have_the_decision_boundary_and_probability_maps() -> None:
    figure = learning()
    hidden, hidden_end, inputs, inputs_end, bar = figure.axes
    assert [axis.get_title() for axis in (hidden, hidden_end)] == ["step 0", "step 9"]
    assert [axis.get_xlabel() for axis in (hidden, inputs)] == ["h1", "x1"]
    assert [axis.get_ylabel() for axis in (hidden, inputs, hidden_end)] == ["h2", "x2", ""]
    assert bar.get_ylabel() == "probability of label 1"
    for axis in (hidden, hidden_end, inputs, inputs_end):
        assert axis.images[0].get_clim() == (0, 1)
    for x, y in (hidden.lines[0].get_xy1(), hidden.lines[0].get_xy2()):  # type: ignore[attr-defined]
        assert x + y + 1 == pytest.approx(0)
    assert len(inputs.collections) == 1
    texts = [text.get_text() for text in figure.legends[0].get_texts()]
    assert texts == ["label 0", "label 1"]


def test_points_have_the_marker_of_their_label_at_their_representation() -> None:
    hidden, _, inputs, *_ = learning().axes
    for axis, places in ((hidden, COLLAPSED), (inputs, [(0, 0), (0, 1), (1, 0), (1, 1)])):
        points = [line for line in axis.lines if line.get_marker() in ("o", "s")]
        assert "".join(str(line.get_marker()) for line in points) == "osso"
        np.testing.assert_allclose([np.ravel(line.get_xydata()) for line in points], places)


def test_points_with_one_representation_share_a_label() -> None:
    assert grouped(COLLAPSED) == [[0, 3], [1], [2]]
    hidden = learning().axes[0]
    assert [text.get_text() for text in hidden.texts] == ["0,0\n1,1", "0,1", "1,0"]


def test_input_plane_without_probability_one_half_has_no_boundary(tmp_path: Path) -> None:
    flat = planes()._replace(input_map=np.full((11, 11), 0.3), line=np.array([0.01, 0, 5]))
    figure = draw_planes([flat], title="Undecided")
    assert not figure.axes[1].collections
    save_figure(figure, tmp_path / "flat.png", source=SOURCE)


def test_losses_are_coloured_by_outcome() -> None:
    figure = losses()
    tanh, linear = figure.axes
    success, failed = OUTCOME_COLOURS["success"], OUTCOME_COLOURS["two_collapsed"]
    assert [line.get_color() for line in tanh.lines[:3]] == [success, failed, success]
    np.testing.assert_array_equal(tanh.lines[0].get_xdata(), [0, 1, 2, 5, 9])
    assert {line.get_color() for line in linear.lines[:2]} == {OUTCOME_COLOURS["four_collapsed"]}
    texts = [text.get_text() for text in figure.legends[0].get_texts()]
    assert texts == ["success", "two points collapsed", "all four points collapsed"]
    assert [text.get_text() for text in linear.texts] == [
        "two points collapsed, min 0.347",
        "all four points collapsed, min 0.693",
    ]


def test_failures_are_counted_by_std_and_shown() -> None:
    counts, example, ends, _, _ = failures().axes
    heights = [bar.get_height() for bar in counts.patches]  # type: ignore[attr-defined]
    assert heights == [90, 52, 10, 48]
    assert [label.get_text() for label in counts.get_xticklabels()] == ["0.1", "1"]
    assert [text.get_text() for text in counts.texts] == ["90", "52", "10", "48"]
    assert example.get_title() == "two points\ncollapsed"
    assert ends.lines[0].get_color() == OUTCOME_COLOURS["two_collapsed"]
    np.testing.assert_array_equal(ends.lines[0].get_ydata(), [1e-4, 2e-4, 1e-3])


def test_without_failures_only_counts_are_drawn(tmp_path: Path) -> None:
    figure = draw_failures({"0.1": Counter(success=3)}, {}, [])
    assert len(figure.axes) == 2
    save_figure(figure, tmp_path / "none.png", source=SOURCE)


@pytest.mark.parametrize("draw", [learning, losses, failures])
def test_equal_data_give_equal_bytes_with_the_source_at_the_foot(
    tmp_path: Path, draw: Callable[[], Figure]
) -> None:
    assert_reproducible(draw, tmp_path)

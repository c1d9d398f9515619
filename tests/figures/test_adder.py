"""Figures of the recurrent network that adds."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from matplotlib.colors import to_hex
from matplotlib.figure import Figure

from foolproof.figures.adder import HIDDEN, INPUT, OUTPUT, SILENT, draw_addition, draw_network
from tests.figures.conftest import assert_reproducible

INPUTS = np.array([[1, 1], [1, 0], [0, 0]])
CARRIES = np.array([0, 1, 1])
UNITS = np.array([[1, 1, 0], [1, 1, 0], [1, 0, 0]])
OUTPUTS = np.array([0, 0, 1])


def addition() -> Figure:
    return draw_addition(INPUTS, CARRIES, UNITS, OUTPUTS)


def network() -> Figure:
    sums = np.arange(4)[:, None] - [0.5, 1.5, 2.5]
    return draw_network(
        np.array([[1, 1, 0, 1, 0]] * 3),
        np.array([-0.5, -1.5, -2.5]),
        np.array([1, -1, 1]),
        -0.5,
        range(4),
        np.hstack([sums, np.array([[-0.5], [0.5], [-0.5], [0.5]])]),
    )


def test_title_has_the_numbers_in_binary_without_leading_zeros() -> None:
    assert addition().get_suptitle() == "Addition step by step: 11 + 1 = 100"
    zeros = draw_addition(np.zeros((1, 2)), np.zeros(1), np.zeros((1, 3)), np.zeros(1))
    assert zeros.get_suptitle() == "Addition step by step: 0 + 0 = 0"


def test_table_has_every_unit_at_every_step() -> None:
    (axis,) = addition().axes
    cells = [patch for patch in axis.patches if patch.get_width() == 0.62]  # type: ignore[attr-defined]
    rows = [*INPUTS.T, CARRIES, *UNITS.T, OUTPUTS]
    colours = [INPUT, INPUT, *4 * [HIDDEN], OUTPUT]
    expected = [c if bit else SILENT for c, row in zip(colours, rows, strict=True) for bit in row]
    assert [to_hex(cell.get_facecolor()) for cell in cells] == [to_hex(c) for c in expected]
    texts = [text.get_text() for text in axis.texts]
    assert texts[:21] == [str(bit) for row in rows for bit in row]
    assert texts[21:24] == ["2", "2", "1"]


def test_rows_and_steps_are_labelled() -> None:
    (axis,) = addition().axes
    names = {label.get_text(): label.get_position()[1] for label in axis.get_yticklabels()}
    assert list(names)[-1] == "sum of these three"
    assert names["carry: $h_2$ of the step before"] < names["sum of these three"]
    assert names["sum of these three"] < names["$h_1$: the sum is at least 1"]
    assert [label.get_text()[0] for label in axis.get_xticklabels()] == ["1", "2", "3"]


def test_carries_are_arrows_from_each_step_to_the_next() -> None:
    (axis,) = addition().axes
    arrows = [text for text in axis.texts if getattr(text, "arrowprops", None)]
    assert [arrow.xy[0] for arrow in arrows] == [1 - 0.31, 2 - 0.31]  # type: ignore[attr-defined]
    colours = [arrow.arrow_patch.get_edgecolor() for arrow in arrows]  # type: ignore[attr-defined]
    assert [to_hex(colour) for colour in colours] == [to_hex(HIDDEN)] * 2


def test_diagram_has_an_arrow_for_every_nonzero_weight() -> None:
    diagram = network().axes[0]
    assert sum(bool(getattr(text, "arrowprops", None)) for text in diagram.texts) == 9 + 3
    texts = [text.get_text() for text in diagram.texts]
    assert "$h_3$\n−2.5" in texts
    assert "$y$\n−0.5" in texts
    legend = diagram.get_legend()
    assert legend is not None
    assert [text.get_text() for text in legend.get_texts()] == ["weight +1", "weight −1"]


def test_points_are_filled_where_the_output_of_a_unit_is_one() -> None:
    _, hidden, output = network().axes
    on = [
        [line.get_markerfacecolor() != "white" for line in axis.lines if line.get_marker() == "o"]
        for axis in (hidden, output)
    ]
    assert on[0] == [False, True, True, True, False, False, True, True, False, False, False, True]
    assert on[1] == [False, True, False, True]
    assert hidden.get_ylabel() == "pre-activation"
    assert hidden.get_xlabel().startswith("both bits + carry")


@pytest.mark.parametrize("draw", [addition, network])
def test_equal_arrays_give_equal_bytes(tmp_path: Path, draw: Callable[[], Figure]) -> None:
    assert_reproducible(draw, tmp_path)

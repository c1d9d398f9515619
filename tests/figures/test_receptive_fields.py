"""Figures of receptive fields."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from matplotlib.figure import Figure
from numpy.testing import assert_array_equal

from foolproof.figures.receptive_fields import Field, draw_fields, draw_growth
from tests.figures.conftest import assert_reproducible

KERNEL = np.outer([1, 2, 1], [1, 2, 1]).astype(float)


def fields() -> Figure:
    return draw_fields([Field("(a) 3×3", KERNEL), Field("(b) 9×9", np.ones((9, 9)))])


def growth() -> Figure:
    return draw_growth({1: [3, 5, 7], 4: [3, 11, 1043]}, kernel=3)


def test_chains_have_their_side() -> None:
    first, second = fields().axes
    assert first.get_title() == "(a) 3×3\n3 × 3 pixels"
    assert second.get_title() == "(b) 9×9\n9 × 9 pixels"


def test_pixels_have_their_number_of_paths() -> None:
    first, second = fields().axes
    found = {text.get_position(): text.get_text() for text in first.texts}
    assert found == {(x, y): f"{KERNEL[y + 1, x + 1]:.0f}" for x in (-1, 0, 1) for y in (-1, 0, 1)}
    assert len(second.texts) == 81
    assert_array_equal(first.images[0].get_array(), KERNEL)
    # Both on one scale, which shows all of the larger one.
    assert first.get_xlim() == second.get_xlim() == (-4.6, 4.6)


def test_growth_has_a_line_for_each_stride_on_a_log_scale() -> None:
    (axis,) = growth().axes
    lines = [line.get_ydata() for line in axis.lines]
    assert_array_equal(lines[0], [3, 5, 7])
    assert_array_equal(lines[1], [3, 11, 1043])
    assert len({(line.get_color(), line.get_marker()) for line in axis.lines}) == 2
    assert axis.get_yscale() == "log"
    assert [text.get_text() for text in axis.texts] == ["$s = 1$", "$s = 4$"]
    assert list(axis.get_yticks()) == [1, 3, 10, 30, 100, 300, 1000, 3000]


@pytest.mark.parametrize("draw", [fields, growth])
def test_equal_arrays_give_equal_bytes(tmp_path: Path, draw: Callable[[], Figure]) -> None:
    assert_reproducible(draw, tmp_path)

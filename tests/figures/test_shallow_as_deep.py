"""Figure of a shallow network as a deep one."""

from pathlib import Path

import numpy as np
from matplotlib.figure import Figure
from numpy.testing import assert_array_equal

from foolproof.figures.shallow_as_deep import draw_deepening
from tests.figures.conftest import assert_reproducible

POINTS = np.linspace(-1, 1, 5)


def deepening(offset: float = -0.5) -> Figure:
    sums = np.arange(2 * 5 * 2, dtype=float).reshape(2, 5, 2)
    return draw_deepening(POINTS, POINTS, POINTS, POINTS + 1, sums, offset)


def test_panels_have_outputs_and_running_sums() -> None:
    equal, summed, failed = deepening().axes
    for line in equal.lines:
        assert_array_equal(line.get_ydata(), POINTS)
    assert_array_equal(failed.lines[1].get_ydata(), POINTS + 1)
    assert equal.get_ylim() == failed.get_ylim()
    assert [line.get_label() for line in equal.lines] == ["shallow", "deep, with two sums"]
    thick = [line for line in summed.lines if line.get_linewidth() == 1.8]
    assert [line.get_label() for line in thick] == [
        "$P$: terms with $a_j > 0$",
        "$Q$: terms with $a_j < 0$",
    ]
    assert_array_equal(thick[0].get_ydata(), [10, 12, 14, 16, 18])
    assert_array_equal(thick[1].get_ydata(), [11, 13, 15, 17, 19])
    assert len(summed.lines) == 4


def test_title_has_the_sign_of_the_offset() -> None:
    assert deepening(-0.5).axes[1].get_title().endswith("$P - Q$ − 0.50")
    assert deepening(0.25).axes[1].get_title().endswith("$P - Q$ + 0.25")


def test_equal_arrays_give_equal_bytes(tmp_path: Path) -> None:
    assert_reproducible(deepening, tmp_path)

"""The figure of robust accuracy."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from matplotlib.figure import Figure

from foolproof.figures.robust_accuracy import draw_robust_accuracy, robust_accuracy_rows
from tests.figures.conftest import assert_reproducible


def result(*accuracies: float) -> dict[str, Any]:
    """Make up the record of a network, clean and at the epsilons 10 and 2, in this order."""
    clean, ten, two = (
        {"value": each, "low": each - 0.02, "high": each + 0.01, "count": 1, "n": 1234}
        for each in accuracies
    )
    return {"images": 1234, "clean": clean, "by_epsilon": {"10": ten, "2": two}}


RESULTS = {"without batch norm": result(0.9, 0.1, 0.5), "with batch norm": result(0.95, 0.0, 0.4)}


def draw() -> Figure:
    return draw_robust_accuracy(RESULTS, title="Networks", unit="in units of 1/255")


def test_each_network_is_drawn_in_percent_against_ascending_epsilon() -> None:
    figure = draw()
    (axis,) = figure.axes
    assert axis.get_xlabel() == "ε (in units of 1/255)"
    assert figure.get_suptitle() == "Networks: accuracy under L-infinity attacks, 1,234 test images"
    lines = [container[0] for container in axis.containers]
    assert [list(np.asarray(line.get_xdata())) for line in lines] == [[0, 2, 10]] * 2
    np.testing.assert_allclose(np.asarray(lines[0].get_ydata()), [90, 50, 10])
    legend = axis.get_legend()
    assert legend is not None
    assert [text.get_text() for text in legend.get_texts()] == list(RESULTS)


def test_bars_are_the_intervals() -> None:
    bars = draw().axes[0].containers[0][2][0]
    heights = [tuple(segment[:, 1]) for segment in bars.get_segments()]
    assert heights == [pytest.approx(pair) for pair in ((88, 91), (48, 51), (8, 11))]


def test_rows_hold_every_accuracy() -> None:
    rows = robust_accuracy_rows(RESULTS)
    assert [row["epsilon"] for row in rows] == [0, 2, 10] * 2
    assert rows[1] == {
        "epsilon": 2,
        "series": "without batch norm",
        "accuracy": 0.5,
        "low": 0.48,
        "high": 0.51,
    }


def test_equal_data_give_equal_bytes_with_the_source_below(tmp_path: Path) -> None:
    assert_reproducible(draw, tmp_path)

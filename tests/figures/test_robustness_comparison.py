"""The figure of robust accuracy without and with batch norm."""

from pathlib import Path

import numpy as np
import pytest
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure

from foolproof.attacks.compare_robustness import Comparison, compare
from foolproof.figures.robustness_comparison import draw_robustness_comparison
from tests.figures.conftest import assert_reproducible

NAMES = {"plain": "without", "norm": "with"}


def comparison(first: list[int], second: list[int]) -> Comparison:
    """Compare networks with so many of 10 images correct by seed."""
    a, b = (np.arange(10) < np.array(counts)[:, None] for counts in (first, second))
    return compare(("plain", a), ("norm", b))


def draw(seeds: int = 3) -> Figure:
    counts = {"0.1": ([6, 7, 8], [1, 2, 3]), "0": ([9, 10, 9], [10, 9, 10])}
    by_epsilon = {key: comparison(a[:seeds], b[:seeds]) for key, (a, b) in counts.items()}
    return draw_robustness_comparison(by_epsilon, NAMES, title="Networks", unit="pixels")


def test_means_are_thick_and_seeds_thin_against_ascending_epsilon() -> None:
    figure = draw()
    axis = figure.axes[0]
    thick = [line for line in axis.lines if line.get_linewidth() > 1]
    thin = [line for line in axis.lines if line.get_linewidth() < 1]
    assert [list(np.asarray(line.get_xdata())) for line in axis.lines] == [[0, 0.1]] * 8
    np.testing.assert_allclose(np.asarray(thick[0].get_ydata()), [280 / 3, 70])
    np.testing.assert_allclose(np.asarray(thick[1].get_ydata()), [290 / 3, 20])
    seeds = [list(np.asarray(line.get_ydata())) for line in thin[:3]]
    assert seeds == [[90, 60], [100, 70], [90, 80]]
    assert to_rgb(thin[0].get_color()) == to_rgb(thick[0].get_color())
    (legend,) = figure.legends
    assert [text.get_text() for text in legend.get_texts()] == ["without", "with"]


def test_difference_is_second_minus_first_with_its_interval() -> None:
    axis = draw().axes[1]
    (container,) = axis.containers
    assert list(container[0].get_ydata()) == pytest.approx([10 / 3, -50])
    bars = container[2][0].get_segments()
    expected = comparison([9, 10, 9], [10, 9, 10])["difference"]["ci95"]
    assert expected is not None
    limits = (10 / 3 - 100 * expected, 10 / 3 + 100 * expected)
    assert tuple(bars[0][:, 1]) == pytest.approx(limits)
    assert bars[1][0, 1] == pytest.approx(-50)


def test_one_seed_is_drawn_without_an_interval() -> None:
    bars = draw(seeds=1).axes[1].containers[0][2][0].get_segments()
    assert [bar[0, 1] for bar in bars] == [bar[1, 1] for bar in bars]


def test_equal_data_give_equal_bytes_with_the_source_below(tmp_path: Path) -> None:
    assert_reproducible(draw, tmp_path)

"""Figures of the smallest changes."""

from pathlib import Path

import numpy as np

from foolproof.figures.attack_linf import Seen
from foolproof.figures.attack_minimal import draw_changes, draw_norms
from foolproof.figures.style import save_figure

METHODS = {"few_steps": "few steps", "search": "search"}


def seen(name: str, offset: float) -> Seen:
    return Seen(np.full((8, 8, 3), 0.5 + offset), name, 0.7)


def test_each_pair_shows_original_change_and_result() -> None:
    originals = [seen("bell pepper", 0)] * 3
    results = [seen("cucumber", 2 / 255)] * 3
    figure = draw_changes(originals, results, [2, 1000, 2], title="mobilenet_v2")
    first, change, result = figure.axes[:3]
    assert first.get_title() == "bell pepper\n70.0 %"
    norm = 2 / 255 * np.sqrt(8 * 8 * 3)
    assert change.get_title() == f"change, L2 norm {norm:.2f}\n±2.0 of 255"
    assert result.get_title() == "cucumber\n70.0 %"
    assert result.get_xlabel() == "target: class of rank 2"
    assert figure.axes[5].get_xlabel() == "target: class of rank 1000"
    # Two pairs fit side by side, so that the fourth place stays empty.
    assert not figure.axes[9].axison


def test_medians_are_over_successful_changes_of_a_rank() -> None:
    rows = [
        {"method": method, "rank": rank, "success": size < 9, "l2": size, "linf": size / 255}
        for method in METHODS
        for rank, size in ((2, 1.0), (2, 3.0), (2, 99.0), (100, 5.0))
    ]
    figure = draw_norms(rows, METHODS, title="mobilenet_v2")
    norms, largest = figure.axes[:2]
    medians = [line for line in norms.lines if str(line.get_label()).endswith("median")]
    assert [line.get_label() for line in medians] == ["few steps: median", "search: median"]
    np.testing.assert_allclose(np.asarray(medians[0].get_xydata()), [[2, 2], [100, 5]])
    np.testing.assert_allclose(np.asarray(largest.lines[1].get_ydata()), [2, 5])


def test_where_nothing_succeeds_the_figure_says_so(tmp_path: Path) -> None:
    row = {"rank": 2, "success": False, "l2": 1.0, "linf": 0.1}
    rows = [{"method": method, **row} for method in METHODS]
    figure = draw_norms(rows, METHODS, title="mobilenet_v2")
    assert [axis.texts[0].get_text() for axis in figure.axes] == ["no attack succeeded"] * 2
    save_figure(figure, tmp_path / "norms.png", source="Data: made up")

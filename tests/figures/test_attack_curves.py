"""Accuracy under attack along trainings."""

from pathlib import Path

import numpy as np
import pytest

from foolproof.figures.attack_curves import attack_curve_rows, draw_attack_curves
from tests.figures.conftest import assert_reproducible

Rows = list[dict[str, str]]


@pytest.fixture
def curve() -> Rows:
    """Strings, as they are read from a file."""
    return [
        {
            "training": training,
            "epoch": str(epoch),
            "attack": attack,
            "accuracy": str(accuracy - 0.1 * epoch),
            "low": str(accuracy - 0.1 * epoch - 0.05),
            "high": str(accuracy - 0.1 * epoch + 0.05),
            "n": "500",
        }
        for training, epochs in (("random start", (1.0, 2.0)), ("plain FGSM", (1.0,)))
        for epoch in epochs
        for attack, accuracy in (("clean", 0.9), ("fgsm", 0.8), ("pgd", 0.7))
    ]


def test_each_training_has_a_chart_with_a_line_and_a_band_an_attack(curve: Rows) -> None:
    figure = draw_attack_curves(curve)
    assert [axis.get_title() for axis in figure.axes] == ["random start", "plain FGSM"]
    first = figure.axes[0]
    assert [line.get_label() for line in first.lines] == ["clean images", "FGSM", "PGD"]
    np.testing.assert_array_equal(first.lines[2].get_xdata(), [1, 2])
    np.testing.assert_allclose(np.asarray(first.lines[2].get_ydata()), [60, 50])
    box = first.collections[2].get_paths()[0].get_extents()
    assert (box.y0, box.y1) == pytest.approx((45, 65))
    assert "500 validation images" in figure.get_suptitle()


def test_rows_name_attack_and_training(curve: Rows) -> None:
    rows = attack_curve_rows(curve)
    assert len(rows) == len(curve)
    assert rows[2] == {
        "epoch": 1.0,
        "series": "PGD, random start",
        "accuracy": pytest.approx(0.6),
        "low": pytest.approx(0.55),
        "high": pytest.approx(0.65),
    }


def test_equal_curves_give_equal_bytes(curve: Rows, tmp_path: Path) -> None:
    assert_reproducible(lambda: draw_attack_curves(curve), tmp_path)

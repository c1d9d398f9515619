"""The table of a chart of training curves."""

import pandas as pd
import pytest

from foolproof.training.curves import chart_rows


def test_chart_rows_are_means_over_seeds_for_each_set_and_network() -> None:
    curve = pd.DataFrame(
        {
            "seed": [0, 0, 1, 1],
            "epoch": [0.5, 1.0, 0.5, 1.0],
            "training_loss": [4.0, 3.0, 2.0, 1.0],
            "training_accuracy": [0.5, 0.6, 0.7, 0.8],
            "test_loss": [0.4, 0.3, 0.2, 0.1],
            "test_accuracy": [0.6, 0.7, 0.8, 0.9],
        }
    )
    rows = chart_rows({"ours": curve, "theirs": curve}, eval_name="test")
    assert [(row["series"], row["epoch"]) for row in rows] == [
        (f"{part}, {name}", epoch)
        for name in ("ours", "theirs")
        for part in ("training", "test")
        for epoch in (0.5, 1.0)
    ]
    assert [row["loss"] for row in rows[:4]] == pytest.approx([3.0, 2.0, 0.3, 0.2])
    assert [row["accuracy"] for row in rows[:4]] == pytest.approx([0.6, 0.7, 0.7, 0.8])
    assert all(row["error"] == pytest.approx(1 - row["accuracy"]) for row in rows)

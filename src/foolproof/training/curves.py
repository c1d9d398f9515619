"""Curves as one table a chart."""

from collections.abc import Mapping
from typing import Any

import pandas as pd


def chart_rows(curves: Mapping[str, pd.DataFrame], *, held_out: str) -> list[dict[str, Any]]:
    """Average curves over the seeds, a row for each epoch, part of the data and network.

    Args:
        curves: by what the network is called, a row for each seed and point, with the columns
            seed, epoch, and loss and accuracy of the training and the held-out images.
        held_out: what the held-out images are, `validation` or `test`, as in the columns' names.
    """
    rows = []
    for name, curve in curves.items():
        mean = curve.drop(columns="seed").groupby("epoch", as_index=False).mean()
        rows += [
            {
                "epoch": point["epoch"],
                "series": f"{part}, {name}",
                "loss": point[f"{part}_loss"],
                "error": 1 - point[f"{part}_accuracy"],
                "accuracy": point[f"{part}_accuracy"],
            }
            for part in ("training", held_out)
            for point in mean.to_dict("records")
        ]
    return rows

"""Training curves as one table a chart."""

from collections.abc import Mapping
from typing import Literal, TypedDict

import pandas as pd


class ChartRow(TypedDict):
    """Means over the seeds after an epoch."""

    epoch: float
    series: str
    """Of the form "<set>, <network>"."""

    loss: float
    error: float
    accuracy: float


def chart_rows(
    curves: Mapping[str, pd.DataFrame], *, eval_name: Literal["validation", "test"]
) -> list[ChartRow]:
    """Average curves over the seeds, one row for each epoch, set of images and network.

    Args:
        curves: by the network's name in the chart, a row for each seed and point, with the columns
            seed, epoch, and loss and accuracy on the training and the evaluation set.
        eval_name: the evaluation set, as in the columns' names.
    """
    rows: list[ChartRow] = []
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
            for part in ("training", eval_name)
            for point in mean.to_dict("records")
        ]
    return rows

"""`feature_visualization` and its evaluation by a transfer network with other classes."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
import yaml

from foolproof.data.arrays import read_arrays
from stages import evaluate_feature_visualization, feature_visualization
from stages.feature_visualization import ABLATION, UNIT_METHODS
from tests.stages.conftest import write_network, write_photos

CLASSES = [f"class {number}" for number in range(10)]
UNIT = "features.3.squeeze:2"


def evaluate(project: Path, transfer_classes: list[str]) -> dict[str, Any]:
    """Run both stages with a transfer network of these classes and of a larger input."""
    from torchvision.models import get_model

    torch.manual_seed(1)
    transfer = "shufflenet_v2_x0_5"
    body = get_model(transfer, num_classes=len(transfer_classes))
    write_network(project, transfer, body, classes=transfer_classes, crop=96)
    views = {
        "jitter": 2,
        "mirror": 0.5,
        "crop": 0.5,
        "rotation": 5,
        "grey": 0,
        "blur": 0,
        "noise": 0.1,
    }
    params = {
        "compute": {"threads": 1},
        "feature_visualization": {
            "seed": 0,
            "network": "squeezenet1_1",
            "transfer_network": transfer,
            "units": [UNIT],
            "classes": 3,
            "desired": 2,
            "steps": 2,  # the first step of Adam is the sign alone
            "step_size": 0.02,
            "regularizers": {"l2": 1, "total_variation": 1, "blur": 0.6, "jitter": 2},
            "prior": {"weight": 1, "side": 20, "classes": 2},
            "fourier": {"step_size": 0.01},
            "views": views,
        },
    }
    (project / "params.yaml").write_text(yaml.safe_dump(params))
    feature_visualization.main()
    evaluate_feature_visualization.main()
    metrics: dict[str, Any] = json.loads(
        (project / "metrics/neurons/feature_visualization.json").read_text()
    )
    return metrics


def test_arrays_hold_images_of_all_methods_with_names(photo_project: Path) -> None:
    metrics = evaluate(photo_project, CLASSES)
    arrays = read_arrays(photo_project / "data/feature_visualization.npz")
    assert arrays.pop("units").tolist() == [each["unit"] for each in metrics["units"]] == [UNIT]
    for unit, desired in zip(metrics["units"], arrays.pop("desired"), strict=True):
        assert (
            desired == pytest.approx(unit["desired"]) == pytest.approx(2 * unit["photo_activation"])
        )
    assert arrays.pop("classes").tolist() == [each["class"] for each in metrics["classes"]]
    shapes = {f"units_{method}": (1, 3, 80, 80) for method in (*UNIT_METHODS, "desired")}
    shapes |= {f"classes_{method}": (3, 3, 80, 80) for method in ABLATION}
    shapes["classes_prior"] = (2, 3, 80, 80)
    assert {name: array.shape for name, array in arrays.items()} == shapes
    assert all(array.min() >= 0 and array.max() <= 1 for array in arrays.values())
    assert len(np.unique(list(map(np.mean, arrays.values())))) == len(arrays)


def test_transfer_is_measured_on_common_classes(photo_project: Path) -> None:
    write_photos(photo_project, {"alone.jpg": ""})
    metrics = evaluate(photo_project, ["rocket", *CLASSES])
    assert (metrics["common_classes"], metrics["transfer_network_classes"]) == (1, 11)
    assert metrics["classes"][0]["class"] == "rocket"
    by_class = [each["methods"]["fourier_views"] for each in metrics["classes"]]
    ranks = [each["transfer_network_rank"] for each in by_class]
    assert 1 <= ranks[0] <= 11
    assert ranks[1:] == [None, None]
    assert (metrics["transfer_top5"]["count"], metrics["transfer_top5"]["n"]) == (ranks[0] <= 5, 1)
    assert metrics["ablation"]["top5"]["source"] == "unknown"
    assert metrics["success_rate"]["n"] == 3
    assert ["prior" in each["methods"] for each in metrics["classes"]] == [True, True, False]
    assert by_class[1]["transfer_network_predicted"] in {"rocket", *CLASSES}
    assert metrics["photos"] == 1
    band = metrics["prior_band"]
    assert band["limit"] == 20 / 2 / 80
    assert [band[part]["second"]["n"] for part in ("inside", "outside")] == [2, 2]


@pytest.mark.parametrize(
    ("transfer_classes", "common"), [(CLASSES, 0), (["cat", "coffee", "pepper", "rocket"], 3)]
)
def test_transfer_rate_is_null_without_common_classes_or_with_at_most_five(
    photo_project: Path, transfer_classes: list[str], common: int
) -> None:
    metrics = evaluate(photo_project, transfer_classes)
    assert metrics["common_classes"] == common
    assert metrics["transfer_top5"] is None
    assert set(metrics["transfer_top5_by_method"].values()) == {None}
    assert metrics["ablation"] is None
    assert metrics["success_rate"] is not None

"""Which classes `neurons` makes images of, and what a judge with other classes says of them."""

import json
from pathlib import Path
from typing import Any

import pytest
import torch
import yaml
from PIL import Image

from foolproof.photos.photo import Photo
from stages import feature_visualization
from stages.feature_visualization import choose_classes
from tests.stages.conftest import write_network, write_photos

CLASSES = [f"class {number}" for number in range(10)]


def photo(label: str | None) -> Photo:
    return Photo("a.png", Image.new("RGB", (8, 8)), label)


def test_classes_of_photos_come_first_and_others_fill_up() -> None:
    photos = [photo("class 7"), photo("unknown"), photo(None), photo("class 2"), photo("class 7")]
    chosen = choose_classes(CLASSES, CLASSES, photos, 5)
    assert chosen[:2] == ["class 7", "class 2"]
    assert len(set(chosen)) == 5
    assert set(chosen) <= set(CLASSES)
    assert choose_classes(CLASSES, CLASSES, photos, 1) == ["class 7"]
    assert sorted(choose_classes(CLASSES, CLASSES, photos, 99)) == CLASSES


def test_classes_that_the_judge_has_come_before_classes_of_photos() -> None:
    photos = [photo("class 7"), photo("class 2")]
    judged = ["class 2", "class 9", "another"]
    assert choose_classes(CLASSES, judged, photos, 3) == ["class 2", "class 9", "class 7"]
    assert choose_classes(CLASSES, ["another"], photos, 2) == ["class 7", "class 2"]
    assert sorted(choose_classes(CLASSES, judged, photos, 99)) == CLASSES


def outs(project: Path, judged: list[str]) -> dict[str, Any]:
    """Run the stage with a judge of these classes and of a larger input."""
    from torchvision.models import get_model

    torch.manual_seed(1)
    judge = "shufflenet_v2_x0_5"
    body = get_model(judge, num_classes=len(judged))
    write_network(project, judge, body, classes=judged, crop=96)
    views = {"mirror": 0.5, "crop": 0.5, "rotation": 5, "grey": 0, "blur": 0, "noise": 0.1}
    params = {
        "compute": {"threads": 1},
        "neurons": {
            "seed": 0,
            "network": "squeezenet1_1",
            "judge": judge,
            "units": ["features.3.squeeze:2"],
            "classes": 3,
            "desired": None,
            "steps": 1,
            "step_size": 0.02,
            "regularizers": {"l2": 1, "total_variation": 1, "blur": 0.6, "jitter": 2},
            "prior": {"weight": 1, "side": 20},
            "natural": {
                "steps": 1,
                "step_size": 0.01,
                "jitter": 2,
                "total_variation": 1,
                "views": views,
            },
        },
    }
    (project / "params.yaml").write_text(yaml.safe_dump(params))
    feature_visualization.main()
    metrics: dict[str, Any] = json.loads(
        (project / "metrics/neurons/feature_visualization.json").read_text()
    )
    return metrics


def test_the_judge_is_asked_only_for_classes_that_both_networks_have(photo_project: Path) -> None:
    write_photos(photo_project, {"alone.jpg": ""})
    metrics = outs(photo_project, ["rocket", *CLASSES])
    assert (metrics["common_classes"], metrics["transfer_network_classes"]) == (1, 11)
    assert metrics["classes"][0]["class"] == "rocket"
    ranks = [each["methods"]["natural"]["judge_rank"] for each in metrics["classes"]]
    assert 1 <= ranks[0] <= 11
    assert ranks[1:] == [None, None]
    assert metrics["transfer_top5"] == (ranks[0] <= 5)
    assert metrics["classes"][1]["methods"]["natural"]["judge_sees"] in {"rocket", *CLASSES}
    assert metrics["photos"] == 1


@pytest.mark.parametrize(
    ("judged", "common"), [(CLASSES, 0), (["cat", "coffee", "pepper", "rocket"], 3)]
)
def test_there_is_no_share_without_common_classes_or_with_as_few_as_are_counted(
    photo_project: Path, judged: list[str], common: int
) -> None:
    metrics = outs(photo_project, judged)
    assert metrics["common_classes"] == common
    assert metrics["transfer_top5"] is None
    assert set(metrics["transfer_top5_by_method"].values()) == {None}
    assert metrics["success_rate"] is not None

"""`explain_photos` on an untrained network and three photos."""

import json
from pathlib import Path
from typing import Any

import yaml

from foolproof.core.files import read_csv
from stages import explain_photos, occlude_photos

BASELINES = {"deletion": "mean", "insertion": "blur"}

PARAMS: dict[str, Any] = {
    "compute": {"threads": 1},
    "pretrained": {"network": "squeezenet1_1"},
    "occlude_photos": {
        "seed": 0,
        "photos": ["peppers.png", "cat.jpg"],
        "blocks": [{"side": 15, "stride": 40}],
        "fill": 0.5,
        "tile": 48,
        "random_orders": 1,
    },
    "explain": {
        "photos": {
            "seed": 0,
            "methods": {
                "smoothgrad": {"samples": 2, "std": 0.1},
                "integrated_gradients": {"steps": 2, "rule": "midpoint"},
                "occlusion": {"side": 31, "stride": 40, "fill": 0},
            },
            "scores": {"steps": 4, "tile": 40, "random_maps": 2, "baselines": BASELINES},
        }
    },
}


def test_maps_of_the_occluded_photos_and_scores_on_all(photo_project: Path) -> None:
    (photo_project / "params.yaml").write_text(yaml.safe_dump(PARAMS))
    occlude_photos.main()
    explain_photos.main("data/squeezenet1_1.npz")
    record = json.loads((photo_project / "metrics/explain/photos.json").read_text())
    occluded = json.loads((photo_project / "metrics/photos/occlusion.json").read_text())
    assert record["shown"] == ["peppers.png", "cat.jpg"]
    assert record["weights_sha256"] == occluded["weights_sha256"]
    assert record["architecture"] == "squeezenet1_1"
    assert record["images"] == 3
    assert record["controls"] == ["random"]
    assert len(record["scores"]) == 5 + 1
    rows = read_csv(photo_project / "plots/explain_photos_scores.csv")
    assert len(rows) == 6 * 5
    assert {path.name for path in (photo_project / "plots/explain/photos").iterdir()} == {
        *("maps.png", "curves.png")
    }

"""What the tests of the report of HUJI 67103 share."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import torch

from foolproof.compute.intervals import rate_with_interval
from stages import receptive_fields, shallow_as_deep
from tests.reports.conftest import (
    Metrics,
    Report,
    explained,
    prepare_report,
    project_params,
    real_mnist,
)
from tests.reports.huji67103.records import minimal, neurons, occluded, ratio, scored

PICTURES = {
    "evaluate_feature_visualization": "units spectra ablation classes",
    "evaluate_minimal": "changes norms",
    "explain/photos": "maps",
    "occlude_photos": "maps deletion",
}


@pytest.fixture
def metrics() -> Metrics:
    """Give what the stages write, by path."""
    params = project_params()
    networks = {params["feature_visualization"][key] for key in ("network", "transfer_network")}
    assets = {"photos", params["pretrained"]["network"], *networks}
    methods = {"normalized_steps": minimal(1.5), "ddn": minimal(0.75)}
    return {
        "metrics/assets.json": {name: real_mnist() for name in assets},
        "metrics/neurons/feature_visualization.json": neurons(),
        "metrics/attacks/minimal.json": {
            "architecture": "mobilenet_v2",
            "classes": 1000,
            "attacked_photos": 20,
            "candidate_photos": 20,
            "labelled_photos": 20,
            "photos_by": "label",
            "ranks_left_out": [],
            "pairs": 40,
            "success_rate": rate_with_interval(40, 40),
            "median_l2": methods["ddn"]["median_l2"],
            "normalized_steps_over_ddn": ratio(2.0),
            "last_rank_over_first": ratio(1.6),
            "methods": methods,
            "by_rank": {
                "2": methods,
                "1000": {"normalized_steps": minimal(2.0), "ddn": minimal(1.2)},
            },
        },
        "metrics/toys/xor.json": {
            "seeds": 50,
            "success_rate": rate_with_interval(35, 50),
            "failures": {
                "two_collapsed": 12,
                "three_collapsed": 1,
                "four_collapsed": 0,
                "not_converged": 2,
            },
        },
        "metrics/explain/photos.json": explained({"saliency": (0.1, 0.2), "gradcam": (0.3, 0.1)}),
        "metrics/photos/occlusion.json": {
            "photos": [occluded("bell pepper", important=0.1)],
            "architecture": "mobilenet_v2",
            "scored": scored(0.21, 0.33),
        },
    }


@pytest.fixture
def report(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Report]:
    """Give the report and the files that it reads; the theoretical questions are computed here."""
    params = project_params()
    params["receptive_fields"] |= {"layers": 3}
    params["shallow_as_deep"] |= {"neurons": [2, 4], "inputs": [1, 2], "networks": 2}
    report = prepare_report("huji67103", tmp_path, PICTURES, params)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("CUBLAS_WORKSPACE_CONFIG", ":4096:8")
    threads = torch.get_num_threads()
    receptive_fields.main()
    shallow_as_deep.main()
    yield report
    torch.set_num_threads(threads)
    torch.set_deterministic_debug_mode("default")

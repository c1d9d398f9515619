"""The stages `attack_one_sided` and `evaluate_one_sided` on few images."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
import yaml

from foolproof.compute.intervals import rate_with_interval
from foolproof.core.files import write_json
from foolproof.data.arrays import read_arrays, write_arrays
from foolproof.networks import cis680, mnist
from foolproof.networks.inference import predict_logits
from foolproof.networks.weights import save_weights
from tests.repository import ROOT

IMAGES = 40


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A folder with untrained networks, and random pictures labelled as the first predicts."""
    images = np.random.default_rng(0).integers(0, 256, (IMAGES, 28, 28)).astype(np.uint8)
    images[:, :, ::2] = 0
    pixels = torch.from_numpy(images)[:, None]
    networks = {}
    for folder, kind, name in (
        ("cis680", cis680, "first"),
        ("cis680", cis680, "second"),
        ("mnist", mnist, "nobn"),
        ("mnist", mnist, "bn"),
    ):
        torch.manual_seed(0)
        network = networks[name] = kind.NETWORKS[name]().eval().requires_grad_(False)
        network.get_parameter("fc2.bias").sub_(predict_logits(network, pixels).mean(0))
        for parameter in (
            "fc2.weight",
            "fc2.bias",
        ):  # so that it predicts various classes, with confidence
            network.get_parameter(parameter).mul_(300)
        path = tmp_path / "models" / folder / f"{name}.safetensors"
        save_weights(path, network.state_dict(), network=name)
    labels = predict_logits(networks["first"], pixels).argmax(1).numpy()
    assert len(np.unique(labels)) > 3
    labels[-1] = (labels[-1] + 1) % 10
    parts = {f"{part}_images": images for part in ("train", "test")}
    parts |= {f"{part}_labels": labels for part in ("train", "test")}
    write_arrays(tmp_path / "data/mnist.npz", **parts)
    record = {"asset": "mnist", "source": "made up", "stand_in": True}
    write_json(tmp_path / "data/mnist.json", record)
    return tmp_path


def run(project: Path, *, confidence: float, steps: int) -> dict[str, Any]:
    """Run both stages and read the metrics."""
    params = {
        "compute": {"threads": 1},
        "attack_one_sided": {
            "seed": 0,
            "confidence": confidence,
            "steps": steps,
            "step_size": 0.02,
            "targeted_images": 2,
            "transfer": {"images": 5, "confidences": [confidence, 0.999], "steps": [2, 1]},
        },
    }
    (project / "params.yaml").write_text(yaml.safe_dump(params))
    for stage in ("attack_one_sided", "evaluate_one_sided"):
        done = subprocess.run(
            [sys.executable, ROOT / f"stages/{stage}.py"],
            cwd=project,
            env={**os.environ, "FOOLPROOF_DEVICE": "cpu"},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
    metrics: dict[str, Any] = json.loads((project / "metrics/attacks/one_sided.json").read_text())
    return metrics


def test_saved_images_are_one_sided_and_agree_with_the_metrics(project: Path) -> None:
    metrics = run(project, confidence=0.5, steps=30)
    saved = read_arrays(project / "data/attacks/one_sided.npz")
    pixels = read_arrays(project / "data/mnist.npz")["test_images"][:, None] / np.float32(255)
    for kind in ("untargeted", "targeted"):
        images, originals = saved[f"{kind}_images"], pixels[saved[f"{kind}_originals"]]
        assert images.dtype == np.float32
        assert (images >= originals).all()
        assert images.max() <= 1
    assert metrics["max_violation"] == 0
    assert metrics["weights_sha256"] == saved["weights_sha256"]
    assert (metrics["images"], metrics["correct"]) == (IMAGES, IMAGES - 1)
    untargeted = metrics["untargeted"]
    assert untargeted["attacked"] == IMAGES - 1
    assert untargeted["successes"] == saved["untargeted_success"][:-1].sum() > 0
    assert np.sum(untargeted["confusions"]) == untargeted["successes"]
    assert metrics["success_rate"] == rate_with_interval(untargeted["successes"], IMAGES - 1)
    assert untargeted["min_confidence"] >= 0.5
    targeted = metrics["targeted"]
    assert targeted["attacked"] == 9 * sum(targeted["images_by_class"])
    assert max(targeted["images_by_class"]) <= 2
    assert targeted["success_by_pair"][0][0] is None
    for kind in (untargeted, targeted):
        transfer = kind["transfer"]
        assert transfer["shuffled_mean_l1"] == pytest.approx(transfer["mean_l1"], rel=1e-5)
        assert transfer["networks"]["first"]["error_rate"]["value"] == 1
        assert transfer["networks"]["first"]["clean_error_rate"]["count"] == 0
    transfer_rate = untargeted["transfer"]["networks"]["second"]["error_rate"]
    assert metrics["transfer_rate"] == transfer_rate
    images = targeted["attacked"] // 9
    assert targeted["success_rate"]["clusters"] == images
    assert untargeted["transfer"]["retrained_over"].keys() == {"nobn", "bn"}
    growth = metrics["transfer_growth"]["steps"]
    assert (growth["from"], growth["to"], growth["images"]) == (1, 2, 5)
    assert targeted["effort"]["beyond_untargeted"]["n"] <= images


def test_no_success_gives_nulls_and_figures(project: Path) -> None:
    metrics = run(project, confidence=0.99, steps=1)
    assert metrics["success_rate"]["count"] == metrics["untargeted"]["successes"] == 0
    assert metrics["targeted"]["effort"]["targets"] is None
    assert metrics["transfer_growth"]["confidence"] is None
    assert metrics["median_steps"] is metrics["transfer_rate"] is None
    assert len(list((project / "plots/evaluate_one_sided").glob("*.png"))) == 3
    lines = (project / "plots/evaluate_one_sided_transfer_confidence.csv").read_text().split()
    assert len(lines) > 1

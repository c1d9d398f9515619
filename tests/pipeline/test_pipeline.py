"""The pipeline end to end, with tiny params on the embedded data."""

import hashlib
import json
import os
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.pipeline.conftest import Workspace
from tools.deps import ROOT

MNIST_MD5 = {
    "train_images": "6bbc9ace898e44ae57da46a324031adb",
    "train_labels": "a25bea736e30d166cdddb491f175f624",
    "test_images": "2646ac647ad5339dbf082846283269ea",
    "test_labels": "27ae3e4e09519cfbb04c329615203637",
}


def metrics(workspace: Workspace, group: str) -> dict[str, object]:
    """Read a metrics file that Git holds."""
    content: dict[str, object] = json.loads(
        (workspace.path / "metrics" / f"{group}.json").read_text()
    )
    return content


def test_everything_is_made_and_nothing_is_made_twice(finished: Workspace) -> None:
    status = finished.run("dvc", "status")
    assert "up to date" in status.stdout, status.stdout
    again = finished.repro()
    assert "Running stage" not in again.stdout
    for report in ("ee6132", "cis680", "cs5787", "huji67103"):
        assert (finished.path / "reports" / f"{report}.pdf").read_bytes().startswith(b"%PDF")
    assert metrics(finished, "assets")["cifar10"]["stand_in"] is True  # type: ignore[index]


def test_metrics_have_the_names_that_others_rely_on(finished: Workspace) -> None:
    found: dict[str, Any] = {
        path.stem: json.loads(path.read_text(encoding="utf-8"))
        for path in (finished.path / "metrics").glob("*.json")
    }
    mnist, cifar10 = found["mnist"], found["cifar10"]
    for network in ("nobn", "bn"):
        assert set(mnist[network]["test_accuracy"]) == {"mean", "ci95", "n"}
        assert mnist[network]["best_epoch"] in {1, 2}
    rate = {"value", "low", "high", "count", "n"}
    assert set(mnist["robust"]["test_accuracy"]) == set(mnist["robust"]["test_pgd"]) == rate
    assert {"occlusion", "class_images", "targeted", "noise"} <= set(mnist["robust_comparison"])
    assert set(mnist["robustness_comparison"]["by_epsilon"]) == {"0", "0.1"}
    counts = {"parameters", "neurons"} | {
        f"{quantity}_{kind}" for quantity in ("parameters", "neurons") for kind in ("conv", "fc")
    }
    assert counts | {"receptive_field"} <= set(found["networks"]["mnist_nobn"])
    attacks = found["attacks"]
    assert {"success_rate", "min_confidence"} <= set(attacks["nontargeted"])
    assert "success_rate" in attacks["targeted"]
    assert {"success_rate", "transfer_rate"} <= set(attacks["noise"])
    one_sided = {"success_rate", "max_violation", "median_steps", "transfer_rate"}
    assert one_sided <= set(attacks["one_sided"])
    for training in ("first", "second"):
        assert 0 <= mnist["cis680"][training]["test_accuracy"]["mean"] <= 1
        assert set(mnist["cis680"][training]["first_seed_test_accuracy"]) == rate
    assert {"success_rate", "success_rate_linear"} <= set(found["toys"]["xor"])
    for network in ("nobn", "bn", "deep"):
        accuracy, error = (cifar10[network][f"test_{name}"] for name in ("accuracy", "error"))
        assert accuracy["mean"] + error["mean"] == pytest.approx(1)
    for data in (mnist, cifar10):
        assert data["comparison"]["test_accuracy_difference"]["n"] == 2
    assert {"only_first", "only_second"} <= set(cifar10["deep_comparison"])
    assert 0 <= cifar10["deep_views"]["test_accuracy"]["mean"] <= 1
    accuracy = found["pets"]["classifiers"]["mean_per_class_accuracy"]
    assert accuracy["low"] <= accuracy["value"] <= accuracy["high"]
    assert {"confidence", "target"} <= set(attacks["linf"]["first_example"])
    assert {"success_rate", "max_violation"} <= set(attacks["linf"])
    assert {"success_rate", "median_l2"} <= set(attacks["minimal"])
    neurons = found["neurons"]
    assert {"success_rate", "transfer_top5"} <= set(neurons)
    assert {"pixels", "prior", "photos"} <= set(neurons["spectrum_slope"])
    for manipulation in ("mirror", "crop", "rotation", "grey"):
        assert {"plain", "eot"} <= set(attacks["robustness"][manipulation])


def test_constraints_hold_on_the_saved_arrays(finished: Workspace) -> None:
    folder = finished.path / "data" / "attacks"
    with np.load(folder / "nontargeted.npz") as made:
        assert made["images"].min() >= 0
        assert made["images"].max() <= 1
    with np.load(folder / "noise.npz") as made:
        sums = made["images"] + made["noise"]
        assert sums.min() >= -1e-6
        assert sums.max() <= 1 + 1e-6
    with (
        np.load(folder / "one_sided.npz") as made,
        np.load(finished.path / "data/mnist.npz") as data,
    ):
        pixels = data["test_images"][:, None].astype(np.float32) / 255
        for attack in ("untargeted", "targeted"):
            images, originals = made[f"{attack}_images"], pixels[made[f"{attack}_originals"]]
            assert len(images) > 0
            assert (images >= originals - 5e-7).all()
            assert images.max() <= 1
    with np.load(folder / "linf.npz") as made:
        assert np.abs(made["images"] - made["originals"]).max() <= 2 / 255 + 1e-6
        assert made["images"].min() >= 0
        assert made["images"].max() <= 1


def test_every_stage_saw_the_same_weights(finished: Workspace) -> None:
    digests = {
        metrics(finished, "mnist")[name]["weights_sha256"]  # type: ignore[index]
        for name in ("best", "activations", "occlusion")
    } | {
        metrics(finished, "attacks")[name]["weights_sha256"]  # type: ignore[index]
        for name in ("nontargeted", "targeted", "noise")
    }
    assert len(digests) == 1
    digests = {
        metrics(finished, group)[name]["weights_sha256"]  # type: ignore[index]
        for group, name in (
            ("photos", "classification"),
            ("photos", "feature_maps"),
            ("pets", "features"),
            ("attacks", "linf"),
            ("attacks", "robustness"),
        )
    }
    assert len(digests) == 1


def test_two_folders_give_the_same_hashes(
    finished: Workspace, new_workspace: Callable[[str], Workspace]
) -> None:
    second = new_workspace("second")
    second.repro()
    assert second.locked() == finished.locked()


def test_a_changed_attack_runs_again_alone(finished: Workspace) -> None:
    before = finished.locked()
    finished.set_params({"attack_noise": {"steps": 4}})
    output = finished.repro().stdout
    ran = {line.split("'")[1] for line in output.splitlines() if line.startswith("Running stage")}
    reports = {"report_ee6132", "report_index"}
    assert ran == {"check_params", "attack_noise", "summarize"} | reports
    finished.set_params({"attack_noise": {"steps": 3}})
    output = finished.repro().stdout
    assert "Running stage 'attack_noise'" not in output
    assert finished.locked() == before


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        (
            {"train": {"mnist": {"epochs": -1}}},
            "params.yaml: train.mnist.epochs: input should be greater than 0, found -1",
        ),
        ({"trian": {}}, "params.yaml: trian: unknown key"),
        (
            {"attack_nontargeted": {"classes": [3, 10]}},
            "params.yaml: attack_nontargeted.classes.1: "
            "input should be less than or equal to 9, found 10",
        ),
    ],
)
def test_bad_params_are_refused_and_nothing_is_lost(
    finished: Workspace, changes: dict[str, object], message: str
) -> None:
    path = finished.path / "params.yaml"
    good = path.read_text()
    kept = [
        *(finished.path / "models").rglob("*.safetensors"),
        finished.path / "metrics/mnist.json",
    ]
    try:
        finished.set_params(changes)
        failed = finished.run("dvc", "repro")
    finally:
        path.write_text(good)
    assert failed.returncode != 0
    assert message in failed.stderr
    assert "Traceback" not in failed.stderr
    assert all(file.exists() for file in kept)
    assert "Running stage" not in finished.repro().stdout.replace(
        "Running stage 'check_params'", ""
    )


def test_a_missing_mirror_is_an_error_that_names_it(
    new_workspace: Callable[[str], Workspace], tmp_path: Path
) -> None:
    workspace = new_workspace("missing_mirror")
    workspace.set_params({"data": {"sources": ["mirror", "embedded"]}})
    missing = str(tmp_path / "nowhere")
    failed = workspace.run("dvc", "repro", "download@mnist", FOOLPROOF_MIRROR=missing)
    assert failed.returncode != 0
    assert f"FOOLPROOF_MIRROR={missing}" in failed.stderr
    assert not list((workspace.path / "data").glob("mnist*"))


def test_a_truncated_archive_is_refused_and_the_earlier_data_come_back(
    finished: Workspace, tmp_path: Path
) -> None:
    files = [f"{part}-idx{n}-ubyte.gz" for part, n in (("train-images", 3), ("train-labels", 1))]
    files += [f"{part}-idx{n}-ubyte.gz" for part, n in (("t10k-images", 3), ("t10k-labels", 1))]
    for file in files:
        (tmp_path / file).write_bytes(b"short")
    listed = [{"path": file, "sha256": "0" * 64, "bytes": 1000} for file in files]
    asset = {"licence": "-", "exact": True, "note": "-", "files": listed}
    manifest = {"version": 1, "about": "damaged", "assets": {"mnist": asset}}
    (tmp_path / "MANIFEST.json").write_text(json.dumps(manifest))
    before = finished.locked()
    finished.set_params({"data": {"sources": ["mirror", "embedded"]}})
    failed = finished.run("dvc", "repro", FOOLPROOF_MIRROR=str(tmp_path))
    finished.set_params({"data": {"sources": ["embedded"]}})
    assert failed.returncode != 0
    assert "expected 1000 bytes, found 5" in failed.stderr
    assert "python stages/train_mnist.py" not in finished.repro().stdout
    assert finished.locked() == before


@pytest.mark.parametrize(
    ("stage", "sign"),
    [
        ("download@mnist", "data/params_checked.txt"),  # the stage before it has ended
        ("train_bn@mnist", "data/curves/mnist/bn.csv"),  # the first point of its curve is there
    ],
)
def test_a_killed_stage_leaves_no_trace_in_the_results(
    finished: Workspace, new_workspace: Callable[[str], Workspace], stage: str, sign: str
) -> None:
    workspace = new_workspace("killed")
    process = subprocess.Popen(
        ["dvc", "repro", stage],
        cwd=workspace.path,
        env=workspace.environment(),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    while not (workspace.path / sign).exists() and process.poll() is None:
        time.sleep(0.002)
    time.sleep(0.3)
    assert process.poll() is None, "the stage ended before it could be killed"
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    workspace.repro(stage)
    kept = workspace.locked()
    assert kept == {name: finished.locked()[name] for name in kept}


def test_the_mirror_has_the_real_mnist(new_workspace: Callable[[str], Workspace]) -> None:
    mirror = os.environ.get("FOOLPROOF_MIRROR") or str(ROOT.parent / "shared" / "mirror")
    if not Path(mirror, "MANIFEST.json").exists():
        pytest.skip("no mirror: neither FOOLPROOF_MIRROR nor ../shared/mirror is there")
    workspace = new_workspace("mirror")
    workspace.set_params({"data": {"sources": ["mirror", "official", "embedded"]}})
    workspace.repro("download@mnist", FOOLPROOF_MIRROR=mirror)
    record = json.loads((workspace.path / "data" / "mnist.json").read_text())
    assert (record["source"], record["stand_in"]) == ("mirror", False)
    with np.load(workspace.path / "data" / "mnist.npz") as arrays:
        for name, expected in MNIST_MD5.items():
            array = arrays[name]
            header = np.array([0x0800 + array.ndim, *array.shape], dtype=">u4").tobytes()
            assert hashlib.md5(header + array.tobytes()).hexdigest() == expected

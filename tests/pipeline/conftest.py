"""A copy of the repository in which a pipeline runs with tiny params."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml
from filelock import FileLock

from tests.repository import copy_repository
from tools.tour import merged

TINY: dict[str, Any] = {
    "data": {"sources": ["embedded"]},
    "compute": {"threads": 1},
    "train": {
        "mnist": {"seeds": [0, 1], "epochs": 2, "min_steps": 0, "evaluations_per_epoch": 2},
        "cis680": {"epochs": 2, "min_steps": 0, "evaluations_per_epoch": 2},
        "cifar10": {"seeds": [0, 1], "epochs": 1},
        "deep": {"epochs": 1, "min_steps": 0},
        "robust": {
            "epochs": 1,
            "min_steps": 0,
            "overfitted": {"epochs": 1},
            "attack_curve": {"images": 10, "steps": 2},
        },
    },
    "time_batchnorm": {"pairs": 2},
    "show_predictions": {"images": 10},
    "visualize": {"images": 2, "statistics_images": 20},
    "occlude": {"images": 2, "measured": {"images": 3, "stride": 4}, "sizes": [4]},
    "explain": {
        "mnist": {
            "images_per_class": 1,
            "methods": {"smoothgrad": {"samples": 2}, "integrated_gradients": {"steps": 2}},
            "scores": {"steps": 4, "random_maps": 1},
        },
        "photos": {
            "methods": {
                "smoothgrad": {"samples": 2},
                "integrated_gradients": {"steps": 2},
                "occlusion": {"stride": 112},
            },
            "scores": {"steps": 2, "tile": 112, "random_maps": 1},
        },
    },
    "attack_nontargeted": {"starts_per_class": 1, "steps": [1, 2]},
    "attack_targeted": {"betas": [100, 10], "steps": 2, "comparisons": 5},
    "attack_noise": {"steps": 3},
    "attack_one_sided": {
        "steps": 3,
        "targeted_images": 1,
        "transfer": {"images": 5, "confidences": [0.5, 0.9], "steps": [2]},
    },
    "evaluate_robustness": {
        "mnist": {"images": 20, "epsilons": [0.1]},
        "cifar10": {"images": 20, "epsilons": [4]},
        "steps": 2,
        "targets": 1,
        "queries": 5,
    },
    "compare_robustness": {
        "images": 20,
        "epsilons": [0.1],
        "steps": 2,
        "targets": 1,
        "queries": 5,
    },
    "compare_robust_network": {
        "digits_per_class": 1,
        "class_images": {"starts_per_class": 2, "steps": 2},
        "nearest_digits": {"controls": 10},
        "targeted": {"betas": [100, 10], "steps": 2},
        "noise": {"steps": 3},
    },
    "surfaces": {"points": 5, "max_steps": 20},
    "adder": {"bits": 3, "long_bits": 40, "long_count": 5},
    "show_feature_maps": {"maps": 2},
    "logistic_regression": {"C_values": [1, 10], "neighbours": [1]},
    "attack_linf": {
        "steps": 3,
        "examples": [{"photo": "peppers.png", "target": "teapot"}],
        "pairs": 3,
        "epsilons": [1],
    },
    "attack_eot": {"steps": 2, "samples": 2},
    "robustness": {
        "strengths": {"rotation": [0], "crop": [1], "jpeg": [50], "blur": [1], "noise": [0.1]},
    },
    "attack_minimal": {
        "ranks": [2],
        "normalized_steps": {"steps": 2},
        "ddn_steps": 2,
        "shown": 2,
    },
    "feature_visualization": {
        "transfer_network": "tf_efficientnet_lite0",
        "classes": 2,
        "steps": 1,
        "prior": {"classes": 1},
    },
    "occlude_photos": {
        "photos": ["one.png"],
        "blocks": [{"side": 31, "stride": 96}],
        "tile": 112,
        "random_orders": 1,
    },
    "receptive_fields": {"layers": 2},
    "shallow_as_deep": {"neurons": [2], "inputs": [1], "networks": 2, "points": 5},
    "xor": {"seeds": 2, "steps": 5, "other_stds": [2], "snapshots": [2]},
}


@dataclass(frozen=True)
class Workspace:
    """A copy of the repository with a DVC cache of its own."""

    path: Path

    def run(self, *command: str, **environment: str) -> subprocess.CompletedProcess[str]:
        """Run a command in the copy, on the copy's code."""
        return subprocess.run(
            command,
            cwd=self.path,
            env=self.environment(**environment),
            capture_output=True,
            text=True,
            check=False,
        )

    def environment(self, **more: str) -> dict[str, str]:
        """Make the environment of an activated virtual environment, without a mirror."""
        inherited = {k: v for k, v in os.environ.items() if k != "FOOLPROOF_MIRROR"}
        programs = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
        source = str(self.path / "src")
        return {**inherited, "PATH": programs, "PYTHONPATH": source, **more}

    def repro(self, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
        """Run `dvc repro`, which must succeed."""
        done = self.run("dvc", "repro", *arguments, **environment)
        assert done.returncode == 0, done.stdout + done.stderr
        return done

    def set_params(self, changes: dict[str, Any]) -> None:
        """Change values in params.yaml."""
        path = self.path / "params.yaml"
        path.write_text(yaml.safe_dump(merged(yaml.safe_load(path.read_text()), changes)))

    def copy(self, path: Path) -> "Workspace":
        """Copy the workspace, its DVC cache included, to a folder that is not there yet."""
        shutil.copytree(self.path, path)
        return Workspace(path)

    def locked(self) -> dict[str, Any]:
        """Read the stages of dvc.lock without timings and what hangs on them."""
        stages = yaml.safe_load((self.path / "dvc.lock").read_text())["stages"]
        kept = {
            name: stage
            for name, stage in stages.items()
            if not name.startswith(("time_", "report_"))
        }
        return {name: without_timings(stage) for name, stage in kept.items()}


def without_timings(stage: dict[str, Any]) -> dict[str, Any]:
    """Leave out of a stage of dvc.lock the outs that differ from run to run."""
    outs = [out for out in stage["outs"] if not out["path"].startswith("metrics/timing/")]
    return {**stage, "outs": outs}


@pytest.fixture(scope="session")
def new_workspace(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Workspace]:
    """Make copies of the repository's files, as a commit of them would have them."""

    def make(name: str) -> Workspace:
        workspace = Workspace(tmp_path_factory.mktemp(name))
        copy_repository(workspace.path)
        (workspace.path / "dvc.lock").unlink(missing_ok=True)
        assert workspace.run("git", "init", "--quiet").returncode == 0
        workspace.set_params(TINY)
        return workspace

    return make


@pytest.fixture(scope="session")
def finished(
    new_workspace: Callable[[str], Workspace],
    tmp_path_factory: pytest.TempPathFactory,
    worker_id: str,
) -> Workspace:
    """A workspace in which the whole pipeline has run on the embedded data.

    It runs once for all processes of `pytest --numprocesses`, each of which has its own copy.
    """
    own = tmp_path_factory.getbasetemp()
    shared = own if worker_id == "master" else own.parent
    with FileLock(shared / "first.lock"):
        first = Workspace(shared / "first")
        if not first.path.exists():
            made = new_workspace("made")
            made.repro()
            made.path.rename(first.path)
    return first.copy(own / "finished")


@pytest.fixture(scope="module")
def finished_copy(finished: Workspace, tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """A copy of the finished workspace, for tests of one module to disturb."""
    return finished.copy(tmp_path_factory.mktemp("copy") / "workspace")

"""Stages that are killed, and stages that find the disk full."""

import os
import random
import shutil
import signal
import subprocess
import time
from typing import Any

import pytest
import yaml

from tests.pipeline.conftest import Workspace, without_timings

# One of each kind that is long with the real params; the download is killed in test_pipeline.py.
LONG = (
    "train_cis680@first",
    "train_bn@cifar10",
    "train_deep",
    "train_robust",
    "attack_one_sided",
    "attack_linf",
    "attack_minimal",
    "evaluate_robustness@mnist",
    "compare_robustness",
    "compare_robust_network",
    "feature_visualization",
)


def forget(workspace: Workspace, stage: str) -> dict[str, Any]:
    """Take from DVC what it knows of a stage's runs, and return what the lock said of it."""
    shutil.rmtree(workspace.path / ".dvc" / "cache" / "runs", ignore_errors=True)
    lock = workspace.path / "dvc.lock"
    content = yaml.safe_load(lock.read_text())
    forgotten: dict[str, Any] = content["stages"].pop(stage)
    lock.write_text(yaml.safe_dump(content))
    return forgotten


@pytest.mark.parametrize("stage", LONG)
def test_a_stage_killed_at_a_random_moment_gives_the_same_afterwards(
    finished: Workspace, finished_copy: Workspace, stage: str
) -> None:
    """The moment is a random time after one of the stage's outs, drawn at random, appears."""
    outs = [finished_copy.path / out["path"] for out in forget(finished_copy, stage)["outs"]]
    for out in outs:
        if out.is_dir():
            shutil.rmtree(out)
        else:
            out.unlink()
    generator = random.Random(stage)
    sign, delay = generator.choice(outs), generator.uniform(0, 0.05)
    process = subprocess.Popen(
        ["dvc", "repro", "--single-item", stage],
        cwd=finished_copy.path,
        env=finished_copy.environment(),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    while not sign.exists() and process.poll() is None:
        time.sleep(0.001)
    time.sleep(delay)
    assert process.poll() is None, "the stage ended before it could be killed"
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    again = finished_copy.repro("--single-item", stage)
    assert f"Running stage '{stage}'" in again.stdout
    assert finished_copy.locked()[stage] == finished.locked()[stage]


# The folder is a disk of its own, too small at first, that only this script sees.
ON_A_SMALL_DISK = """
set -e
mount -t tmpfs -o size={size} tmpfs {folder}
if dvc repro {stage} > failed.txt 2>&1; then exit 1; fi
find {folder} -mindepth 1 > left.txt
mount -o remount,size=1g {folder}
dvc repro {stage}
"""


@pytest.fixture(scope="module")
def with_mounts() -> list[str]:
    """The beginning of a command whose mounts nobody else sees, and which needs no root."""
    command = ["unshare", "--user", "--map-root-user", "--mount"]
    try:
        subprocess.run(
            [*command, "mount", "-t", "tmpfs", "-o", "size=4k", "tmpfs", "/mnt"],
            check=True,
            capture_output=True,
            text=True,
        )
    except FileNotFoundError as error:
        pytest.skip(f"no small disk: {error}")
    except subprocess.CalledProcessError as error:
        pytest.skip(f"no small disk: {error.stderr.strip()}")
    return command


@pytest.mark.parametrize(
    ("stage", "script", "folder", "size", "file", "whole"),
    [
        (
            "download@mnist",
            "download",
            "data",
            "256k",
            "data/mnist.npz",
            ["data/params_checked.txt"],  # of the stage before
        ),
        (
            "train_cis680@first",
            "train_cis680",
            "models/cis680",
            "16k",
            "models/cis680/first.safetensors",
            [],
        ),
        ("report_huji67103", "report", "reports", "64k", "reports/huji67103.pdf", []),
    ],
)
def test_a_full_disk_is_one_clear_line_and_leaves_nothing_half_written(
    finished_copy: Workspace,
    with_mounts: list[str],
    stage: str,
    script: str,
    folder: str,
    size: str,
    file: str,
    whole: list[str],
) -> None:
    before = forget(finished_copy, stage)
    commands = ON_A_SMALL_DISK.format(stage=stage, folder=folder, size=size)
    done = finished_copy.run(*with_mounts, "sh", "-c", commands)
    assert done.returncode == 0, done.stdout + done.stderr
    said = (finished_copy.path / "failed.txt").read_text()
    assert "Traceback" not in said, said
    errors = [line for line in said.splitlines() if line.startswith(f"{script}: error: ")]
    assert len(errors) == 1, said
    assert file in errors[0]
    assert "No space left on device" in errors[0]
    assert (finished_copy.path / "left.txt").read_text().splitlines() == whole
    after = yaml.safe_load((finished_copy.path / "dvc.lock").read_text())["stages"][stage]
    assert without_timings(after) == without_timings(before)

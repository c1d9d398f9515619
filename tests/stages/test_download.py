"""The stage `download` as DVC runs it."""

import hashlib
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml

from tests.assets.archives import idx_file
from tests.repository import ROOT


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A folder to run stages in, with a params.yaml of its own."""
    shutil.copy(ROOT / "params.yaml", tmp_path)
    return tmp_path


def run(
    project: Path, stage: str, *arguments: str, sources: list[str], mirror: object = None
) -> Any:
    """Run a stage with these sources and this mirror."""
    params = yaml.safe_load((project / "params.yaml").read_text())
    params["data"]["sources"] = sources
    (project / "params.yaml").write_text(yaml.safe_dump(params))
    environment = {name: value for name, value in os.environ.items() if name != "FOOLPROOF_MIRROR"}
    if mirror is not None:
        environment["FOOLPROOF_MIRROR"] = str(mirror)
    return subprocess.run(
        [sys.executable, ROOT / "stages" / f"{stage}.py", *arguments],
        cwd=project,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )


def write_mirror(folder: Path, *, grey: int = 0) -> Path:
    """A mirror with ten images of one grey level as mnist, which it does not call exact."""
    files = []
    folder.mkdir()
    for part in ("train", "t10k"):
        for kind, array in (
            ("images-idx3", np.full((5, 28, 28), grey, np.uint8)),
            ("labels-idx1", np.arange(5, dtype=np.uint8)),
        ):
            path, content = f"{part}-{kind}-ubyte.gz", idx_file(array)
            (folder / path).write_bytes(content)
            sha256 = hashlib.sha256(content).hexdigest()
            files.append({"path": path, "sha256": sha256, "bytes": len(content)})
    entry = {"licence": "none", "exact": False, "note": "Blank.", "files": files}
    manifest = {"version": 1, "assets": {"mnist": entry}}
    (folder / "MANIFEST.json").write_text(json.dumps(manifest))
    return folder


def test_download_writes_asset_from_mirror(project: Path) -> None:
    mirror = write_mirror(project / "mirror")
    done = run(project, "download", "mnist", sources=["mirror"], mirror=mirror)
    assert (done.returncode, done.stdout) == (0, "")
    assert "mnist: 10 images from mirror in data/mnist.npz" in done.stderr
    record = json.loads((project / "data/mnist.json").read_text())
    assert (record["source"], record["exact"], record["items"]) == ("mirror", False, 10)


@pytest.mark.parametrize(
    ("mirror", "sentence"),
    [
        (None, "mnist: no source in data.sources has it: mirror: FOOLPROOF_MIRROR is not set"),
        (
            "nowhere",
            "FOOLPROOF_MIRROR=nowhere: expected a folder or an http(s) URL, found no such folder",
        ),
    ],
)
def test_download_reports_missing_source_in_one_sentence(
    project: Path, mirror: str | None, sentence: str
) -> None:
    done = run(project, "download", "mnist", sources=["mirror"], mirror=mirror)
    assert done.returncode == 1
    assert done.stdout == ""
    assert done.stderr.splitlines()[-1] == f"download: error: {sentence}"
    assert "Traceback" not in done.stderr
    assert not list((project / "data").glob("*"))


def test_download_refuses_unknown_asset_with_nearest_names(project: Path) -> None:
    done = run(project, "download", "mmnist", sources=["mirror"])
    assert done.returncode == 1
    assert done.stderr.splitlines()[-1].startswith(
        "download: error: 'mmnist' is neither a data set nor a network of torchvision or timm; "
        "the nearest are: mnist, "
    )

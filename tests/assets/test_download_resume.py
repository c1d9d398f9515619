"""Interrupted downloads are resumed with equal outputs."""

import json
import logging
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from foolproof.assets.declaration import Asset
from foolproof.assets.download import download_asset
from foolproof.assets.errors import AssetError
from foolproof.assets.fetch import RetryPolicy
from foolproof.core.sources import Source
from tests.assets.hosts import Host
from tests.assets.officials import official_of

POLICY = RetryPolicy(timeout=5.0, attempts=2, pause=0.01)
ALL: list[Source] = ["mirror", "official", "embedded"]


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return tmp_path / "data"


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


@pytest.mark.parametrize("sources", [["official"], ALL], ids=["error", "stand-in"])
def test_download_resumes_after_network_failure(
    small_mnist: Asset,
    data: Path,
    host: Host,
    sources: list[Source],
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.INFO)
    first, second = list(official_of(small_mnist).files)[:2]
    host.faults[second] = host.truncate
    scratch = data / ".mnist.download"
    if "embedded" in sources:
        assert download_asset(small_mnist, sources, data, mirror=None, policy=POLICY).stand_in
        assert f"{scratch} keeps the partial download" in caplog.messages[-2]
    else:
        with pytest.raises(AssetError, match=f"{second}: the transfer broke off"):
            download_asset(small_mnist, sources, data, mirror=None, policy=POLICY)
    assert names(scratch) == [first, f"{second}.part"]

    host.requests.clear()
    host.faults.clear()
    record = download_asset(small_mnist, sources, data, mirror=None, policy=POLICY)
    assert record.source == "official"
    assert host.count(f"GET /{first}") == 0
    assert names(data) == ["mnist.json", "mnist.npz"]


def test_download_keeps_files_until_arrays_are_written(
    small_mnist: Asset, data: Path, host: Host, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fill_the_disk(*_: object, **__: object) -> None:
        raise OSError("no space left on device")

    with monkeypatch.context() as full:
        full.setattr("foolproof.assets.download.write_arrays", fill_the_disk)
        with pytest.raises(OSError, match="no space left"):
            download_asset(small_mnist, ["official"], data, mirror=None, policy=POLICY)
    host.requests.clear()
    download_asset(small_mnist, ["official"], data, mirror=None, policy=POLICY)
    assert not [request for request in host.requests if request.startswith("GET")]


def test_download_verifies_files_of_killed_process(
    small_mnist: Asset, tmp_path: Path, data: Path
) -> None:
    download_asset(small_mnist, ["official"], tmp_path / "fresh", mirror=None, policy=POLICY)
    scratch = data / ".mnist.download"
    scratch.mkdir(parents=True)
    for name in official_of(small_mnist).files:
        (scratch / name).write_bytes(b"half of a")
    download_asset(small_mnist, ["official"], data, mirror=None, policy=POLICY)
    for path in (tmp_path / "fresh").iterdir():
        assert (data / path.name).read_bytes() == path.read_bytes()
    assert names(data) == ["mnist.json", "mnist.npz"]


DOWNLOAD = """
import json, sys
from dataclasses import replace
from pathlib import Path
from foolproof.assets.download import download_asset
from foolproof.assets.fetch import RetryPolicy
from foolproof.assets.mnist import MNIST

url, files, folder = sys.argv[1:]
official = replace(MNIST.official, hosts=(url,), files=json.loads(files))
asset = replace(MNIST, official=official, digests={})
download_asset(asset, ["official"], Path(folder), mirror=None, policy=RetryPolicy(timeout=30))
"""


def test_download_resumes_after_sigkill_with_equal_outputs(
    small_mnist: Asset, tmp_path: Path, data: Path, host: Host
) -> None:
    download_asset(small_mnist, ["official"], tmp_path / "fresh", mirror=None, policy=POLICY)
    host.requests.clear()
    first, second = list(official_of(small_mnist).files)[:2]
    host.faults[second] = host.stall
    files = json.dumps(dict(official_of(small_mnist).files))
    with subprocess.Popen([sys.executable, "-c", DOWNLOAD, host.url, files, str(data)]) as process:
        deadline = time.monotonic() + 30
        while not host.count(f"GET /{second}") and time.monotonic() < deadline:
            time.sleep(0.01)
        process.send_signal(signal.SIGKILL)
    assert process.returncode == -signal.SIGKILL
    assert names(data) == [".mnist.download"]

    del host.faults[second]
    download_asset(small_mnist, ["official"], data, mirror=None, policy=POLICY)
    for path in (tmp_path / "fresh").iterdir():
        assert (data / path.name).read_bytes() == path.read_bytes()
    assert names(data) == ["mnist.json", "mnist.npz"]
    assert host.count(f"GET /{first}") == 1, "a complete file is not downloaded again"

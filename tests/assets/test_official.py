"""The official hosts are tried in order; a checksum mismatch is an error."""

import logging
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from foolproof.assets.declaration import Arrays, Asset
from foolproof.assets.errors import AssetError, UnavailableError
from foolproof.assets.fetch import RetryPolicy
from foolproof.assets.official import load_official
from tests.assets.hosts import Host
from tests.assets.officials import official_of, with_hosts

SECONDS = 1.0
POLICY = RetryPolicy(SECONDS, attempts=2, pause=0.01)
IMAGES, LABELS = "train-images-idx3-ubyte.gz", "train-labels-idx1-ubyte.gz"


@pytest.fixture
def other(hosts: Callable[[], Host], small_files: dict[str, bytes]) -> Host:
    """A second official host."""
    started = hosts()
    started.files = dict(small_files)
    return started


def test_load_official_prefers_first_host(
    small_mnist: Asset, host: Host, other: Host, tmp_path: Path, small_arrays: Arrays
) -> None:
    asset = with_hosts(small_mnist, host.url, other.url)
    content = load_official(asset, tmp_path, POLICY)
    for name, expected in small_arrays.items():
        np.testing.assert_array_equal(content.arrays[name], expected)
    assert (content.origin, content.exact, content.licence) == (host.url, True, "CC BY-SA 3.0")
    assert content.files == official_of(small_mnist).files
    assert not [request for request in other.requests if request.startswith("GET")]


@pytest.mark.parametrize("fault", ["404", "404 later", "truncated", "altered", "stalled"])
def test_load_official_skips_host_with_fault(
    small_mnist: Asset, host: Host, other: Host, tmp_path: Path, fault: str
) -> None:
    if fault == "404":
        host.files = {}
    elif fault == "404 later":
        del host.files[LABELS]
    elif fault == "altered":
        host.files[LABELS] = host.files[IMAGES]
    else:
        host.faults[LABELS] = host.truncate if fault == "truncated" else host.stall
    asset = with_hosts(small_mnist, host.url, other.url)
    assert load_official(asset, tmp_path, POLICY).origin == other.url


def test_load_official_resumes_on_next_host(
    small_mnist: Asset, host: Host, other: Host, tmp_path: Path
) -> None:
    content = host.files[IMAGES]
    (tmp_path / f"{IMAGES}.part").write_bytes(content[:1000])
    host.faults[IMAGES] = lambda *_: None
    asset = with_hosts(small_mnist, host.url, other.url)
    assert load_official(asset, tmp_path, POLICY).origin == other.url
    assert other.ranges[0] == "bytes=1000-"


def test_load_official_retries_busy_host(
    small_mnist: Asset, host: Host, other: Host, tmp_path: Path
) -> None:
    host.refusals[IMAGES] = [(503, {}), (503, {})]
    asset = with_hosts(small_mnist, host.url, other.url)
    assert load_official(asset, tmp_path, POLICY).origin == host.url


def test_load_official_warns_of_untrusted_certificate(
    small_mnist: Asset,
    self_signed_host: Host,
    host: Host,
    refused_url: str,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
) -> None:
    asset = with_hosts(small_mnist, refused_url, self_signed_host.url, host.url)
    assert load_official(asset, tmp_path, POLICY).origin == host.url
    (warning,) = (entry for entry in caplog.records if entry.levelno >= logging.WARNING)
    assert warning.getMessage().startswith(
        f"mnist: skipped {self_signed_host.url}{IMAGES}: the host's certificate is not trusted"
    )


def test_load_official_logs_hosts(
    small_mnist: Asset, host: Host, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    load_official(small_mnist, tmp_path, POLICY)
    assert caplog.messages[0] == f"mnist: trying {host.url}"


def test_load_official_waits_once_for_unreachable_hosts(
    small_mnist: Asset, silent_url: str, refused_url: str, other: Host, tmp_path: Path
) -> None:
    asset = with_hosts(small_mnist, silent_url, refused_url, other.url)
    begun = time.monotonic()
    assert load_official(asset, tmp_path, POLICY).origin == other.url
    assert time.monotonic() - begun < 3 * SECONDS


def test_load_official_names_failure_of_each_host(
    small_mnist: Asset, host: Host, silent_url: str, refused_url: str, tmp_path: Path
) -> None:
    del host.files[IMAGES]
    asset = with_hosts(small_mnist, silent_url, refused_url, host.url)
    with pytest.raises(UnavailableError) as caught:
        load_official(asset, tmp_path, POLICY)
    assert str(caught.value) == (
        f"{silent_url}{IMAGES}: no answer within 1 s; "
        f"{refused_url}{IMAGES}: the host refuses the connection; "
        f"{host.url}{IMAGES}: HTTP status 404"
    )


def test_load_official_refuses_checksum_mismatch_of_all_hosts(
    small_mnist: Asset, host: Host, other: Host, refused_url: str, tmp_path: Path
) -> None:
    host.files[LABELS] = b"captive portal"
    other.files[LABELS] = b"moved away"
    asset = with_hosts(small_mnist, host.url, refused_url, other.url)
    with pytest.raises(AssetError) as caught:
        load_official(asset, tmp_path, POLICY)
    assert not isinstance(caught.value, UnavailableError), "the next source must not be tried"
    message = str(caught.value)
    assert message.startswith(f"mnist: {host.url}{LABELS}: ")
    assert f"expected {official_of(small_mnist).files[LABELS]}, found " in message
    assert f"; {other.url}{LABELS}: " in message


def test_load_official_verifies_digests_of_arrays(small_mnist: Asset, tmp_path: Path) -> None:
    asset = replace(small_mnist, digests={"train_labels": "0" * 64})
    with pytest.raises(AssetError, match="the SHA-256 of train_labels is not that of the official"):
        load_official(asset, tmp_path, POLICY)

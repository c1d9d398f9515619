"""Downloads are verified and bounded in time, whatever a host does."""

import hashlib
import logging
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from foolproof.assets.errors import ChecksumError, NetworkError
from foolproof.assets.network import download, finished_within, obstacles, read

if TYPE_CHECKING:
    from tests.assets.conftest import Host

CONTENT = bytes(range(256)) * 1000
CHECKSUM = f"sha256:{hashlib.sha256(CONTENT).hexdigest()}"
SECONDS = 0.5
IN_TIME = 5.0


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "downloads" / "file"


@pytest.fixture
def url(host: "Host") -> str:
    host.files["file"] = CONTENT
    return host.url + "file"


def test_downloads_and_says_so(
    url: str, path: Path, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(logging.INFO)
    download(url, path, CHECKSUM, SECONDS)
    assert path.read_bytes() == CONTENT
    assert caplog.messages == [f"downloading {url}"]
    assert str(path.parent) not in capfd.readouterr().err


def test_a_sound_file_is_kept_and_another_replaced(host: "Host", url: str, path: Path) -> None:
    path.parent.mkdir()
    path.write_bytes(CONTENT[:-1])
    download(url, path, CHECKSUM, SECONDS)
    assert path.read_bytes() == CONTENT
    download(url, path, CHECKSUM, SECONDS)
    assert host.count("GET /file") == 1


def test_an_altered_file_is_refused(host: "Host", url: str, path: Path) -> None:
    host.files["file"] = altered = b"x" + CONTENT[1:]
    with pytest.raises(
        ChecksumError,
        match=f"^{url}: expected {CHECKSUM}, found sha256:{hashlib.sha256(altered).hexdigest()}$",
    ):
        download(url, path, CHECKSUM, SECONDS)
    assert list(path.parent.iterdir()) == []


def test_the_first_digits_of_a_checksum_can_be_enough(url: str, path: Path) -> None:
    digits = hashlib.sha256(CONTENT).hexdigest()[:8]
    download(url, path, f"sha256-prefix:{digits}", SECONDS)
    assert path.read_bytes() == CONTENT
    path.write_bytes(b"")
    with pytest.raises(
        ChecksumError,
        match=f"^{url}: expected sha256-prefix:00000000, found sha256-prefix:{digits}$",
    ):
        download(url, path, "sha256-prefix:00000000", SECONDS)
    assert path.read_bytes() == b"", "what was there is left to a later download to replace"


def test_a_transfer_that_breaks_off_is_refused(host: "Host", url: str, path: Path) -> None:
    host.faults["file"] = host.truncate
    with pytest.raises(NetworkError, match=f"{url}: the transfer broke off"):
        download(url, path, CHECKSUM, SECONDS)
    assert list(path.parent.iterdir()) == []


def test_a_transfer_that_stalls_is_given_up(host: "Host", url: str, path: Path) -> None:
    host.faults["file"] = host.stall
    begun = time.monotonic()
    with pytest.raises(NetworkError, match=f"{url}: the transfer stalled for 0.5 s"):
        download(url, path, CHECKSUM, SECONDS)
    assert time.monotonic() - begun < IN_TIME
    assert list(path.parent.iterdir()) == []


@pytest.mark.parametrize("fetch", [download, read])
def test_says_what_keeps_it_from_downloading(
    fetch: Callable[..., object], host: "Host", silent_url: str, refused_url: str, path: Path
) -> None:
    arguments: dict[str, Any] = {"path": path, "checksum": CHECKSUM} if fetch is download else {}
    begun = time.monotonic()
    for url, reason in (
        (f"{host.url}nothing", "HTTP status 404"),
        (silent_url, "no answer within 0.5 s"),
        (refused_url, "no connection"),
    ):
        with pytest.raises(NetworkError, match=f"^{url}: {reason}$"):
            fetch(url, seconds=SECONDS, **arguments)
    assert time.monotonic() - begun < IN_TIME


def test_obstacles_are_found_for_all_hosts_at_once(
    host: "Host", url: str, silent_url: str, refused_url: str
) -> None:
    silent = [f"{silent_url}{number}" for number in range(10)]
    begun = time.monotonic()
    found = obstacles([url, f"{host.url}nothing", refused_url, *silent], SECONDS)
    assert time.monotonic() - begun < IN_TIME
    assert found == {
        f"{host.url}nothing": "HTTP status 404",
        refused_url: "no connection",
        **dict.fromkeys(silent, "no answer within 0.5 s"),
    }


def test_a_name_that_is_not_resolved_in_time_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """No timeout of a socket bounds this."""
    over = threading.Event()

    def resolve(*_: object, **__: object) -> object:
        over.wait()
        raise socket.gaierror

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    begun = time.monotonic()
    try:
        found = obstacles(["http://some.invalid/file"], SECONDS)
    finally:
        over.set()
    assert found == {"http://some.invalid/file": "no answer within 0.5 s"}
    assert time.monotonic() - begun < IN_TIME


def test_no_process_waits_at_its_end_for_what_was_given_up() -> None:
    program = (
        "import time; from foolproof.assets.network import finished_within; "
        "print(finished_within(0.1, {'late': lambda: time.sleep(60)}))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, timeout=30, check=True
    )
    assert done.stdout.split() == [b"{}"]


def test_only_what_finishes_in_time_counts() -> None:
    over = threading.Event()
    begun = time.monotonic()
    results = finished_within(SECONDS, {"quick": lambda: True, "late": lambda: over.wait(10)})
    over.set()
    assert results == {"quick": True}
    assert SECONDS <= time.monotonic() - begun < IN_TIME

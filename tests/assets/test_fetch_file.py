"""Downloaded files are resumed and verified."""

import errno
import hashlib
import logging
import re
import subprocess
import sys
import time
from dataclasses import replace
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import pytest

from foolproof.assets.errors import ChecksumError, NetworkError
from foolproof.assets.fetch import RetryPolicy, fetch_file
from foolproof.core.errors import FoolproofError
from tests.assets.hosts import CHECKSUM, CONTENT, Host

POLICY = RetryPolicy(timeout=0.5, attempts=3, pause=0.01)
IN_TIME = 5.0


@pytest.fixture(autouse=True)
def _see_what_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)


@pytest.fixture
def partial(path: Path) -> Path:
    """The path of the partial file, in an existing folder."""
    path.parent.mkdir()
    return path.with_name("file.part")


def content_of(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_fetch_file_logs_url_and_size(
    url: str, path: Path, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    fetch_file(url, path, CHECKSUM, POLICY)
    assert content_of(path.parent) == {"file": CONTENT}
    assert caplog.messages == [f"downloading {url} (256 kB)"]
    assert capfd.readouterr().err == "", "no progress bar without a terminal"


def test_fetch_file_shows_progress_in_terminal(
    url: str, path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    fetch_file(url, path, CHECKSUM, POLICY)
    assert re.search(r"file: 100%\|.*\| 256k/256k \[.*B/s\]", capsys.readouterr().err)


def test_fetch_file_keeps_verified_file_and_replaces_other(
    host: Host, url: str, path: Path
) -> None:
    path.parent.mkdir()
    path.write_bytes(CONTENT[:-1])
    fetch_file(url, path, CHECKSUM, POLICY)
    assert path.read_bytes() == CONTENT
    fetch_file(url, path, CHECKSUM, POLICY)
    assert host.count("GET /file") == 1


def test_fetch_file_refuses_and_removes_altered_file(host: Host, url: str, path: Path) -> None:
    host.files["file"] = altered = b"x" + CONTENT[1:]
    with pytest.raises(
        ChecksumError,
        match=f"^{url}: expected {CHECKSUM}, found sha256:{hashlib.sha256(altered).hexdigest()}$",
    ):
        fetch_file(url, path, CHECKSUM, POLICY)
    assert content_of(path.parent) == {}
    assert host.count("GET /file") == 1, "no restart without a resumed part"


def test_fetch_file_accepts_checksum_prefix(url: str, path: Path) -> None:
    digits = hashlib.sha256(CONTENT).hexdigest()[:8]
    fetch_file(url, path, f"sha256-prefix:{digits}", POLICY)
    assert path.read_bytes() == CONTENT
    path.write_bytes(b"")
    with pytest.raises(
        ChecksumError,
        match=f"^{url}: expected sha256-prefix:00000000, found sha256-prefix:{digits}$",
    ):
        fetch_file(url, path, "sha256-prefix:00000000", POLICY)
    assert path.read_bytes() == b"", "the existing file stays until a verified one replaces it"


def test_fetch_file_resumes_broken_transfer(
    host: Host, url: str, path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    host.once("file", host.truncate)
    fetch_file(url, path, CHECKSUM, POLICY)
    assert path.read_bytes() == CONTENT
    start = int(host.ranges[1].removeprefix("bytes=").removesuffix("-"))
    assert 0 < start <= len(CONTENT) // 2
    assert caplog.messages == [
        f"downloading {url} (256 kB)",
        f"attempt 2 of 3 in 0.01 s: {url}: the transfer broke off",
        f"resuming {url} at {start / 1e3:.0f} kB of 256 kB",
    ]
    warnings = [entry.levelno for entry in caplog.records if entry.levelno > logging.INFO]
    assert warnings == [logging.WARNING]


def test_fetch_file_resumes_stalled_transfer(
    host: Host, url: str, path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    host.once("file", host.stall)
    fetch_file(url, path, CHECKSUM, POLICY)
    assert path.read_bytes() == CONTENT
    assert host.ranges[1].startswith("bytes=")
    assert f"attempt 2 of 3 in 0.01 s: {url}: the transfer stalled for 0.5 s" in caplog.messages


@pytest.mark.parametrize(
    ("fault", "reason"),
    [("truncate", "the transfer broke off"), ("stall", r"the transfer stalled for 0\.5 s")],
)
def test_fetch_file_keeps_partial_file_after_last_attempt(
    host: Host, url: str, path: Path, fault: str, reason: str
) -> None:
    host.faults["file"] = getattr(host, fault)
    begun = time.monotonic()
    with pytest.raises(NetworkError, match=f"^{url}: {reason}$"):
        fetch_file(url, path, CHECKSUM, POLICY)
    assert time.monotonic() - begun < IN_TIME
    assert host.count("GET /file") == POLICY.attempts
    (kept,) = path.parent.iterdir()
    assert kept.name == "file.part"
    assert kept.read_bytes() == CONTENT[: kept.stat().st_size] != b""

    del host.faults["file"]
    fetch_file(url, path, CHECKSUM, POLICY)
    assert host.ranges[-1] != ""
    assert content_of(path.parent) == {"file": CONTENT}


DOWNLOAD = """
import sys
from pathlib import Path
from foolproof.assets.fetch import RetryPolicy, fetch_file

url, path, checksum = sys.argv[1:]
fetch_file(url, Path(path), checksum, RetryPolicy(timeout=30))
"""


def test_fetch_file_resumes_after_sigkill(host: Host, url: str, path: Path) -> None:
    host.once("file", host.stall)
    partial = path.with_name("file.part")
    with subprocess.Popen([sys.executable, "-c", DOWNLOAD, url, str(path), CHECKSUM]) as process:
        deadline = time.monotonic() + 30
        while not (partial.exists() and partial.stat().st_size) and time.monotonic() < deadline:
            time.sleep(0.01)
        process.kill()
    arrived = partial.stat().st_size
    assert arrived > 0
    fetch_file(url, path, CHECKSUM, POLICY)
    assert host.ranges == ["", f"bytes={arrived}-"]
    assert content_of(path.parent) == {"file": CONTENT}


def test_fetch_file_resets_failures_after_progress(
    host: Host, url: str, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A long download completes over a network that fails repeatedly."""
    monkeypatch.setattr("foolproof.assets.fetch._PROGRESS_BYTES", 2**16)

    def send_a_third(handler: BaseHTTPRequestHandler, content: bytes) -> None:
        handler.wfile.write(content[: len(CONTENT) // 3])

    host.faults["file"] = send_a_third
    fetch_file(url, path, CHECKSUM, replace(POLICY, attempts=2))
    assert path.read_bytes() == CONTENT
    assert host.count("GET /file") > 2


def test_fetch_file_restarts_without_range_requests(host: Host, url: str, path: Path) -> None:
    host.honours_range = False
    host.once("file", host.truncate)
    fetch_file(url, path, CHECKSUM, POLICY)
    assert host.ranges[1] != ""
    assert path.read_bytes() == CONTENT


def test_fetch_file_discards_other_range(
    host: Host, url: str, path: Path, partial: Path, caplog: pytest.LogCaptureFixture
) -> None:
    partial.write_bytes(CONTENT[:1000])
    host.shift = 1
    fetch_file(url, path, CHECKSUM, POLICY)
    assert host.ranges == ["bytes=1000-", ""]
    assert caplog.messages[0].endswith("the host sent another range than requested")
    assert path.read_bytes() == CONTENT


def test_fetch_file_restarts_once_after_invalid_partial_file(
    host: Host, url: str, path: Path, partial: Path, caplog: pytest.LogCaptureFixture
) -> None:
    partial.write_bytes(b"wrong")
    fetch_file(url, path, CHECKSUM, POLICY)
    assert host.ranges == ["bytes=5-", ""]
    assert f"the resumed file has a wrong checksum: downloading {url} anew" in caplog.messages
    assert content_of(path.parent) == {"file": CONTENT}

    host.files["file"] = altered = CONTENT[:-1] + b"x"
    path.unlink()
    partial.write_bytes(CONTENT[:1000])
    with pytest.raises(ChecksumError, match=hashlib.sha256(altered).hexdigest()):
        fetch_file(url, path, CHECKSUM, POLICY)
    assert host.ranges[2:] == ["bytes=1000-", ""]
    assert content_of(path.parent) == {}


@pytest.mark.parametrize("extra", [b"", b"more"])
def test_fetch_file_verifies_complete_partial_file(
    host: Host, url: str, path: Path, partial: Path, extra: bytes
) -> None:
    """The host answers with status 416."""
    partial.write_bytes(CONTENT + extra)
    fetch_file(url, path, CHECKSUM, POLICY)
    assert host.ranges == [f"bytes={len(CONTENT + extra)}-", *([""] if extra else [])]
    assert content_of(path.parent) == {"file": CONTENT}


def test_fetch_file_reports_full_disk_and_keeps_partial_file(
    url: str, path: Path, partial: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    partial.write_bytes(CONTENT[:1000])

    def fill_the_disk(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("foolproof.assets.fetch._save", fill_the_disk)
    with pytest.raises(
        FoolproofError, match=f"^{path}: cannot be written: No space left"
    ) as caught:
        fetch_file(url, path, CHECKSUM, POLICY)
    assert "\n" not in str(caught.value)
    assert content_of(path.parent) == {"file.part": CONTENT[:1000]}

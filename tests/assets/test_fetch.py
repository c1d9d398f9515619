"""Downloads are retried, resumed, verified and bounded in time, whatever a host does."""

import errno
import hashlib
import logging
import re
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import pytest

from foolproof.assets.errors import CertificateError, ChecksumError, NetworkError
from foolproof.assets.fetch import RetryPolicy, fetch_bytes, fetch_file
from foolproof.core.errors import FoolproofError
from tests.assets.hosts import Host

CONTENT = bytes(range(256)) * 1000
CHECKSUM = f"sha256:{hashlib.sha256(CONTENT).hexdigest()}"
POLICY = RetryPolicy(timeout=0.5, attempts=3, pause=0.01)
IN_TIME = 5.0

Fetch = Callable[[str, RetryPolicy], object]


@pytest.fixture(autouse=True)
def _see_what_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "downloads" / "file"


@pytest.fixture
def partial(path: Path) -> Path:
    """Where the bytes are that have arrived; its folder is there."""
    path.parent.mkdir()
    return path.with_name("file.part")


@pytest.fixture
def url(host: Host) -> str:
    host.files["file"] = CONTENT
    return host.url + "file"


@pytest.fixture(params=["download", "read"])
def fetch(request: pytest.FixtureRequest, path: Path) -> Fetch:
    """Both ways to get a file."""
    if request.param == "read":
        return fetch_bytes
    return lambda url, policy: fetch_file(url, path, CHECKSUM, policy)


def content_of(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_downloads_and_says_so(
    url: str, path: Path, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    fetch_file(url, path, CHECKSUM, POLICY)
    assert content_of(path.parent) == {"file": CONTENT}
    assert caplog.messages == [f"downloading {url} (256 kB)"]
    assert capfd.readouterr().err == "", "a bar is for terminals"


def test_a_terminal_shows_name_bytes_and_rate(
    url: str, path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    fetch_file(url, path, CHECKSUM, POLICY)
    assert re.search(r"file: 100%\|.*\| 256k/256k \[.*B/s\]", capsys.readouterr().err)


def test_a_sound_file_is_kept_and_another_replaced(host: Host, url: str, path: Path) -> None:
    path.parent.mkdir()
    path.write_bytes(CONTENT[:-1])
    fetch_file(url, path, CHECKSUM, POLICY)
    assert path.read_bytes() == CONTENT
    fetch_file(url, path, CHECKSUM, POLICY)
    assert host.count("GET /file") == 1


def test_an_altered_file_is_refused_and_not_kept(host: Host, url: str, path: Path) -> None:
    host.files["file"] = altered = b"x" + CONTENT[1:]
    with pytest.raises(
        ChecksumError,
        match=f"^{url}: expected {CHECKSUM}, found sha256:{hashlib.sha256(altered).hexdigest()}$",
    ):
        fetch_file(url, path, CHECKSUM, POLICY)
    assert content_of(path.parent) == {}
    assert host.count("GET /file") == 1, "nothing was resumed, so there is nothing to repeat"


def test_the_first_digits_of_a_checksum_can_be_enough(url: str, path: Path) -> None:
    digits = hashlib.sha256(CONTENT).hexdigest()[:8]
    fetch_file(url, path, f"sha256-prefix:{digits}", POLICY)
    assert path.read_bytes() == CONTENT
    path.write_bytes(b"")
    with pytest.raises(
        ChecksumError,
        match=f"^{url}: expected sha256-prefix:00000000, found sha256-prefix:{digits}$",
    ):
        fetch_file(url, path, "sha256-prefix:00000000", POLICY)
    assert path.read_bytes() == b"", "what was there is left to a later download to replace"


def test_a_transfer_that_breaks_off_is_resumed(
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


def test_a_transfer_that_stalls_is_resumed(
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
def test_a_transfer_that_fails_again_and_again_is_given_up_and_kept(
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


def test_a_download_that_is_killed_is_resumed(host: Host, url: str, path: Path) -> None:
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


def test_failures_are_counted_anew_after_progress(
    host: Host, url: str, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A long download over a network that breaks again and again ends all the same."""
    monkeypatch.setattr("foolproof.assets.fetch._PROGRESS_BYTES", 2**16)

    def send_a_third(handler: BaseHTTPRequestHandler, content: bytes) -> None:
        handler.wfile.write(content[: len(CONTENT) // 3])

    host.faults["file"] = send_a_third
    fetch_file(url, path, CHECKSUM, replace(POLICY, attempts=2))
    assert path.read_bytes() == CONTENT
    assert host.count("GET /file") > 2


def test_without_range_requests_it_starts_anew(host: Host, url: str, path: Path) -> None:
    host.honours_range = False
    host.once("file", host.truncate)
    fetch_file(url, path, CHECKSUM, POLICY)
    assert host.ranges[1] != ""
    assert path.read_bytes() == CONTENT


def test_another_range_than_was_asked_for_is_not_used(
    host: Host, url: str, path: Path, partial: Path, caplog: pytest.LogCaptureFixture
) -> None:
    partial.write_bytes(CONTENT[:1000])
    host.shift = 1
    fetch_file(url, path, CHECKSUM, POLICY)
    assert host.ranges == ["bytes=1000-", ""]
    assert caplog.messages[0].endswith("the host sent another range than was asked for")
    assert path.read_bytes() == CONTENT


def test_a_partial_file_with_wrong_bytes_is_downloaded_anew_once(
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
def test_a_partial_file_with_nothing_to_add_is_used_if_it_is_right(
    host: Host, url: str, path: Path, partial: Path, extra: bytes
) -> None:
    """The host answers with status 416."""
    partial.write_bytes(CONTENT + extra)
    fetch_file(url, path, CHECKSUM, POLICY)
    assert host.ranges == [f"bytes={len(CONTENT + extra)}-", *([""] if extra else [])]
    assert content_of(path.parent) == {"file": CONTENT}


@pytest.mark.parametrize("status", [429, 500, 503])
def test_a_busy_host_is_asked_again(
    host: Host, url: str, fetch: Fetch, status: int, caplog: pytest.LogCaptureFixture
) -> None:
    host.refusals["file"] = [(status, {})]
    fetch(url, POLICY)
    assert host.count("GET /file") == 2
    assert caplog.messages[0] == f"attempt 2 of 3 in 0.01 s: {url}: HTTP status {status}"


def test_pauses_double_and_are_as_long_as_a_host_asks_for(
    host: Host, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    pauses: list[float] = []
    monkeypatch.setattr(time, "sleep", pauses.append)
    host.refusals["file"] = [(503, {}), (503, {"Retry-After": "9"}), (503, {})]
    assert fetch_bytes(url, RetryPolicy(timeout=0.5, attempts=4, pause=1)) == CONTENT
    assert pauses == [1, 9, 4]


def test_a_host_that_asks_for_too_long_a_pause_is_given_up(host: Host, url: str) -> None:
    host.refusals["file"] = [(429, {"Retry-After": "3600"})]
    with pytest.raises(NetworkError, match=f"^{url}: HTTP status 429, retry after 3600 s$"):
        fetch_bytes(url, POLICY)


@pytest.mark.parametrize("status", [403, 404, 410])
def test_what_will_not_change_is_not_tried_again(
    host: Host, url: str, fetch: Fetch, status: int
) -> None:
    host.refusals["file"] = [(status, {})]
    with pytest.raises(NetworkError, match=f"^{url}: HTTP status {status}$"):
        fetch(url, POLICY)
    assert host.count("GET /file") == 1


def test_a_certificate_is_not_tried_again(
    self_signed_host: Host, fetch: Fetch, caplog: pytest.LogCaptureFixture
) -> None:
    with pytest.raises(CertificateError, match=r"self-signed certificate.*REQUESTS_CA_BUNDLE"):
        fetch(f"{self_signed_host.url}file", POLICY)
    assert caplog.messages == []


def test_hosts_that_do_not_answer_are_tried_again_in_bounded_time(
    fetch: Fetch, silent_url: str, refused_url: str, caplog: pytest.LogCaptureFixture
) -> None:
    begun = time.monotonic()
    for url, reason in (
        (silent_url, "no answer within 0.5 s"),
        (refused_url, "the host refuses the connection"),
    ):
        caplog.clear()
        with pytest.raises(NetworkError, match=f"^{url}: {reason}$"):
            fetch(url, POLICY)
        assert caplog.messages == [
            f"attempt 2 of 3 in 0.01 s: {url}: {reason}",
            f"attempt 3 of 3 in 0.02 s: {url}: {reason}",
        ]
    assert time.monotonic() - begun < IN_TIME


def test_a_full_disk_is_one_line_and_keeps_what_has_arrived(
    url: str, path: Path, partial: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    partial.write_bytes(CONTENT[:1000])

    def fill_the_disk(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("foolproof.assets.fetch._save", fill_the_disk)
    with pytest.raises(FoolproofError, match=f"^{path}: cannot be written: No space left") as said:
        fetch_file(url, path, CHECKSUM, POLICY)
    assert "\n" not in str(said.value)
    assert content_of(path.parent) == {"file.part": CONTENT[:1000]}

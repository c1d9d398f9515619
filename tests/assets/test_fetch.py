"""Temporary failures are retried in bounded time; permanent ones are not."""

import logging
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from foolproof.assets.errors import CertificateError, NetworkError
from foolproof.assets.fetch import RetryPolicy, fetch_bytes, fetch_file
from tests.assets.hosts import CHECKSUM, CONTENT, Host

POLICY = RetryPolicy(timeout=0.5, attempts=3, pause=0.01)
IN_TIME = 5.0

Fetch = Callable[[str, RetryPolicy], object]


@pytest.fixture(autouse=True)
def _see_what_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)


@pytest.fixture(params=["file", "bytes"])
def fetch(request: pytest.FixtureRequest, path: Path) -> Fetch:
    """`fetch_file` and `fetch_bytes`."""
    if request.param == "bytes":
        return fetch_bytes
    return lambda url, policy: fetch_file(url, path, CHECKSUM, policy)


@pytest.mark.parametrize("status", [429, 500, 503])
def test_fetch_retries_busy_host(
    host: Host, url: str, fetch: Fetch, status: int, caplog: pytest.LogCaptureFixture
) -> None:
    host.refusals["file"] = [(status, {})]
    fetch(url, POLICY)
    assert host.count("GET /file") == 2
    assert caplog.messages[0] == f"attempt 2 of 3 in 0.01 s: {url}: HTTP status {status}"


def test_fetch_doubles_pauses_and_honours_retry_after(
    host: Host, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    pauses: list[float] = []
    monkeypatch.setattr(time, "sleep", pauses.append)
    host.refusals["file"] = [(503, {}), (503, {"Retry-After": "9"}), (503, {})]
    assert fetch_bytes(url, RetryPolicy(timeout=0.5, attempts=4, pause=1)) == CONTENT
    assert pauses == [1, 9, 4]


def test_fetch_refuses_long_retry_after(host: Host, url: str) -> None:
    host.refusals["file"] = [(429, {"Retry-After": "3600"})]
    with pytest.raises(NetworkError, match=f"^{url}: HTTP status 429, retry after 3600 s$"):
        fetch_bytes(url, POLICY)


@pytest.mark.parametrize("status", [403, 404, 410])
def test_fetch_does_not_retry_permanent_status(
    host: Host, url: str, fetch: Fetch, status: int
) -> None:
    host.refusals["file"] = [(status, {})]
    with pytest.raises(NetworkError, match=f"^{url}: HTTP status {status}$"):
        fetch(url, POLICY)
    assert host.count("GET /file") == 1


def test_fetch_does_not_retry_certificate_error(
    self_signed_host: Host, fetch: Fetch, caplog: pytest.LogCaptureFixture
) -> None:
    with pytest.raises(CertificateError, match=r"self-signed certificate.*REQUESTS_CA_BUNDLE"):
        fetch(f"{self_signed_host.url}file", POLICY)
    assert caplog.messages == []


def test_fetch_retries_unreachable_host_in_bounded_time(
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

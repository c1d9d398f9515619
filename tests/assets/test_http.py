"""Requests are bounded in time, and each kind of failure has its own message."""

import os
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from foolproof.assets.errors import BusyError, CertificateError, NetworkError, TemporaryError
from foolproof.assets.http import probe, probe_all, run_within
from tests.assets.hosts import Host

SECONDS = 0.5
IN_TIME = 5.0
REMEDY = "or name the file of your network's certificate authority in REQUESTS_CA_BUNDLE"


@pytest.fixture
def url(host: Host) -> str:
    host.files["file"] = b"content"
    return host.url + "file"


def message_of(url: str) -> str:
    """The message of a probe, without the URL at its start."""
    error = probe(url, SECONDS)
    assert error is not None
    assert str(error).startswith(f"{url}: ")
    return str(error).removeprefix(f"{url}: ")


def test_probe_all_asks_hosts_in_parallel(
    host: Host, url: str, silent_url: str, refused_url: str
) -> None:
    silent = [f"{silent_url}{number}" for number in range(10)]
    begun = time.monotonic()
    found = probe_all([url, f"{host.url}nothing", refused_url, *silent], SECONDS)
    assert time.monotonic() - begun < IN_TIME
    assert {url: str(error) for url, error in found.items()} == {
        f"{host.url}nothing": f"{host.url}nothing: HTTP status 404",
        refused_url: f"{refused_url}: the host refuses the connection",
        **{url: f"{url}: no answer within 0.5 s" for url in silent},
    }


def test_probe_names_self_signed_certificate_and_remedy(self_signed_host: Host) -> None:
    error = probe(f"{self_signed_host.url}file", SECONDS)
    assert type(error) is CertificateError
    assert str(error) == (
        f"{self_signed_host.url}file: the host's certificate is not trusted (self-signed "
        f"certificate); check the clock, {REMEDY}"
    )


def test_probe_accepts_certificate_of_ca_bundle(
    self_signed_host: Host, certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    self_signed_host.files["file"] = b"content"
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(certificate))
    assert probe(f"{self_signed_host.url}file", SECONDS) is None


def test_probe_names_certificate_of_other_host(
    self_signed_host: Host, certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(certificate))
    monkeypatch.setenv("NO_PROXY", "localhost")
    url = self_signed_host.url.replace("127.0.0.1", "localhost")
    assert "certificate is not trusted (Hostname mismatch" in message_of(url)


def test_probe_names_invalid_ca_bundle(
    self_signed_host: Host, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bundle = tmp_path / "bundle"
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(bundle))
    assert message_of(self_signed_host.url).endswith(f"{bundle}; correct REQUESTS_CA_BUNDLE")
    bundle.write_text("no certificate")
    reason = "the file that REQUESTS_CA_BUNDLE names has no certificate in the PEM format"
    assert message_of(self_signed_host.url) == reason
    assert type(probe(self_signed_host.url, SECONDS)) is CertificateError


def test_probe_names_http_on_https_port(host: Host) -> None:
    reason = message_of(host.url.replace("http:", "https:"))
    assert reason.startswith("the connection failed ([SSL: WRONG_VERSION_NUMBER]")


def test_probe_names_unresolved_host(monkeypatch: pytest.MonkeyPatch) -> None:
    def resolve(*_: object, **__: object) -> object:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    monkeypatch.setenv("NO_PROXY", "some.invalid")
    assert message_of("http://some.invalid/file") == "the host's name cannot be resolved"


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_probe_names_failing_proxy(
    scheme: str, refused_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in os.environ:
        if name.lower().endswith("_proxy"):
            monkeypatch.delenv(name)
    monkeypatch.setenv(f"{scheme}_proxy", refused_url)
    reason = message_of(f"{scheme}://some.invalid/file")
    assert reason.startswith("the proxy fails (")
    assert reason.endswith("Connection refused); check HTTP_PROXY, HTTPS_PROXY and NO_PROXY")


def test_probe_names_closed_connection(host: Host, url: str) -> None:
    host.server.RequestHandlerClass = lambda *_: None  # type: ignore[assignment]
    assert message_of(url).startswith("the connection failed (")


@pytest.mark.parametrize(
    ("status", "headers", "kind", "reason", "wait"),
    [
        (403, {}, NetworkError, "HTTP status 403", None),
        (500, {}, BusyError, "HTTP status 500", 0),
        (503, {"Retry-After": "7"}, BusyError, "HTTP status 503, retry after 7 s", 7),
        (429, {"Retry-After": "7"}, BusyError, "HTTP status 429, retry after 7 s", 7),
        (429, {"Retry-After": "soon"}, BusyError, "HTTP status 429", 0),
    ],
)
def test_probe_names_status_and_retry_after(
    host: Host,
    url: str,
    status: int,
    headers: dict[str, str],
    kind: type[NetworkError],
    reason: str,
    wait: float | None,
) -> None:
    host.refusals["file"] = [(status, headers)]
    error = probe(url, SECONDS)
    assert type(error) is kind
    assert str(error) == f"{url}: {reason}"
    assert (error.wait if isinstance(error, TemporaryError) else None) == wait


def test_probe_all_bounds_name_resolution(monkeypatch: pytest.MonkeyPatch) -> None:
    """No socket timeout bounds this."""
    over = threading.Event()

    def resolve(*_: object, **__: object) -> object:
        over.wait()
        raise socket.gaierror

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    begun = time.monotonic()
    try:
        found = probe_all(["http://some.invalid/file"], SECONDS)
    finally:
        over.set()
    assert [str(error) for error in found.values()] == [
        "http://some.invalid/file: no answer within 0.5 s"
    ]
    assert time.monotonic() - begun < IN_TIME


def test_run_within_does_not_delay_exit() -> None:
    program = (
        "import time; from foolproof.assets.http import run_within; "
        "print(run_within(0.1, {'late': lambda: time.sleep(60)}))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, timeout=30, check=True
    )
    assert done.stdout.split() == [b"{}"]


def test_run_within_returns_results_in_time() -> None:
    over = threading.Event()
    begun = time.monotonic()
    results = run_within(SECONDS, {"quick": lambda: True, "late": lambda: over.wait(10)})
    over.set()
    assert results == {"quick": True}
    assert SECONDS <= time.monotonic() - begun < IN_TIME

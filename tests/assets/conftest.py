"""Small MNISTs, mirrors and hosts of our own, so that no test needs a network."""

import gzip
import hashlib
import json
import os
import socket
import struct
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from foolproof.assets.declaration import Asset, Embedded
from foolproof.assets.mirror import VARIABLE
from foolproof.assets.mnist import MNIST
from tests.assets.officials import official_of

REPOSITORY = Path(__file__).parents[2]


def idx_file(array: NDArray[np.uint8]) -> bytes:
    """Pack an array as a gzip-compressed IDX file."""
    header = bytes([0, 0, 8, array.ndim]) + struct.pack(f">{array.ndim}I", *array.shape)
    return gzip.compress(header + array.tobytes(), mtime=0)


class Host:
    """A web host of files by path, whose every GET can be given a fault of its own."""

    def __init__(self) -> None:
        self.files: dict[str, bytes] = {}
        self.faults: dict[str, Callable[[BaseHTTPRequestHandler, bytes], None]] = {}
        self.requests: list[str] = []
        self.closing = threading.Event()
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self.url = f"http://127.0.0.1:{self.server.server_port}/"

    def truncate(self, handler: BaseHTTPRequestHandler, content: bytes) -> None:
        """Announce the whole file, send half of it and hang up."""
        handler.wfile.write(content[: len(content) // 2])

    def stall(self, handler: BaseHTTPRequestHandler, content: bytes) -> None:
        """Send half of the file and then nothing more."""
        self.truncate(handler, content)
        handler.wfile.flush()
        self.closing.wait()

    def count(self, request: str) -> int:
        """How often `request`, such as "GET /name", was made."""
        return self.requests.count(request)

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        host = self

        class Handler(BaseHTTPRequestHandler):
            def do_HEAD(self) -> None:
                self._begin()

            def do_GET(self) -> None:
                content = self._begin()
                if content is not None:
                    fault = host.faults.get(self.path[1:])
                    if fault is None:
                        self.wfile.write(content)
                    else:
                        fault(self, content)

            def _begin(self) -> bytes | None:
                host.requests.append(f"{self.command} {self.path}")
                content = host.files.get(self.path[1:])
                self.send_response(404 if content is None else 200)
                self.send_header("Content-Length", str(len(content or b"")))
                self.end_headers()
                return content

            def log_message(self, *args: object) -> None:
                pass

        return Handler


@pytest.fixture(scope="session")
def real_mirror() -> Path:
    """The mirror folder that this machine has, with the real data sets."""
    folder = Path(os.environ.get(VARIABLE) or REPOSITORY / "../shared/mirror")
    if not (folder / "MANIFEST.json").is_file():
        pytest.skip(f"{VARIABLE} names no folder with a mirror, and ../shared/mirror is none")
    return folder.resolve()


@pytest.fixture(autouse=True)
def _clean_environment(monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> None:
    """Nothing that the user has set must reach a test, but for `real_mirror`."""
    if "real_mirror" in request.fixturenames:
        request.getfixturevalue("real_mirror")
    monkeypatch.delenv(VARIABLE, raising=False)
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")


@pytest.fixture
def hosts() -> Iterator[Callable[[], Host]]:
    """Start hosts on ports of their own; all are stopped after the test."""
    started: list[Host] = []

    def start() -> Host:
        host = Host()
        threading.Thread(target=host.server.serve_forever, args=(0.01,), daemon=True).start()
        started.append(host)
        return host

    yield start
    for host in started:
        host.closing.set()
        host.server.shutdown()
        host.server.server_close()


@pytest.fixture
def host(hosts: Callable[[], Host]) -> Host:
    """A host without files."""
    return hosts()


@pytest.fixture
def silent_url() -> Iterator[str]:
    """A host that accepts connections and never answers."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        yield f"http://127.0.0.1:{listening.getsockname()[1]}/"


@pytest.fixture
def refused_url() -> str:
    """A host that refuses connections."""
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    return f"http://127.0.0.1:{port}/"


@pytest.fixture(scope="session")
def small_arrays() -> dict[str, NDArray[np.uint8]]:
    """Twelve training and five test images of noise."""
    random = np.random.default_rng(0)
    return {
        "train_images": random.integers(0, 256, (12, 28, 28), np.uint8),
        "train_labels": random.integers(0, 10, 12, np.uint8),
        "test_images": random.integers(0, 256, (5, 28, 28), np.uint8),
        "test_labels": random.integers(0, 10, 5, np.uint8),
    }


@pytest.fixture(scope="session")
def small_files(small_arrays: dict[str, NDArray[np.uint8]]) -> dict[str, bytes]:
    """The four files of a small MNIST, by name."""
    return {
        name: idx_file(array)
        for name, array in zip(official_of(MNIST).files, small_arrays.values(), strict=True)
    }


@pytest.fixture
def small_mnist(
    small_files: dict[str, bytes], small_arrays: dict[str, NDArray[np.uint8]], host: Host
) -> Asset:
    """The small MNIST as if it were the real one, its official host being `host`."""
    host.files = dict(small_files)
    checksums = {n: f"md5:{hashlib.md5(c).hexdigest()}" for n, c in small_files.items()}
    return replace(
        MNIST,
        official=replace(official_of(MNIST), hosts=(host.url,), files=checksums),
        embedded=Embedded(
            packages=("scikit-learn",),
            subject="stand-in (noise)",
            kind="stand-in",
            make=lambda: dict(small_arrays),
            licence="CC0",
            note="Noise.",
        ),
        digests={n: hashlib.sha256(a.tobytes()).hexdigest() for n, a in small_arrays.items()},
    )


@pytest.fixture
def manifest(small_files: dict[str, bytes]) -> dict[str, Any]:
    """The manifest of a mirror with the small MNIST."""
    files = [
        {
            "path": f"mnist/{name}",
            "sha256": hashlib.sha256(content).hexdigest(),
            "bytes": len(content),
        }
        for name, content in small_files.items()
    ]
    entry = {"licence": "to test", "exact": True, "note": "Noise.", "files": files}
    return {"version": 1, "about": "a test", "assets": {"mnist": entry}}


@pytest.fixture
def mirror(tmp_path: Path, small_files: dict[str, bytes], manifest: dict[str, Any]) -> Path:
    """A mirror folder with the small MNIST."""
    folder = tmp_path / "mirror"
    (folder / "mnist").mkdir(parents=True)
    for name, content in small_files.items():
        (folder / "mnist" / name).write_bytes(content)
    (folder / "MANIFEST.json").write_text(json.dumps(manifest))
    return folder


@pytest.fixture(scope="session")
def pack() -> Callable[[NDArray[np.uint8]], bytes]:
    """`idx_file`, for tests that make files of their own."""
    return idx_file

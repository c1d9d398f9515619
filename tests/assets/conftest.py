"""Local hosts, mirrors and a small MNIST; no test needs a network."""

import hashlib
import ipaddress
import json
import os
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from foolproof.assets.declaration import Asset, Embedded
from foolproof.assets.mirror import VARIABLE
from foolproof.assets.mnist import MNIST
from tests.assets.archives import idx_file
from tests.assets.hosts import CONTENT, Host
from tests.assets.officials import official_of
from tests.repository import ROOT


@pytest.fixture(scope="session")
def real_mirror() -> Path:
    """The configured mirror folder with the real data sets, or ../shared/mirror."""
    folder = Path(os.environ.get(VARIABLE) or ROOT / "../shared/mirror")
    if not (folder / "MANIFEST.json").is_file():
        pytest.skip(f"{VARIABLE} names no folder with a mirror, and ../shared/mirror is none")
    return folder.resolve()


@pytest.fixture(autouse=True)
def _clean_environment(monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> None:
    """Remove the user's settings, after `real_mirror` has read its own."""
    if "real_mirror" in request.fixturenames:
        request.getfixturevalue("real_mirror")
    monkeypatch.delenv(VARIABLE, raising=False)
    monkeypatch.delenv("REQUESTS_CA_BUNDLE", raising=False)
    monkeypatch.delenv("CURL_CA_BUNDLE", raising=False)
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")


@pytest.fixture
def hosts() -> Iterator[Callable[..., Host]]:
    """Start hosts on free ports, and stop them after the test."""
    started: list[Host] = []

    def start(tls: ssl.SSLContext | None = None) -> Host:
        host = Host(tls)
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


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A self-signed certificate of 127.0.0.1 with its key, valid for an hour."""
    reason = "makes the certificate"
    x509 = pytest.importorskip("cryptography.x509", reason=reason)
    hashes = pytest.importorskip("cryptography.hazmat.primitives.hashes", reason=reason)
    ec = pytest.importorskip("cryptography.hazmat.primitives.asymmetric.ec", reason=reason)
    packing = pytest.importorskip("cryptography.hazmat.primitives.serialization", reason=reason)
    now, key = datetime.now(UTC), ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "a test")])
    address = x509.IPAddress(ipaddress.ip_address("127.0.0.1"))
    signed = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(minutes=1))
        .not_valid_after(now + timedelta(hours=1))
        .add_extension(x509.SubjectAlternativeName([address]), critical=False)
        .sign(key, hashes.SHA256())
    )
    path = tmp_path_factory.mktemp("certificate") / "certificate.pem"
    path.write_bytes(
        signed.public_bytes(packing.Encoding.PEM)
        + key.private_bytes(
            packing.Encoding.PEM, packing.PrivateFormat.PKCS8, packing.NoEncryption()
        )
    )
    return path


@pytest.fixture
def self_signed_host(hosts: Callable[..., Host], certificate: Path) -> Host:
    """A host without files and with an untrusted certificate."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    return hosts(context)


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
    """The declaration of the small MNIST, with `host` as official host."""
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


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """The path of a download, in a folder that does not exist."""
    return tmp_path / "downloads" / "file"


@pytest.fixture
def url(host: Host) -> str:
    """The address of a file on the host."""
    host.files["file"] = CONTENT
    return host.url + "file"

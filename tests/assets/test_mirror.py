"""A configured mirror is used, or its fault is an error."""

import gzip
import hashlib
import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from foolproof.assets.declaration import Arrays, Asset, AssetContent
from foolproof.assets.errors import AssetError, NotConfiguredError, UnavailableError
from foolproof.assets.fetch import RetryPolicy
from foolproof.assets.mirror import load_mirrored, mirror_location, read_manifest
from foolproof.assets.mnist import MNIST
from tests.assets.hosts import Host
from tests.assets.officials import official_of

POLICY = RetryPolicy(timeout=1.0, attempts=2, pause=0.01)
IMAGES = "mnist/train-images-idx3-ubyte.gz"

Load = Callable[[object], AssetContent]


@pytest.fixture
def load(small_mnist: Asset, tmp_path: Path) -> Load:
    """Load the small MNIST from a mirror."""
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    return lambda location: load_mirrored(small_mnist, str(location), scratch, POLICY)


@pytest.fixture
def url(host: Host, small_mnist: Asset, mirror: Path) -> str:
    """The URL of the mirror folder on a host."""
    assert official_of(small_mnist).hosts == (host.url,)
    for path in mirror.rglob("*.*"):
        host.files[f"here/{path.relative_to(mirror).as_posix()}"] = path.read_bytes()
    return f"{host.url}here"


def test_mirror_location_reads_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    assert mirror_location() is None
    monkeypatch.setenv("FOOLPROOF_MIRROR", "")
    assert mirror_location() is None
    monkeypatch.setenv("FOOLPROOF_MIRROR", "some/folder")
    assert mirror_location() == "some/folder"


def test_load_mirrored_reads_folder(load: Load, mirror: Path, small_arrays: Arrays) -> None:
    content = load(mirror)
    for name, expected in small_arrays.items():
        np.testing.assert_array_equal(content.arrays[name], expected)
    assert (content.origin, content.exact) == ("mirror", True)
    assert (content.licence, content.note) == ("to test", "Noise.")


@pytest.mark.parametrize("slash", ["", "/"])
def test_load_mirrored_url_equals_folder(load: Load, mirror: Path, url: str, slash: str) -> None:
    folder, web = load(mirror), load(url + slash)
    for name, expected in folder.arrays.items():
        np.testing.assert_array_equal(web.arrays[name], expected)
    assert (web.files, web.origin) == (folder.files, folder.origin)


def test_real_mirror_has_exact_mnist(real_mirror: Path, tmp_path: Path) -> None:
    content = load_mirrored(MNIST, str(real_mirror), tmp_path, POLICY)
    assert content.exact
    assert MNIST.count_items(content.arrays) == 70000


def test_load_mirrored_without_mirror_is_not_configured(small_mnist: Asset, tmp_path: Path) -> None:
    with pytest.raises(NotConfiguredError, match=r"^FOOLPROOF_MIRROR is not set$"):
        load_mirrored(small_mnist, None, tmp_path, POLICY)


def test_load_mirrored_reports_unlisted_asset_as_unavailable(
    load: Load, mirror: Path, manifest: dict[str, Any]
) -> None:
    manifest["assets"] = {}
    (mirror / "MANIFEST.json").write_text(json.dumps(manifest))
    with pytest.raises(
        UnavailableError, match="the mirror that FOOLPROOF_MIRROR names has no mnist"
    ):
        load(mirror)


def refusal(load: Load, location: object) -> str:
    """The error of a mirror, without the variable and its value at its start."""
    with pytest.raises(AssetError) as caught:
        load(location)
    assert not isinstance(caught.value, UnavailableError), "the next source must not be tried"
    name = f"FOOLPROOF_MIRROR={location}: "
    assert str(caught.value).startswith(name)
    return str(caught.value).removeprefix(name)


def test_load_mirrored_refuses_missing_folder(load: Load, tmp_path: Path) -> None:
    message = refusal(load, tmp_path / "nowhere")
    assert message == "expected a folder or an http(s) URL, found no such folder"


def test_load_mirrored_refuses_folder_without_manifest(load: Load, mirror: Path) -> None:
    (mirror / "MANIFEST.json").unlink()
    assert refusal(load, mirror) == "expected a MANIFEST.json in this folder, found none"


def test_load_mirrored_refuses_missing_file(load: Load, mirror: Path) -> None:
    (mirror / IMAGES).unlink()
    assert refusal(load, mirror) == f"{IMAGES}: listed in MANIFEST.json, but there is no such file"


def test_load_mirrored_refuses_truncated_file(load: Load, mirror: Path) -> None:
    content = (mirror / IMAGES).read_bytes()
    (mirror / IMAGES).write_bytes(content[:-100])
    message = refusal(load, mirror)
    assert message == f"{IMAGES}: expected {len(content)} bytes, found {len(content) - 100}"


def test_load_mirrored_refuses_altered_file(
    load: Load, mirror: Path, manifest: dict[str, Any]
) -> None:
    content = (mirror / IMAGES).read_bytes()
    (mirror / IMAGES).write_bytes(content[:-1] + b"x")
    message = refusal(load, mirror)
    expected = manifest["assets"]["mnist"]["files"][0]["sha256"]
    assert message.startswith(f"{IMAGES}: expected sha256:{expected}, found sha256:")


def test_load_mirrored_verifies_exact(
    small_mnist: Asset, mirror: Path, tmp_path: Path, manifest: dict[str, Any]
) -> None:
    asset = replace(small_mnist, digests={"train_labels": "0" * 64})
    with pytest.raises(AssetError, match="mnist is declared exact, but the SHA-256 of"):
        load_mirrored(asset, str(mirror), tmp_path, POLICY)
    manifest["assets"]["mnist"]["exact"] = False
    (mirror / "MANIFEST.json").write_text(json.dumps(manifest))
    assert not load_mirrored(asset, str(mirror), tmp_path, POLICY).exact


def _without_a_file(entry: dict[str, Any]) -> None:
    del entry["files"][0]


def _path(path: str) -> Callable[[dict[str, Any]], None]:
    def change(entry: dict[str, Any]) -> None:
        entry["files"][0]["path"] = path

    return change


def _value(key: str, value: object) -> Callable[[dict[str, Any]], None]:
    def change(entry: dict[str, Any]) -> None:
        entry["files"][0][key] = value

    return change


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (_without_a_file, "mnist lacks train-images-idx3-ubyte.gz"),
        (_path("../secret"), "assets.mnist.files.0.path: .*must not leave the mirror"),
        (_path("a/../../secret"), "must not leave the mirror"),
        (_path("/etc/passwd"), "must be a relative path"),
        (_path("C:/secret"), "must be a relative path"),
        (_path("..\\secret"), "must not leave the mirror"),
        (_path(""), "assets.mnist.files.0.path: .*at least 1 character"),
        (_path("other/train-labels-idx1-ubyte.gz"), "files: .*must not name two files alike"),
        (_value("sha256", "abc"), "assets.mnist.files.0.sha256: .*should match pattern"),
        (_value("bytes", -1), "assets.mnist.files.0.bytes: .*greater than or equal to 0"),
        (lambda entry: entry.pop("licence"), "assets.mnist.licence: Field required"),
        (lambda entry: entry.update(exact="yes"), "assets.mnist.exact: .*valid boolean"),
    ],
)
def test_load_mirrored_refuses_invalid_manifest_entry(
    load: Load,
    mirror: Path,
    manifest: dict[str, Any],
    change: Callable[[dict[str, Any]], None],
    message: str,
) -> None:
    change(manifest["assets"]["mnist"])
    (mirror / "MANIFEST.json").write_text(json.dumps(manifest))
    with pytest.raises(AssetError, match=f"^FOOLPROOF_MIRROR={mirror}: MANIFEST.json: .*{message}"):
        load(mirror)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("not JSON", "MANIFEST.json: Invalid JSON"),
        ('{"version": 2, "assets": {}}', "MANIFEST.json: version: Input should be 1"),
        ("[]", "MANIFEST.json: Input should be an object"),
    ],
)
def test_read_manifest_refuses_other_content(mirror: Path, text: str, message: str) -> None:
    (mirror / "MANIFEST.json").write_text(text)
    with pytest.raises(AssetError, match=message):
        read_manifest(str(mirror), POLICY)


def test_load_mirrored_refuses_unreachable_url(
    load: Load, silent_url: str, refused_url: str
) -> None:
    assert refusal(load, silent_url) == f"{silent_url}MANIFEST.json: no answer within 1 s"
    assert (
        refusal(load, refused_url) == f"{refused_url}MANIFEST.json: the host refuses the connection"
    )


def test_load_mirrored_retries_url(load: Load, host: Host, url: str, mirror: Path) -> None:
    host.refusals["here/MANIFEST.json"] = [(503, {})]
    host.once(f"here/{IMAGES}", host.truncate)
    assert load(url).files == load(mirror).files


def test_load_mirrored_names_untrusted_certificate_and_remedy(
    load: Load, self_signed_host: Host
) -> None:
    message = refusal(load, self_signed_host.url)
    assert "certificate is not trusted (self-signed certificate)" in message
    assert message.endswith("in REQUESTS_CA_BUNDLE")


def test_load_mirrored_refuses_url_with_faults(load: Load, host: Host, url: str) -> None:
    path = f"here/{IMAGES}"
    content = host.files.pop(path)
    assert refusal(load, url) == f"{url}/{IMAGES}: HTTP status 404"
    host.files[path] = content
    host.faults[path] = host.truncate
    assert refusal(load, url) == f"{url}/{IMAGES}: the transfer broke off"
    del host.faults[path]
    host.files[path] = content[:-1] + b"x"
    assert "expected sha256:" in refusal(load, url)
    del host.files["here/MANIFEST.json"]
    assert refusal(load, url) == f"{url}/MANIFEST.json: HTTP status 404"


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_a_manifest_made_on_windows_is_accepted(
    load: Load, mirror: Path, manifest: dict[str, Any], encoding: str
) -> None:
    for file in manifest["assets"]["mnist"]["files"]:
        file["path"] = file["path"].replace("/", "\\")
        file["sha256"] = file["sha256"].upper()
    text = json.dumps(manifest, indent=2).replace("\n", "\r\n")
    (mirror / "MANIFEST.json").write_bytes(text.encode(encoding))
    files = load(mirror).files
    assert [each.removeprefix("sha256:").islower() for each in files.values()] == [True] * 4


def test_a_manifest_in_another_encoding_is_named(
    load: Load, mirror: Path, manifest: dict[str, Any]
) -> None:
    manifest["assets"]["mnist"]["note"] = "\u00e9t\u00e9"
    text = json.dumps(manifest, ensure_ascii=False)
    (mirror / "MANIFEST.json").write_bytes(text.encode("cp1252"))
    assert refusal(load, mirror).startswith("MANIFEST.json: expected UTF-8, found the byte 0xe9")


@pytest.mark.parametrize("dotted", [False, True])
def test_unpacked_files_of_mnist_are_accepted(
    load: Load, mirror: Path, manifest: dict[str, Any], small_arrays: Arrays, dotted: bool
) -> None:
    """As a browser or torchvision leaves them, or with a dot, as other sites offer them."""
    for file in manifest["assets"]["mnist"]["files"]:
        path = mirror / file["path"]
        content = gzip.decompress(path.read_bytes())
        name = path.name.removesuffix(".gz")
        name = name.replace("-idx", ".idx") if dotted else name
        (path.parent / name).write_bytes(content)
        path.unlink()
        file |= {
            "path": f"mnist/{name}",
            "sha256": hashlib.sha256(content).hexdigest(),
            "bytes": len(content),
        }
    (mirror / "MANIFEST.json").write_text(json.dumps(manifest))
    loaded = load(mirror)
    for name, expected in small_arrays.items():
        np.testing.assert_array_equal(loaded.arrays[name], expected)

"""A mirror that the user names is used, or what is wrong with it is said."""

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

Take = Callable[[object], AssetContent]


@pytest.fixture
def take(small_mnist: Asset, tmp_path: Path) -> Take:
    """Take the small MNIST from a mirror, with a scratch folder."""
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    return lambda location: load_mirrored(small_mnist, str(location), scratch, POLICY)


@pytest.fixture
def url(host: Host, small_mnist: Asset, mirror: Path) -> str:
    """The mirror folder, on a host."""
    assert official_of(small_mnist).hosts == (host.url,)
    for path in mirror.rglob("*.*"):
        host.files[f"here/{path.relative_to(mirror).as_posix()}"] = path.read_bytes()
    return f"{host.url}here"


def test_the_environment_names_it(monkeypatch: pytest.MonkeyPatch) -> None:
    assert mirror_location() is None
    monkeypatch.setenv("FOOLPROOF_MIRROR", "")
    assert mirror_location() is None
    monkeypatch.setenv("FOOLPROOF_MIRROR", "some/folder")
    assert mirror_location() == "some/folder"


def test_takes_from_a_folder(take: Take, mirror: Path, small_arrays: Arrays) -> None:
    taken = take(mirror)
    for name, expected in small_arrays.items():
        np.testing.assert_array_equal(taken.arrays[name], expected)
    assert (taken.origin, taken.exact) == ("mirror", True)
    assert (taken.licence, taken.note) == ("to test", "Noise.")


@pytest.mark.parametrize("slash", ["", "/"])
def test_a_url_gives_what_the_folder_gives(take: Take, mirror: Path, url: str, slash: str) -> None:
    folder, web = take(mirror), take(url + slash)
    for name, expected in folder.arrays.items():
        np.testing.assert_array_equal(web.arrays[name], expected)
    assert (web.files, web.origin) == (folder.files, folder.origin)


def test_the_real_mirror_has_the_exact_mnist(real_mirror: Path, tmp_path: Path) -> None:
    taken = load_mirrored(MNIST, str(real_mirror), tmp_path, POLICY)
    assert taken.exact
    assert MNIST.count_items(taken.arrays) == 70000


def test_no_mirror_is_no_mistake(small_mnist: Asset, tmp_path: Path) -> None:
    with pytest.raises(NotConfiguredError, match=r"^FOOLPROOF_MIRROR is not set$"):
        load_mirrored(small_mnist, None, tmp_path, POLICY)


def test_a_mirror_may_lack_an_asset(take: Take, mirror: Path, manifest: dict[str, Any]) -> None:
    manifest["assets"] = {}
    (mirror / "MANIFEST.json").write_text(json.dumps(manifest))
    with pytest.raises(
        UnavailableError, match="the mirror that FOOLPROOF_MIRROR names has no mnist"
    ):
        take(mirror)


def refusal(take: Take, location: object) -> str:
    """What is said of a mirror that is refused, less its name, which must come first."""
    with pytest.raises(AssetError) as caught:
        take(location)
    assert not isinstance(caught.value, UnavailableError), "must not leave it to the next source"
    name = f"FOOLPROOF_MIRROR={location}: "
    assert str(caught.value).startswith(name)
    return str(caught.value).removeprefix(name)


def test_refuses_a_folder_that_is_not_there(take: Take, tmp_path: Path) -> None:
    said = refusal(take, tmp_path / "nowhere")
    assert said == "expected a folder or an http(s) URL, found no such folder"


def test_refuses_a_folder_without_manifest(take: Take, mirror: Path) -> None:
    (mirror / "MANIFEST.json").unlink()
    assert refusal(take, mirror) == "expected a MANIFEST.json in this folder, found none"


def test_refuses_a_missing_file(take: Take, mirror: Path) -> None:
    (mirror / IMAGES).unlink()
    assert refusal(take, mirror) == f"{IMAGES}: listed in MANIFEST.json, but there is no such file"


def test_refuses_a_truncated_file(take: Take, mirror: Path) -> None:
    content = (mirror / IMAGES).read_bytes()
    (mirror / IMAGES).write_bytes(content[:-100])
    said = refusal(take, mirror)
    assert said == f"{IMAGES}: expected {len(content)} bytes, found {len(content) - 100}"


def test_refuses_an_altered_file(take: Take, mirror: Path, manifest: dict[str, Any]) -> None:
    content = (mirror / IMAGES).read_bytes()
    (mirror / IMAGES).write_bytes(content[:-1] + b"x")
    said = refusal(take, mirror)
    expected = manifest["assets"]["mnist"]["files"][0]["sha256"]
    assert said.startswith(f"{IMAGES}: expected sha256:{expected}, found sha256:")


def test_refuses_a_manifest_that_lies(
    small_mnist: Asset, mirror: Path, tmp_path: Path, manifest: dict[str, Any]
) -> None:
    asset = replace(small_mnist, digests={"train_labels": "0" * 64})
    with pytest.raises(AssetError, match="mnist is said to be exact, but the SHA-256 of"):
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
        (_path("/etc/passwd"), "must be a relative path with forward slashes"),
        (_path("C:/secret"), "must be a relative path with forward slashes"),
        (_path("..\\secret"), "must be a relative path with forward slashes"),
        (_path(""), "assets.mnist.files.0.path: .*at least 1 character"),
        (_path("other/train-labels-idx1-ubyte.gz"), "files: .*must not name two files alike"),
        (_value("sha256", "abc"), "assets.mnist.files.0.sha256: .*should match pattern"),
        (_value("bytes", -1), "assets.mnist.files.0.bytes: .*greater than or equal to 0"),
        (lambda entry: entry.pop("licence"), "assets.mnist.licence: Field required"),
        (lambda entry: entry.update(exact="yes"), "assets.mnist.exact: .*valid boolean"),
    ],
)
def test_refuses_a_wrong_manifest(
    take: Take,
    mirror: Path,
    manifest: dict[str, Any],
    change: Callable[[dict[str, Any]], None],
    message: str,
) -> None:
    change(manifest["assets"]["mnist"])
    (mirror / "MANIFEST.json").write_text(json.dumps(manifest))
    with pytest.raises(AssetError, match=f"^FOOLPROOF_MIRROR={mirror}: MANIFEST.json: .*{message}"):
        take(mirror)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("not JSON", "MANIFEST.json: Invalid JSON"),
        ('{"version": 2, "assets": {}}', "MANIFEST.json: version: Input should be 1"),
        ("[]", "MANIFEST.json: Input should be an object"),
    ],
)
def test_refuses_what_is_no_manifest(mirror: Path, text: str, message: str) -> None:
    (mirror / "MANIFEST.json").write_text(text)
    with pytest.raises(AssetError, match=message):
        read_manifest(str(mirror), POLICY)


def test_refuses_a_url_that_does_not_answer(take: Take, silent_url: str, refused_url: str) -> None:
    assert refusal(take, silent_url) == f"{silent_url}MANIFEST.json: no answer within 1 s"
    assert (
        refusal(take, refused_url) == f"{refused_url}MANIFEST.json: the host refuses the connection"
    )


def test_a_url_that_fails_once_is_asked_again(
    take: Take, host: Host, url: str, mirror: Path
) -> None:
    host.refusals["here/MANIFEST.json"] = [(503, {})]
    host.once(f"here/{IMAGES}", host.truncate)
    assert take(url).files == take(mirror).files


def test_a_url_with_a_certificate_that_is_not_trusted_says_what_to_do(
    take: Take, self_signed_host: Host
) -> None:
    said = refusal(take, self_signed_host.url)
    assert "certificate is not trusted (self-signed certificate)" in said
    assert said.endswith("in REQUESTS_CA_BUNDLE")


def test_refuses_a_url_with_faults(take: Take, host: Host, url: str) -> None:
    path = f"here/{IMAGES}"
    content = host.files.pop(path)
    assert refusal(take, url) == f"{url}/{IMAGES}: HTTP status 404"
    host.files[path] = content
    host.faults[path] = host.truncate
    assert refusal(take, url) == f"{url}/{IMAGES}: the transfer broke off"
    del host.faults[path]
    host.files[path] = content[:-1] + b"x"
    assert "expected sha256:" in refusal(take, url)
    del host.files["here/MANIFEST.json"]
    assert refusal(take, url) == f"{url}/MANIFEST.json: HTTP status 404"

"""A mirror: a folder or an http(s) URL with a MANIFEST.json and the files of several assets.

A mirror that the user configures must be valid: its faults are errors. Only a mirror that is not
configured, or that does not list an asset, leaves the asset to the next source.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import Annotated, Literal
from urllib.parse import quote

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from foolproof.assets.checksum import checksum_of
from foolproof.assets.declaration import Asset, AssetContent
from foolproof.assets.errors import AssetError, NotConfiguredError, UnavailableError
from foolproof.assets.fetch import RetryPolicy, fetch_bytes, fetch_file
from foolproof.assets.written import decode_text

VARIABLE = "FOOLPROOF_MIRROR"
_MANIFEST = "MANIFEST.json"


def _inside(path: str) -> str:
    path = PureWindowsPath(path).as_posix()  # a manifest made on Windows has backslashes
    if PureWindowsPath(path).anchor:
        raise ValueError("must be a relative path")
    if ".." in PurePosixPath(path).parts:
        raise ValueError("must not leave the mirror")
    return path


class _Model(BaseModel):
    model_config = ConfigDict(frozen=True, strict=True)


class ManifestFile(_Model):
    """A file of a mirror, by its path relative to the manifest."""

    path: Annotated[str, Field(min_length=1), AfterValidator(_inside)]
    sha256: Annotated[str, Field(pattern="^[0-9a-fA-F]{64}$"), AfterValidator(str.lower)]
    size: Annotated[int, Field(ge=0, alias="bytes")]

    @property
    def name(self) -> str:
        """The file's name without its folder."""
        return PurePosixPath(self.path).name

    @property
    def checksum(self) -> str:
        """The file's checksum, see `foolproof.assets.checksum`."""
        return f"sha256:{self.sha256}"


def _distinct_names(files: list[ManifestFile]) -> list[ManifestFile]:
    if len({file.name for file in files}) < len(files):
        raise ValueError("must not name two files alike, even in different folders")
    return files


class ManifestAsset(_Model):
    """An asset of a mirror; `exact` if its content equals the official one."""

    licence: str
    exact: bool
    note: str
    files: Annotated[list[ManifestFile], AfterValidator(_distinct_names)]


class Manifest(_Model):
    """The content of a MANIFEST.json."""

    version: Literal[1]
    assets: dict[str, ManifestAsset]


def mirror_location() -> str | None:
    """Get the folder or URL of the mirror from the environment; None when unset or empty."""
    return os.environ.get(VARIABLE) or None


def read_manifest(location: str, policy: RetryPolicy) -> Manifest:
    """Read and check the manifest of the mirror at `location`, a folder or a URL.

    Raises:
        AssetError: naming the variable, its value and the fault of the mirror.
    """
    with _errors_of(location):
        try:
            content = decode_text(_manifest_content(location, policy), _MANIFEST)
            return Manifest.model_validate_json(content)
        except ValidationError as error:
            raise AssetError(f"{_MANIFEST}: {_problems(error)}") from None


def load_mirrored(
    asset: Asset, location: str | None, scratch: Path, policy: RetryPolicy
) -> AssetContent:
    """Load an asset from the mirror at `location`, a folder or a URL.

    Args:
        asset: the asset.
        location: the mirror, see `mirror_location`.
        scratch: the folder for downloads.
        policy: timeout and retries.

    Raises:
        NotConfiguredError: when `location` is None.
        UnavailableError: when the manifest does not list the asset.
        AssetError: naming the variable, its value and the fault of the mirror.
    """
    if location is None:
        raise NotConfiguredError(f"{VARIABLE} is not set")
    entry = read_manifest(location, policy).assets.get(asset.name)
    if entry is None:
        raise UnavailableError(f"the mirror that {VARIABLE} names has no {asset.name}")
    with _errors_of(location):
        named = {asset.mirrored.name_of(file.name): file for file in entry.files}
        missing = set(asset.mirrored.files) - named.keys()
        if missing:
            raise AssetError(f"{_MANIFEST}: {asset.name} lacks {', '.join(sorted(missing))}")
        files = {name: _fetch(location, file, scratch, policy) for name, file in named.items()}
        arrays = asset.mirrored.convert(files)
        if entry.exact:
            asset.check_exact(arrays)
    return AssetContent(
        arrays=arrays,
        files={file.name: file.checksum for file in entry.files},
        origin="mirror",
        exact=entry.exact,
        stand_in=False,
        licence=entry.licence,
        note=entry.note,
    )


def _is_url(location: str) -> bool:
    return location.startswith(("http://", "https://"))


def _url(location: str, path: str) -> str:
    return f"{location.rstrip('/')}/{quote(path)}"


def _manifest_content(location: str, policy: RetryPolicy) -> bytes:
    if _is_url(location):
        return fetch_bytes(_url(location, _MANIFEST), policy)
    folder = Path(location)
    if not folder.is_dir():
        raise AssetError("expected a folder or an http(s) URL, found no such folder")
    if not (folder / _MANIFEST).is_file():
        raise AssetError(f"expected a {_MANIFEST} in this folder, found none")
    return (folder / _MANIFEST).read_bytes()


def _fetch(location: str, file: ManifestFile, scratch: Path, policy: RetryPolicy) -> Path:
    """Return the local path of a file of the mirror, after verifying size and checksum."""
    if _is_url(location):
        url = _url(location, file.path)
        path = fetch_file(url, scratch / file.name, file.checksum, policy)
    else:
        path = Path(location) / file.path
    _verify(path, file)
    return path


def _verify(path: Path, file: ManifestFile) -> None:
    if not path.is_file():
        raise AssetError(f"{file.path}: listed in {_MANIFEST}, but there is no such file")
    size = path.stat().st_size
    if size != file.size:
        raise AssetError(f"{file.path}: expected {file.size} bytes, found {size}")
    found = checksum_of(path, like=file.checksum)
    if found != file.checksum:
        raise AssetError(f"{file.path}: expected {file.checksum}, found {found}")


@contextmanager
def _errors_of(location: str) -> Iterator[None]:
    """Prefix errors with the variable and its value."""
    try:
        yield
    except AssetError as error:
        raise AssetError(f"{VARIABLE}={location}: {error}") from error


def _problems(error: ValidationError) -> str:
    return "; ".join(
        f"{'.'.join(map(str, problem['loc']))}: {problem['msg']}".removeprefix(": ")
        for problem in error.errors()
    )

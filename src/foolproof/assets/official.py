"""The files that an asset's publishers offer, from the first of their hosts that has them."""

import logging
from pathlib import Path

from foolproof.assets.declaration import Asset, Official, Taken
from foolproof.assets.errors import AssetError, ChecksumError, NetworkError, UnavailableError
from foolproof.assets.network import download, obstacles

log = logging.getLogger(__name__)


def first_urls(official: Official) -> dict[str, str]:
    """For each host, the URL of the first file: what to ask for to see whether the host has it."""
    first = next(iter(official.files))
    return {host: host + first for host in official.hosts}


def take_from_official(asset: Asset, scratch: Path, seconds: float) -> Taken:
    """Take an asset from the first official host that has all its files as they should be.

    Args:
        asset: what to take.
        scratch: the folder for downloads.
        seconds: how long to wait for a host.

    Raises:
        UnavailableError: when no host can be reached or has the files; the message says why.
        AssetError: when a host sent wrong bytes and no other sent the right ones.
    """
    official = asset.official
    if official is None:
        raise UnavailableError("its publishers offer no download of it")
    urls = first_urls(official)
    problems = obstacles(urls.values(), seconds)
    failures = [f"{host}: {problems[url]}" for host, url in urls.items() if url in problems]
    wrong: list[str] = []
    for host, url in urls.items():
        if url in problems:
            continue
        try:
            files = _download_all(official, host, scratch, seconds)
        except ChecksumError as error:
            log.warning("%s: %s", asset.name, error)
            wrong.append(str(error))
        except NetworkError as error:
            failures.append(str(error))
        else:
            return _taken(asset, official, files, host)
    if wrong:
        raise AssetError(f"{asset.name}: {'; '.join(wrong)}")
    raise UnavailableError("; ".join(failures))


def _download_all(official: Official, host: str, scratch: Path, seconds: float) -> dict[str, Path]:
    files = {name: scratch / name for name in official.files}
    for name, path in files.items():
        download(host + name, path, official.files[name], seconds)
    return files


def _taken(asset: Asset, official: Official, files: dict[str, Path], host: str) -> Taken:
    arrays = official.convert(files)
    asset.check_exact(arrays)
    return Taken(
        arrays=arrays,
        files=official.files,
        origin=host,
        exact=True,
        stand_in=False,
        licence=official.licence,
        note=official.note,
    )

"""The files that an asset's publishers offer, from the first of their hosts that has them."""

import logging
from collections.abc import Sequence
from pathlib import Path

from foolproof.assets.declaration import Asset, Official, Taken
from foolproof.assets.errors import (
    AssetError,
    BusyError,
    CertificateError,
    ChecksumError,
    NetworkError,
    UnavailableError,
)
from foolproof.assets.network import Patience, obstacles
from foolproof.assets.transfer import download

log = logging.getLogger(__name__)


def first_urls(official: Official) -> dict[str, str]:
    """For each host, the URL of the first file: what to ask for to see whether the host has it."""
    first = next(iter(official.files))
    return {host: host + first for host in official.hosts}


def take_from_official(asset: Asset, scratch: Path, patience: Patience) -> Taken:
    """Take an asset from the first official host that has all its files as they should be.

    Args:
        asset: what to take.
        scratch: the folder for downloads.
        patience: how long to wait for a host.

    Raises:
        UnavailableError: when no host can be reached or has the files; the message says why.
        AssetError: when a host sent wrong bytes and no other sent the right ones.
    """
    official = asset.official
    if official is None:
        raise UnavailableError("its publishers offer no download of it")
    urls = first_urls(official)
    log.info("%s: asking %s", asset.name, ", ".join(official.hosts))
    problems = obstacles(urls.values(), patience.seconds)
    failures: list[NetworkError] = []
    wrong: list[str] = []
    for host, url in urls.items():
        problem = problems.get(url)
        # A host that answers that it is busy is worth the attempts of a download.
        if problem is not None and not isinstance(problem, BusyError):
            failures.append(problem)
            continue
        try:
            files = _download_all(official, host, scratch, patience)
        except ChecksumError as error:
            log.warning("%s: %s", asset.name, error)
            wrong.append(str(error))
        except NetworkError as error:
            failures.append(error)
        else:
            _log_passed_over(asset, failures)
            return _taken(asset, official, files, host)
    if wrong:
        raise AssetError(f"{asset.name}: {'; '.join(wrong)}")
    raise UnavailableError("; ".join(map(str, failures)))


def _log_passed_over(asset: Asset, failures: Sequence[NetworkError]) -> None:
    for failure in failures:
        # Other failures pass; a certificate that is not trusted needs the user.
        level = logging.WARNING if isinstance(failure, CertificateError) else logging.INFO
        log.log(level, "%s: passed over %s", asset.name, failure)


def _download_all(
    official: Official, host: str, scratch: Path, patience: Patience
) -> dict[str, Path]:
    files = {name: scratch / name for name in official.files}
    for name, path in files.items():
        download(host + name, path, official.files[name], patience)
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

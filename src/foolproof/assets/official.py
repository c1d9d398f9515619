"""The publishers' files of an asset, from the first of their hosts that has them."""

import logging
from pathlib import Path

from foolproof.assets.declaration import Asset, AssetContent, Official
from foolproof.assets.errors import (
    AssetError,
    BusyError,
    CertificateError,
    ChecksumError,
    NetworkError,
    UnavailableError,
)
from foolproof.assets.fetch import RetryPolicy, fetch_file
from foolproof.assets.http import probe_all

log = logging.getLogger(__name__)


def first_urls(official: Official) -> dict[str, str]:
    """List the URL of the first file on each host, by host: the URL to probe."""
    first = next(iter(official.files))
    return {host: host + first for host in official.hosts}


def load_official(asset: Asset, scratch: Path, policy: RetryPolicy) -> AssetContent:
    """Load an asset from the first official host that has all its files.

    Args:
        asset: the asset.
        scratch: the folder for downloads.
        policy: timeout and retries.

    Raises:
        UnavailableError: naming each host and its failure, when all are unreachable or lack a file.
        AssetError: when a host sent files with other checksums and no host the right ones.
    """
    official = asset.official
    if official is None:
        raise UnavailableError("its publishers offer no download of it")
    log.info("%s: trying %s", asset.name, ", ".join(official.hosts))
    urls = first_urls(official)
    problems = probe_all(urls.values(), policy.timeout)
    failures: list[NetworkError] = []
    mismatches: list[ChecksumError] = []
    for host, url in urls.items():
        problem = problems.get(url)
        # A busy host may answer one of the attempts of a download.
        if problem is not None and not isinstance(problem, BusyError):
            failures.append(problem)
            continue
        try:
            files = {
                name: fetch_file(host + name, scratch / name, checksum, policy)
                for name, checksum in official.files.items()
            }
        except ChecksumError as error:
            log.warning("%s: %s", asset.name, error)
            mismatches.append(error)
        except NetworkError as error:
            failures.append(error)
        else:
            _log_skipped(asset, failures)
            return _content(asset, official, files, host)
    if mismatches:
        raise AssetError(f"{asset.name}: {'; '.join(map(str, mismatches))}")
    raise UnavailableError("; ".join(map(str, failures)))


def _log_skipped(asset: Asset, failures: list[NetworkError]) -> None:
    for failure in failures:
        # Other failures are temporary; an untrusted certificate needs the user.
        level = logging.WARNING if isinstance(failure, CertificateError) else logging.INFO
        log.log(level, "%s: skipped %s", asset.name, failure)


def _content(asset: Asset, official: Official, files: dict[str, Path], host: str) -> AssetContent:
    arrays = official.convert(files)
    asset.check_exact(arrays)
    return AssetContent(
        arrays=arrays,
        files=official.files,
        origin=host,
        exact=True,
        stand_in=False,
        licence=official.licence,
        note=official.note,
    )

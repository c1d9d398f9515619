"""Downloads over unreliable networks: retried, resumed and verified.

Own code because pooch (1.9) discards partial files, retries even status 404, ignores Retry-After
and compares no checksum prefixes. The Retry of urllib3 covers no failure in the body of a response.
"""

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from typing import TypeVar

import requests
from tqdm import tqdm

from foolproof.assets.checksum import checksum_of
from foolproof.assets.errors import ChecksumError, TemporaryError
from foolproof.assets.http import check_status, chunks, request
from foolproof.core.files import naming_when_full

# After so many new bytes, failures are counted from one again.
_PROGRESS_BYTES = 2**20

_MAX_PAUSE = 60.0

log = logging.getLogger(__name__)

Result = TypeVar("Result")


@dataclass(frozen=True)
class RetryPolicy:
    """Timeout and retries of a request.

    Attributes:
        timeout: seconds to wait for a connection, for a response, and for the next bytes.
        attempts: the number of successive failures that ends a transfer.
        pause: seconds before the second attempt; each later pause is twice as long.
    """

    timeout: float = 5.0
    attempts: int = 4
    pause: float = 2.0


DEFAULT_POLICY = RetryPolicy()


def fetch_bytes(url: str, policy: RetryPolicy) -> bytes:
    """Download a small file into memory.

    Raises:
        NetworkError: naming the URL and the cause.
    """

    def attempt() -> bytes:
        with request("GET", url, policy.timeout) as response:
            check_status(url, response)
            return b"".join(chunks(url, response, policy.timeout))

    return _retry(attempt, policy, lambda: 0)


def fetch_file(url: str, path: Path, checksum: str, policy: RetryPolicy) -> Path:
    """Download `url` to `path`, which exists only when complete and verified.

    An existing file with the right checksum is kept; another is replaced. Partial content is in
    `<path>.part`. It survives a failure or a killed process, and the next download resumes it.

    Args:
        url: the source.
        path: the target; its folder is created.
        checksum: see `foolproof.assets.checksum`.
        policy: timeout and retries.

    Returns:
        `path`.

    Raises:
        NetworkError: naming the URL and the cause.
        ChecksumError: naming the URL, the expected and the found checksum.
        FoolproofError: when the disk is full.
    """
    if path.exists() and checksum_of(path, like=checksum) == checksum:
        return path
    partial = path.with_name(f"{path.name}.part")
    with naming_when_full(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        resumed = _transfer(url, partial, policy)
        found = checksum_of(partial, like=checksum)
        if resumed and found != checksum:
            log.warning("the resumed file has a wrong checksum: downloading %s anew", url)
            partial.unlink()
            _transfer(url, partial, policy)
            found = checksum_of(partial, like=checksum)
        if found != checksum:
            partial.unlink()
            raise ChecksumError(f"{url}: expected {checksum}, found {found}")
        return partial.replace(path)


def _transfer(url: str, partial: Path, policy: RetryPolicy) -> bool:
    """Complete a partial file, and return whether the last attempt resumed an earlier one."""
    return _retry(
        lambda: _transfer_once(url, partial, policy.timeout), policy, lambda: _size(partial)
    )


def _transfer_once(url: str, partial: Path, timeout: float) -> bool:
    start = _size(partial)
    headers = {"Range": f"bytes={start}-"} if start else {}
    with request("GET", url, timeout, headers) as response:
        if start and response.status_code == HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE:
            return True  # nothing to add; the checksum decides
        check_status(url, response)
        resumed = response.status_code == HTTPStatus.PARTIAL_CONTENT
        if resumed and not response.headers.get("Content-Range", "").startswith(f"bytes {start}-"):
            partial.unlink(missing_ok=True)
            raise TemporaryError(f"{url}: the host sent another range than requested")
        _save(url, response, partial, start if resumed else 0, timeout)
    return resumed


def _save(url: str, response: requests.Response, partial: Path, start: int, timeout: float) -> None:
    """Write the body of a response to `partial` from the byte `start` on."""
    length = response.headers.get("Content-Length")
    total = start + int(length) if length else None
    size = _in_words(total) if total else "of unknown size"
    if start:
        log.info("resuming %s at %s of %s", url, _in_words(start), size)
    else:
        log.info("downloading %s (%s)", url, size)
    with (
        partial.open("ab" if start else "wb") as file,
        tqdm(
            desc=partial.stem, total=total, initial=start, unit="B", unit_scale=True, disable=None
        ) as bar,
    ):
        for chunk in chunks(url, response, timeout):
            file.write(chunk)
            bar.update(len(chunk))


def _retry(
    attempt: Callable[[], Result], policy: RetryPolicy, position: Callable[[], int]
) -> Result:
    """Return the result of the first successful attempt.

    Args:
        attempt: the operation.
        policy: number of attempts and pauses.
        position: returns the number of bytes so far.

    Raises:
        NetworkError: of the last attempt.
    """
    failures, reached = 0, position()
    while True:
        try:
            return attempt()
        except TemporaryError as error:
            failures += 1
            if position() >= reached + _PROGRESS_BYTES:
                failures, reached = 1, position()
            pause = max(error.wait, policy.pause * 2 ** (failures - 1))
            if failures >= policy.attempts or pause > _MAX_PAUSE:
                raise
            log.warning("attempt %d of %d in %g s: %s", failures + 1, policy.attempts, pause, error)
        time.sleep(pause)


def _size(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0


def _in_words(size: int) -> str:
    return f"{size / 1e6:.0f} MB" if size >= 1e6 else f"{size / 1e3:.0f} kB"

"""Downloads that survive a bad network: retried, resumed and verified.

The loop of attempts is our own because urllib3's Retry ends with the head of an answer, and what
breaks is mostly the body.
"""

import logging
import time
from collections.abc import Callable
from http import HTTPStatus
from pathlib import Path
from typing import TypeVar

import requests
from tqdm import tqdm

from foolproof.assets.checksum import checksum_of
from foolproof.assets.errors import ChecksumError, TemporaryError
from foolproof.assets.network import Patience, check_status, chunks, request
from foolproof.core.files import naming_when_full

# So many new bytes show that the network works, and failures are counted from one again.
_PROGRESS_BYTES = 2**20

# A host that asks for a longer pause is given up.
_LONGEST_PAUSE = 60.0

log = logging.getLogger(__name__)

Result = TypeVar("Result")


def read(url: str, patience: Patience) -> bytes:
    """Download a small file into memory.

    Raises:
        NetworkError: naming the URL and what went wrong.
    """

    def attempt() -> bytes:
        with request("GET", url, patience.seconds) as response:
            check_status(url, response)
            return b"".join(chunks(url, response, patience.seconds))

    return _retried(attempt, patience, lambda: 0)


def download(url: str, path: Path, checksum: str, patience: Patience) -> None:
    """Download `url` to `path`, which appears only when it is complete and its checksum right.

    A file that is already there is kept if its checksum is right, and replaced otherwise. What has
    arrived is in `<path>.part`, which stays when the network fails or the process is killed, and
    from which the next download goes on.

    Args:
        url: what to download.
        path: where to put it; its folder is made.
        checksum: see `foolproof.assets.checksum`.
        patience: how long to wait for the host.

    Raises:
        NetworkError: naming the URL and what went wrong.
        ChecksumError: naming the URL, the expected and the found checksum.
        FoolproofError: when the disk is full.
    """
    if path.exists() and checksum_of(path, like=checksum) == checksum:
        return
    partial = path.with_name(f"{path.name}.part")
    with naming_when_full(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        resumed = _transfer(url, partial, patience)
        found = checksum_of(partial, like=checksum)
        if resumed and found != checksum:
            log.warning("the resumed file has a wrong checksum: downloading %s anew", url)
            partial.unlink()
            _transfer(url, partial, patience)
            found = checksum_of(partial, like=checksum)
        if found != checksum:
            partial.unlink()
            raise ChecksumError(f"{url}: expected {checksum}, found {found}")
        partial.replace(path)


def _transfer(url: str, partial: Path, patience: Patience) -> bool:
    """Complete a partial file; tell whether some of its bytes are from an earlier attempt."""
    return _retried(
        lambda: _transfer_once(url, partial, patience.seconds), patience, lambda: _size(partial)
    )


def _transfer_once(url: str, partial: Path, seconds: float) -> bool:
    start = _size(partial)
    headers = {"Range": f"bytes={start}-"} if start else {}
    with request("GET", url, seconds, headers) as response:
        if start and response.status_code == HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE:
            return True  # the file ends here; its checksum tells whether these are its bytes
        check_status(url, response)
        resumed = response.status_code == HTTPStatus.PARTIAL_CONTENT
        if resumed and not response.headers.get("Content-Range", "").startswith(f"bytes {start}-"):
            partial.unlink(missing_ok=True)
            raise TemporaryError(f"{url}: the host sent another range than was asked for")
        _save(url, response, partial, start if resumed else 0, seconds)
    return resumed


def _save(url: str, response: requests.Response, partial: Path, start: int, seconds: float) -> None:
    """Write the body of an answer to `partial` from the byte `start` on."""
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
        for chunk in chunks(url, response, seconds):
            file.write(chunk)
            bar.update(len(chunk))


def _retried(
    attempt: Callable[[], Result], patience: Patience, position: Callable[[], int]
) -> Result:
    """Give the result of the first attempt that succeeds.

    Args:
        attempt: what to try.
        patience: how often, and with which pauses.
        position: how many bytes have arrived.

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
            pause = max(error.wait, patience.pause * 2 ** (failures - 1))
            if failures >= patience.attempts or pause > _LONGEST_PAUSE:
                raise
            log.warning(
                "attempt %d of %d in %g s: %s", failures + 1, patience.attempts, pause, error
            )
        time.sleep(pause)


def _size(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0


def _in_words(size: int) -> str:
    return f"{size / 1e6:.0f} MB" if size >= 1e6 else f"{size / 1e3:.0f} kB"

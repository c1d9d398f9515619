"""Asking hosts whether they are there, and downloading from them, in bounded time."""

import logging
import threading
import time
from collections.abc import Callable, Hashable, Iterable, Mapping
from functools import partial
from pathlib import Path
from typing import TypeVar

import requests
from requests.exceptions import ChunkedEncodingError, HTTPError, RequestException, Timeout
from urllib3.exceptions import ReadTimeoutError

from foolproof.assets.checksum import checksum_of
from foolproof.assets.errors import ChecksumError, NetworkError
from foolproof.files import replacing

PATIENCE = 5.0
"""Seconds to wait for a host to connect, to answer, or to send its next bytes."""

_CHUNK_BYTES = 2**16

# A server that announces a .gz file as a compressed transfer would have it unpacked on arrival,
# and the checksum is that of the packed file.
_HEADERS = {"Accept-Encoding": "identity"}

log = logging.getLogger(__name__)

Key = TypeVar("Key", bound=Hashable)
Result = TypeVar("Result")


def finished_within(seconds: float, tasks: Mapping[Key, Callable[[], Result]]) -> dict[Key, Result]:
    """Run all tasks at once and give the results of those that finish in time.

    The others are left behind in daemon threads. This bounds what no timeout of a socket does: name
    resolution, and one connection attempt after another to each address of a host.
    """
    results: dict[Key, Result] = {}

    def run(key: Key) -> None:
        results[key] = tasks[key]()

    deadline = time.monotonic() + seconds
    threads = [threading.Thread(target=run, args=(key,), daemon=True) for key in tasks]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(max(0.0, deadline - time.monotonic()))
    return dict(results)


def obstacles(urls: Iterable[str], seconds: float) -> dict[str, str]:
    """Say of each URL that cannot be downloaded now why not; all are asked at once."""
    asked = {url: partial(obstacle, url, seconds) for url in urls}
    answers = finished_within(seconds, asked)
    reasons = {url: answers.get(url, _no_answer(seconds)) for url in asked}
    return {url: reason for url, reason in reasons.items() if reason}


def obstacle(url: str, seconds: float) -> str:
    """Say why `url` cannot be downloaded now; an empty string when it can."""
    try:
        requests.head(
            url, timeout=seconds, headers=_HEADERS, allow_redirects=True
        ).raise_for_status()
    except RequestException as error:
        return _reason(error, seconds)
    return ""


def read(url: str, seconds: float) -> bytes:
    """Download a small file into memory.

    Raises:
        NetworkError: naming the URL and what went wrong.
    """
    try:
        with requests.get(url, timeout=seconds, headers=_HEADERS, stream=True) as response:
            response.raise_for_status()
            return response.content
    except RequestException as error:
        raise NetworkError(f"{url}: {_reason(error, seconds)}") from error


def download(url: str, path: Path, checksum: str, seconds: float) -> None:
    """Download `url` to `path`, which appears only when it is complete and its checksum right.

    A file that is already there is kept if its checksum is right, and replaced otherwise.

    Args:
        url: what to download.
        path: where to put it.
        checksum: see `foolproof.assets.checksum`.
        seconds: how long to wait for the host, see `PATIENCE`.

    Raises:
        NetworkError: naming the URL and what went wrong.
        ChecksumError: naming the URL, the expected and the found checksum.
    """
    if path.exists() and checksum_of(path, like=checksum) == checksum:
        return
    log.info("downloading %s", url)
    with replacing(path) as temporary:
        _transfer(url, temporary, seconds)
        found = checksum_of(temporary, like=checksum)
        if found != checksum:
            raise ChecksumError(f"{url}: expected {checksum}, found {found}")


def _transfer(url: str, path: Path, seconds: float) -> None:
    try:
        with requests.get(url, timeout=seconds, headers=_HEADERS, stream=True) as response:
            response.raise_for_status()
            with path.open("wb") as file:
                file.writelines(response.iter_content(_CHUNK_BYTES))
    except RequestException as error:
        raise NetworkError(f"{url}: {_reason(error, seconds)}") from error


def _reason(error: RequestException, seconds: float) -> str:
    match error:
        case HTTPError(response=requests.Response(status_code=status)):
            return f"HTTP status {status}"
        case Timeout():
            return _no_answer(seconds)
        case ChunkedEncodingError():
            return "the transfer broke off"
        case requests.ConnectionError(args=(ReadTimeoutError(), *_)):
            return f"the transfer stalled for {seconds:g} s"
        case requests.ConnectionError():
            return "no connection"
        case _:
            return str(error)


def _no_answer(seconds: float) -> str:
    return f"no answer within {seconds:g} s"

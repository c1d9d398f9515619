"""Requests to hosts in bounded time, and in words what is wrong when one fails."""

import socket
import ssl
import threading
import time
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from http import HTTPStatus
from typing import TypeVar

import requests
from requests.exceptions import ChunkedEncodingError, ProxyError, RequestException, Timeout
from urllib3.exceptions import InvalidHeader, ReadTimeoutError
from urllib3.util import Retry

from foolproof.assets.errors import BusyError, CertificateError, NetworkError, TemporaryError

_CHUNK_BYTES = 2**16

# A server that announces a .gz file as a compressed transfer would have it unpacked on arrival,
# and the checksum is that of the packed file.
_HEADERS = {"Accept-Encoding": "identity"}

Key = TypeVar("Key", bound=Hashable)
Result = TypeVar("Result")


@dataclass(frozen=True)
class Patience:
    """How long to wait for a host before it is given up.

    Attributes:
        seconds: the timeout of connecting, of an answer, and of the next bytes.
        attempts: how often in a row a transfer may fail.
        pause: seconds before the second attempt; each later pause is twice the one before.
    """

    seconds: float = 5.0
    attempts: int = 4
    pause: float = 2.0


PATIENCE = Patience()


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


def obstacles(urls: Iterable[str], seconds: float) -> dict[str, NetworkError]:
    """Say of each URL that cannot be downloaded now why not; all are asked at once."""
    asked = {url: partial(obstacle, url, seconds) for url in urls}
    answers = finished_within(seconds, asked)
    late = {url: TemporaryError(f"{url}: {_no_answer(seconds)}") for url in asked}
    found = {url: answers.get(url, late[url]) for url in asked}
    return {url: error for url, error in found.items() if error is not None}


def obstacle(url: str, seconds: float) -> NetworkError | None:
    """Say why `url` cannot be downloaded now; None when it can."""
    try:
        with request("HEAD", url, seconds) as response:
            check_status(url, response)
    except NetworkError as error:
        return error
    return None


def request(
    method: str, url: str, seconds: float, headers: Mapping[str, str] | None = None
) -> requests.Response:
    """Send a request and wait for the head of the answer; the body comes by `chunks`.

    Raises:
        NetworkError: naming the URL and what went wrong.
    """
    try:
        return requests.request(
            method,
            url,
            timeout=seconds,
            headers=_HEADERS | dict(headers or {}),
            stream=True,
            allow_redirects=True,
        )
    # RequestException is an OSError, and a CA bundle that does not exist raises a bare one.
    except OSError as error:
        raise _failure(url, error, seconds) from error


def check_status(url: str, response: requests.Response) -> None:
    """Check that the host has what was asked for.

    Raises:
        BusyError: for statuses 429 and 5xx, with the seconds of the header Retry-After.
        NetworkError: for the other statuses from 400 on.
    """
    status = response.status_code
    reason = f"{url}: HTTP status {status}"
    if status == HTTPStatus.TOO_MANY_REQUESTS or status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        wait = _retry_after(response)
        raise BusyError(f"{reason}, retry after {wait:.0f} s" if wait else reason, wait)
    if status >= HTTPStatus.BAD_REQUEST:
        raise NetworkError(reason)


def chunks(url: str, response: requests.Response, seconds: float) -> Iterator[bytes]:
    """Give the body of an answer piece by piece.

    Raises:
        NetworkError: naming the URL and what went wrong.
    """
    try:
        yield from response.iter_content(_CHUNK_BYTES)
    except RequestException as error:
        raise _failure(url, error, seconds) from error


def _retry_after(response: requests.Response) -> float:
    try:
        return Retry().parse_retry_after(response.headers.get("Retry-After", "0"))
    except InvalidHeader:  # as if there were none
        return 0.0


def _failure(url: str, error: OSError, seconds: float) -> NetworkError:
    root = _root(error)
    temporary = isinstance(error, (requests.ConnectionError, Timeout, ChunkedEncodingError))
    kind = TemporaryError if temporary else NetworkError
    match error, root:
        case ProxyError(), _:
            reason = f"the proxy fails ({root}); check HTTP_PROXY, HTTPS_PROXY and NO_PROXY"
        case _, ssl.SSLCertVerificationError():
            kind = CertificateError
            reason = (
                f"the host's certificate is not trusted ({root.verify_message}); check the clock, "
                "or name the file of your network's certificate authority in REQUESTS_CA_BUNDLE"
            )
        case _, ssl.SSLError(library="X509"):
            kind = CertificateError
            reason = "the file that REQUESTS_CA_BUNDLE names has no certificate in the PEM format"
        case Timeout(), _:
            reason = _no_answer(seconds)
        case ChunkedEncodingError(), _:
            reason = "the transfer broke off"
        case requests.ConnectionError(args=(ReadTimeoutError(), *_)), _:
            reason = f"the transfer stalled for {seconds:g} s"
        case _, socket.gaierror():
            reason = "the host's name cannot be resolved"
        case _, ConnectionRefusedError():
            reason = "the host refuses the connection"
        case requests.ConnectionError(), _:
            reason = f"the connection failed ({root})"
        case RequestException(), _:
            reason = str(error)
        case _:
            kind = CertificateError
            reason = f"{error}; correct REQUESTS_CA_BUNDLE"
    return kind(f"{url}: {reason}")


def _root(error: BaseException) -> BaseException:
    """Find the system's error below those of requests and urllib3."""
    while inner := error.__cause__ or error.__context__:
        error = inner
    return error


def _no_answer(seconds: float) -> str:
    return f"no answer within {seconds:g} s"

"""HTTP requests in bounded time, with one sentence for each kind of failure."""

import socket
import ssl
import threading
import time
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping
from functools import partial
from http import HTTPStatus
from typing import TypeVar

import requests
from requests.exceptions import ChunkedEncodingError, ProxyError, RequestException, Timeout
from urllib3.exceptions import InvalidHeader, ReadTimeoutError
from urllib3.util import Retry

from foolproof.assets.errors import BusyError, CertificateError, NetworkError, TemporaryError

_CHUNK_BYTES = 2**16

# Without this header, requests would decompress a .gz file that a server labels as a compressed
# transfer; the checksum is that of the compressed file.
_HEADERS = {"Accept-Encoding": "identity"}

Key = TypeVar("Key", bound=Hashable)
Result = TypeVar("Result")


def run_within(seconds: float, tasks: Mapping[Key, Callable[[], Result]]) -> dict[Key, Result]:
    """Run all tasks in parallel, and return the results of those that finish in time.

    Other tasks continue in daemon threads, for which the process does not wait at its end. This
    bounds what no socket timeout bounds: name resolution, and attempts at several addresses.
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


def probe_all(urls: Iterable[str], timeout: float) -> dict[str, NetworkError]:
    """Probe all URLs in parallel, and return the error of each that cannot be downloaded now."""
    probes = {url: partial(probe, url, timeout) for url in urls}
    answers = run_within(timeout, probes)
    late = {url: TemporaryError(f"{url}: {_no_answer(timeout)}") for url in probes}
    errors = {url: answers.get(url, late[url]) for url in probes}
    return {url: error for url, error in errors.items() if error is not None}


def probe(url: str, timeout: float) -> NetworkError | None:
    """Send a HEAD request, and return its error; None when `url` can be downloaded now."""
    try:
        with request("HEAD", url, timeout) as response:
            check_status(url, response)
    except NetworkError as error:
        return error
    return None


def request(
    method: str, url: str, timeout: float, headers: Mapping[str, str] | None = None
) -> requests.Response:
    """Send a request and wait for the head of the response; `chunks` reads its body.

    Raises:
        NetworkError: naming the URL and the cause.
    """
    try:
        return requests.request(
            method,
            url,
            timeout=timeout,
            headers=_HEADERS | dict(headers or {}),
            stream=True,
            allow_redirects=True,
        )
    # RequestException is an OSError; a CA bundle that does not exist raises a bare OSError.
    except OSError as error:
        raise _failure(url, error, timeout) from error


def check_status(url: str, response: requests.Response) -> None:
    """Check the status of a response.

    Raises:
        BusyError: for statuses 429 and 5xx, with the seconds of the header Retry-After.
        NetworkError: for other statuses from 400 on.
    """
    status = response.status_code
    reason = f"{url}: HTTP status {status}"
    if status == HTTPStatus.TOO_MANY_REQUESTS or status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        wait = _retry_after(response)
        raise BusyError(f"{reason}, retry after {wait:.0f} s" if wait else reason, wait)
    if status >= HTTPStatus.BAD_REQUEST:
        raise NetworkError(reason)


def chunks(url: str, response: requests.Response, timeout: float) -> Iterator[bytes]:
    """Yield the body of a response in chunks.

    Raises:
        NetworkError: naming the URL and the cause.
    """
    try:
        yield from response.iter_content(_CHUNK_BYTES)
    except RequestException as error:
        raise _failure(url, error, timeout) from error


def _retry_after(response: requests.Response) -> float:
    try:
        return Retry().parse_retry_after(response.headers.get("Retry-After", "0"))
    except InvalidHeader:
        return 0.0


def _failure(url: str, error: OSError, timeout: float) -> NetworkError:
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
            reason = _no_answer(timeout)
        case ChunkedEncodingError(), _:
            reason = "the transfer broke off"
        case requests.ConnectionError(args=(ReadTimeoutError(), *_)), _:
            reason = f"the transfer stalled for {timeout:g} s"
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
    """Find the system's error that requests and urllib3 wrap."""
    while inner := error.__cause__ or error.__context__:
        error = inner
    return error


def _no_answer(timeout: float) -> str:
    return f"no answer within {timeout:g} s"

"""A local web host with faults on demand."""

import hashlib
import re
import ssl
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

CONTENT = bytes(range(256)) * 1000
CHECKSUM = f"sha256:{hashlib.sha256(CONTENT).hexdigest()}"

Fault = Callable[[BaseHTTPRequestHandler, bytes], None]


class Host:
    """A web host of files by path, with faults of single GET requests.

    Attributes:
        files: content by path.
        faults: by path, the replacement for sending the body of a response.
        refusals: by path, statuses and headers of the first responses to GET and HEAD.
        honours_range: whether a Range request is answered with a range.
        shift: bytes between the start of the requested and of the sent range.
        requests: received requests, such as "GET /name".
        ranges: the header Range of each GET, empty without one.
    """

    def __init__(self, tls: ssl.SSLContext | None = None) -> None:
        self.files: dict[str, bytes] = {}
        self.faults: dict[str, Fault] = {}
        self.refusals: dict[str, list[tuple[int, dict[str, str]]]] = {}
        self.honours_range = True
        self.shift = 0
        self.requests: list[str] = []
        self.ranges: list[str] = []
        self.closing = threading.Event()
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        if tls is not None:
            self.server.socket = tls.wrap_socket(self.server.socket, server_side=True)
        self.url = f"http{'s' if tls else ''}://127.0.0.1:{self.server.server_port}/"

    def once(self, path: str, fault: Fault) -> None:
        """Add a fault to the next GET of `path`."""

        def first(handler: BaseHTTPRequestHandler, content: bytes) -> None:
            del self.faults[path]
            fault(handler, content)

        self.faults[path] = first

    def truncate(self, handler: BaseHTTPRequestHandler, content: bytes) -> None:
        """Announce the whole file, send half of it and close the connection."""
        handler.wfile.write(content[: len(content) // 2])

    def stall(self, handler: BaseHTTPRequestHandler, content: bytes) -> None:
        """Send half of the file and keep the connection open."""
        self.truncate(handler, content)
        handler.wfile.flush()
        self.closing.wait()

    def count(self, request: str) -> int:
        """Count received requests such as "GET /name"."""
        return self.requests.count(request)

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        host = self

        def send(handler: BaseHTTPRequestHandler, content: bytes) -> None:
            handler.wfile.write(content)

        class Handler(BaseHTTPRequestHandler):
            def do_HEAD(self) -> None:
                host.requests.append(f"HEAD {self.path}")
                self._answer()

            def do_GET(self) -> None:
                host.requests.append(f"GET {self.path}")
                host.ranges.append(self.headers.get("Range", ""))
                content = self._answer()
                host.faults.get(self.path[1:], send)(self, content)

            def _answer(self) -> bytes:
                """Send status and headers, and return the body."""
                if refusals := host.refusals.get(self.path[1:]):
                    return self._begin(*refusals.pop(0), b"")
                content = host.files.get(self.path[1:])
                if content is None:
                    return self._begin(404, {}, b"")
                asked = re.fullmatch(r"bytes=(\d+)-", self.headers.get("Range", ""))
                if asked is None or not host.honours_range:
                    return self._begin(200, {}, content)
                if int(asked[1]) >= len(content):
                    return self._begin(416, {}, b"")
                start = int(asked[1]) + host.shift
                content_range = f"bytes {start}-{len(content) - 1}/{len(content)}"
                return self._begin(206, {"Content-Range": content_range}, content[start:])

            def _begin(self, status: int, headers: dict[str, str], content: bytes) -> bytes:
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                return content

            def log_message(self, *args: object) -> None:
                pass

        return Handler

"""No half minute without a line, in a stage or a long computation of the library."""

import logging
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

SECONDS = 30.0
"""Without a line, after which a computation says how far it is."""


class LastLine(logging.Handler):
    """Knows when a line was last shown: by the log, once it is a handler of it, or otherwise."""

    def __init__(self) -> None:
        super().__init__()
        self.shown()

    def shown(self) -> None:
        """Start to count anew."""
        self.time = time.monotonic()

    def emit(self, record: logging.LogRecord) -> None:
        """Start to count anew."""
        del record
        self.shown()

    def age(self) -> float:
        """Seconds since."""
        return time.monotonic() - self.time


LAST_LINE = LastLine()


@contextmanager
def no_long_silence(seconds: float = SECONDS + 3) -> Iterator[None]:
    """Log the time so far after so many seconds without a line, whatever a block does.

    Args:
        seconds: a little more than `SECONDS`, since computations that know how far they are speak
            first.
    """
    begun = time.monotonic()
    ended = threading.Event()

    def speak() -> None:
        while not ended.wait(max(0.0, seconds - LAST_LINE.age())):
            if LAST_LINE.age() >= seconds:
                logging.info("%.0f s so far", time.monotonic() - begun)

    logging.getLogger().addHandler(LAST_LINE)
    LAST_LINE.shown()
    threading.Thread(target=speak, daemon=True).start()
    try:
        yield
    finally:
        ended.set()
        logging.getLogger().removeHandler(LAST_LINE)

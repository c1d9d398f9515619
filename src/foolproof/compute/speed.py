"""The speed of a computation, for the log."""

import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def logged_speed(name: str, images: int) -> Iterator[None]:
    """Log the seconds that a block takes, and the images per second."""
    start = time.perf_counter()
    yield
    seconds = time.perf_counter() - start
    logging.info("%s: %d images, %.1f s, %.1f images/s", name, images, seconds, images / seconds)

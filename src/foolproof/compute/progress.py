"""Progress of a long computation: a bar on a terminal, a line every half minute elsewhere.

The bar is tqdm's. Without tqdm, which the library does not need, a terminal has lines, too.
"""

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from typing import Protocol

SECONDS = 30.0
"""Between two lines."""


class Progress(Protocol):
    """Where a computation reports what it has done."""

    def advance(self, done: float) -> None:
        """Add work that is done, in the unit of the total."""


class _Silent:
    def advance(self, done: float) -> None:
        pass


class _Lines:
    """A line on stderr every half minute; a log would hide it from users who have set up none."""

    def __init__(self, name: str, total: float) -> None:
        self._name, self._total, self._done = name, total, 0.0
        self._start = self._last = time.monotonic()

    def advance(self, done: float) -> None:
        self._done += done
        now = time.monotonic()
        if now - self._last < SECONDS or not self._done:
            return
        self._last = now
        share = self._done / self._total
        left = (now - self._start) * (1 / share - 1)
        line = f"{self._name}: {100 * share:.0f} %, about {left:.0f} s left"
        print(line, file=sys.stderr, flush=True)


class _Bar:
    def __init__(self, name: str, total: float) -> None:
        from tqdm import tqdm  # noqa: PLC0415 (only for a terminal, and optional)

        layout = "{desc}: {percentage:3.0f} %|{bar}| {elapsed}, {remaining} left"
        self._bar = tqdm(desc=name, total=total, leave=False, bar_format=layout)

    def advance(self, done: float) -> None:
        self._bar.update(done)

    def close(self) -> None:
        self._bar.close()


@contextmanager
def progress_of(name: str | None, total: float) -> Iterator[Progress]:
    """Show the progress of a block.

    Args:
        name: of the computation; None to show nothing.
        total: of the work, in any unit.
    """
    if name is None:
        yield _Silent()
    elif sys.stderr.isatty() and find_spec("tqdm"):
        bar = _Bar(name, total)
        try:
            yield bar
        finally:
            bar.close()
    else:
        yield _Lines(name, total)

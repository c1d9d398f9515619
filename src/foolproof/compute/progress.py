"""Progress of a long computation: a bar on a terminal, a line every half minute elsewhere."""

import logging
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Protocol

from foolproof.core.silence import LAST_LINE, SECONDS


class Progress(Protocol):
    """Where a computation reports what it has done."""

    def advance(self, done: float) -> None:
        """Add work that is done, in the unit of the total."""


class _Silent:
    def advance(self, done: float) -> None:
        pass


class _Lines:
    """A line after half a minute without any: several short computations are long too."""

    def __init__(self, name: str, total: float) -> None:
        self._name, self._total, self._done = name, total, 0.0
        self._start = time.monotonic()

    def advance(self, done: float) -> None:
        self._done += done
        if LAST_LINE.age() < SECONDS:
            return
        line = f"{self._name}: {100 * self._done / self._total:.0f} %"
        if self._done:
            left = (time.monotonic() - self._start) * (self._total / self._done - 1)
            line += f", about {left:.0f} s left"
        _show(line)


def _show(line: str) -> None:
    """Write to the log where it shows such lines, as in the stages, else to stderr."""
    LAST_LINE.shown()
    if logging.getLogger().isEnabledFor(logging.INFO):
        logging.info(line)
    else:
        print(line, file=sys.stderr, flush=True)


class _Bar:
    """A bar, above which the log's lines are written while it is there."""

    def __init__(self, name: str, total: float) -> None:
        from tqdm import tqdm  # noqa: PLC0415 (only for a terminal)
        from tqdm.contrib.logging import logging_redirect_tqdm  # noqa: PLC0415

        layout = "{desc}: {percentage:3.0f} %|{bar}| {elapsed}, {remaining} left"
        self._open = ExitStack()
        self._bar = self._open.enter_context(
            tqdm(desc=name, total=total, leave=False, bar_format=layout)
        )
        self._open.enter_context(logging_redirect_tqdm())

    def advance(self, done: float) -> None:
        self._bar.update(done)

    def close(self) -> None:
        self._open.close()


@contextmanager
def progress_of(name: str | None, total: float) -> Iterator[Progress]:
    """Show the progress of a block.

    Args:
        name: of the computation; None to show nothing.
        total: of the work, in any unit.
    """
    if name is None:
        yield _Silent()
        return
    bar = _bar_on_terminal(name, total)
    if bar is None:
        yield _Lines(name, total)
        return
    try:
        yield bar
    finally:
        bar.close()


def _bar_on_terminal(name: str, total: float) -> _Bar | None:
    """Open a bar on a terminal; without tqdm say so, and give None."""
    if not sys.stderr.isatty():
        return None
    try:
        return _Bar(name, total)
    except ModuleNotFoundError:
        _show(f"{name}: progress every {SECONDS:.0f} s; for a bar, install tqdm")
        return None

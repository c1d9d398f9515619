"""What a long computation shows, with a clock and a terminal that are pretended."""

import io
import logging
import sys

import pytest

from foolproof.compute import progress
from foolproof.compute.progress import progress_of
from foolproof.core import silence


class Clock:
    """Seconds that pass only by `pass_time`."""

    def __init__(self) -> None:
        self.now = 1000.0

    def monotonic(self) -> float:
        """Stand in for `time.monotonic`."""
        return self.now


class Terminal(io.StringIO):
    """A stream that is a terminal."""

    def isatty(self) -> bool:
        """Say that it is one."""
        return True


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    pretended = Clock()
    for module in (progress, silence):
        monkeypatch.setattr(module, "time", pretended)
    silence.LAST_LINE.shown()
    return pretended


def pretend_terminal(monkeypatch: pytest.MonkeyPatch) -> Terminal:
    """Make stderr a terminal; in the test itself, since pytest replaces stderr before each."""
    pretended = Terminal()
    monkeypatch.setattr(sys, "stderr", pretended)
    return pretended


def run(clock: Clock, *, seconds: float, parts: int, name: str | None = "attack") -> None:
    """Report parts of equal work, one each so many seconds."""
    with progress_of(name, 2 * parts) as shown:
        for _ in range(parts):
            clock.now += seconds
            shown.advance(2)


def test_a_line_is_shown_every_half_minute(
    clock: Clock, capsys: pytest.CaptureFixture[str]
) -> None:
    run(clock, seconds=1, parts=100)
    assert capsys.readouterr().err.splitlines() == [
        "attack: 30 %, about 70 s left",
        "attack: 60 %, about 40 s left",
        "attack: 90 %, about 10 s left",
    ]


def test_short_computations_in_a_row_are_not_silent(
    clock: Clock, capsys: pytest.CaptureFixture[str]
) -> None:
    for _ in range(4):
        run(clock, seconds=1, parts=20)
    # After 30 and 60 seconds, in the second of them and at the end of the third.
    assert capsys.readouterr().err.splitlines() == [
        "attack: 50 %, about 10 s left",
        "attack: 100 %, about 0 s left",
    ]


def test_slow_parts_are_shown_one_by_one(clock: Clock, capsys: pytest.CaptureFixture[str]) -> None:
    run(clock, seconds=45, parts=4)
    percent = [line.split()[1] for line in capsys.readouterr().err.splitlines()]
    assert percent == ["25", "50", "75", "100"]


def test_short_computations_show_nothing(clock: Clock, capsys: pytest.CaptureFixture[str]) -> None:
    run(clock, seconds=0.2, parts=100)
    assert capsys.readouterr() == ("", "")


def test_nothing_is_shown_without_a_name(
    clock: Clock, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO):
        run(clock, seconds=100, parts=5, name=None)
    assert capsys.readouterr() == ("", "")
    assert not caplog.messages


def test_line_goes_to_the_log_where_that_shows_it(
    clock: Clock, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO):
        run(clock, seconds=30, parts=2)
    assert caplog.messages == ["attack: 50 %, about 30 s left", "attack: 100 %, about 0 s left"]
    assert "50 %" not in capsys.readouterr().out


def test_no_time_is_foretold_before_the_first_work(
    clock: Clock, capsys: pytest.CaptureFixture[str]
) -> None:
    with progress_of("attack", 10) as shown:
        clock.now += 31
        shown.advance(0)
    assert capsys.readouterr().err == "attack: 0 %\n"


def test_a_bar_is_shown_on_a_terminal(clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = pretend_terminal(monkeypatch)
    with progress_of("attack", 4) as shown:
        clock.now += 60
        shown.advance(1)
        shown.advance(3)
    text = terminal.getvalue()
    assert "attack:" in text
    assert "left" in text
    assert "about" not in text
    # The bar is wiped at the end, so that results stand alone.
    assert text.rsplit("\r", 1)[-1].strip() == ""


def test_a_line_of_the_log_stands_alone_above_the_bar(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = pretend_terminal(monkeypatch)
    handler = logging.StreamHandler(terminal)
    logger = logging.getLogger()
    logger.addHandler(handler)
    try:
        with progress_of("attack", 4) as shown:
            shown.advance(1)
            logger.warning("half done")
            shown.advance(1)
    finally:
        logger.removeHandler(handler)
    lines = [line.rsplit("\r", 1)[-1].strip() for line in terminal.getvalue().split("\n")]
    assert "half done" in lines


def break_off() -> None:
    with progress_of("attack", 4) as shown:
        shown.advance(1)
        raise ValueError("broken")


def test_the_bar_is_closed_by_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = pretend_terminal(monkeypatch)
    with pytest.raises(ValueError, match="broken"):
        break_off()
    assert terminal.getvalue().rsplit("\r", 1)[-1].strip() == ""


def test_without_tqdm_a_terminal_gets_a_message_and_lines(
    clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "tqdm", None)
    terminal = pretend_terminal(monkeypatch)
    run(clock, seconds=30, parts=2)
    assert terminal.getvalue().splitlines() == [
        "attack: progress every 30 s; for a bar, install tqdm",
        "attack: 50 %, about 30 s left",
        "attack: 100 %, about 0 s left",
    ]

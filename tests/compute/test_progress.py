"""Progress: a bar on a terminal with tqdm, else a line every half minute."""

import sys
from types import SimpleNamespace

import pytest

from foolproof.compute import progress
from foolproof.compute.progress import progress_of


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Make a clock that shows the last number of a list."""
    times = [0.0]
    monkeypatch.setattr(progress, "time", SimpleNamespace(monotonic=lambda: times[-1]))
    return times


def test_no_name_shows_nothing(clock: list[float], capsys: pytest.CaptureFixture[str]) -> None:
    with progress_of(None, 10) as shown:
        clock.append(1000)
        shown.advance(5)
    assert capsys.readouterr() == ("", "")


def test_line_every_half_minute_on_stderr(
    clock: list[float], capsys: pytest.CaptureFixture[str]
) -> None:
    with progress_of("pgd", 200) as shown:
        for seconds in (0, 29, 30, 45, 60):
            clock.append(seconds)
            shown.advance(10)
    assert capsys.readouterr() == (
        "",
        "pgd: 15 %, about 170 s left\npgd: 25 %, about 180 s left\n",
    )


def test_no_line_before_something_is_done(
    clock: list[float], capsys: pytest.CaptureFixture[str]
) -> None:
    with progress_of("pgd", 200) as shown:
        clock.append(100)
        shown.advance(0)
    assert capsys.readouterr().err == ""


def test_terminal_shows_a_bar(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    with progress_of("pgd", 200) as shown:
        shown.advance(100)
    assert "pgd:" in capsys.readouterr().err


def test_terminal_without_tqdm_shows_lines(
    monkeypatch: pytest.MonkeyPatch, clock: list[float], capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    monkeypatch.setattr(progress, "find_spec", lambda _: None)
    with progress_of("pgd", 200) as shown:
        clock.append(30)
        shown.advance(100)
    assert capsys.readouterr().err == "pgd: 50 %, about 30 s left\n"

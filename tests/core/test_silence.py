"""What a computation that says nothing shows."""

import logging
import time

import pytest

from foolproof.core.silence import no_long_silence


def test_a_silent_computation_says_how_long_it_has_taken(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO), no_long_silence(0.2):
        time.sleep(0.5)
    with caplog.at_level(logging.INFO), no_long_silence(0.2):
        for _ in range(10):
            time.sleep(0.05)
            logging.info("a line")
    assert [line for line in caplog.messages if line != "a line"] == ["0 s so far"] * 2

"""The log of a computation's speed."""

import logging
import re

import pytest

from foolproof.compute.speed import logged_speed


def test_logged_speed_logs_images_seconds_and_rate(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO), logged_speed("untargeted", 500):
        sum(range(1000))
    (message,) = caplog.messages
    assert re.fullmatch(r"untargeted: 500 images, \d+\.\d s, \d+\.\d images/s", message)

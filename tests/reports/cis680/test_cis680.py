"""The report of CIS680 as a whole; its parts have tests of their own."""

import pytest
from pypdf import PdfReader

from tests.reports.conftest import Metrics, Report, assert_reproducible, stand_in


def test_numbers_come_from_the_metrics(report: Report, metrics: Metrics) -> None:
    text = report.text(metrics).replace("\u00a0", " ")
    for number in (
        "9,912 of 10,000 (99.12 %, 95 % interval 98.92–99.29 %)",
        "9,934 of 10,000 (99.34 %, 95 % interval 99.16–99.48 %)",
        "115,498",
        "its gradient is 81,378 times that of the L2 loss",
        "> 5,000",
        "Successful starts: 35 of 50 (70 %, 95 % interval 56–81 %)",
        "in the median after 187 steps",
        "Of 1,000 test images the network classifies 991 correctly",
        "991 of 991 (100 %, 95 % interval 99.61–100 %)",
        "28 of 255 grey levels",
        "4 is classified as 9 (112 of 991) and 7 is classified as 2 (99 of 991)",
        "From 1 to 8 the mean number of steps is 21 ± 3 (n = 45), from 8 to 1 57 ± 3 (n = 45)",
        "From 20 steps to 80 steps, on the 432 images that both have, the error of the",
        "From 50 % to 99.9 %, on the 432 images",
        "(0,1) only",
    ):
        assert number in text, number
    assert "else [" not in text, "a rule that Typst took for text"


def test_stand_in_data_are_said_loudly_and_real_data_are_not(
    report: Report, metrics: Metrics
) -> None:
    assert "stand-in data" not in report.text(metrics).lower()
    metrics["metrics/assets.json"]["mnist"] = stand_in()
    text = report.text(metrics)
    assert "STAND-IN DATA." in text
    assert "not from MNIST itself: Small digits." in text
    pages = len(PdfReader(report.root / "report.pdf").pages)
    assert text.count("computed on stand-in data") == pages - 1, "on every page but the first"


def test_equal_inputs_give_equal_bytes_without_a_warning(
    report: Report, metrics: Metrics, caplog: pytest.LogCaptureFixture
) -> None:
    assert_reproducible(report, metrics, caplog)

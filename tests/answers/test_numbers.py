"""Numbers in words."""

from typing import Any

import pytest

from foolproof.answers import numbers


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (numbers.fixed(-0.004, 2), "0.00"),
        (numbers.fixed(0.125, 2), "0.13"),
        (numbers.fixed(-1234.5, 0), "−1235"),
        (numbers.count(799078), "799,078"),
        (numbers.count(-1200), "−1,200"),
        (numbers.significant(0.000123), "0.00012"),
        (numbers.significant(1234.5), "1235"),
        (numbers.scientific(0.0000061), "$6.1 dot 10^(-6)$"),
        (numbers.scientific(0.0000996, 2), "$1.0 dot 10^(-4)$"),
        (numbers.percent(0.1234), "12.34\u00a0%"),
        (numbers.short_percent(0.9), "90\u00a0%"),
        (numbers.short_percent(0.999), "99.9\u00a0%"),
        (numbers.bounded_percent(0.9999), "> 99.9\u00a0%"),
        (numbers.bounded_percent(1.0), "100.0\u00a0%"),
        (numbers.listed(["a", "b", "c"]), "a, b and c"),
        (numbers.listed(["a"]), "a"),
        (numbers.so_many(0, 3), "none of the 3"),
        (numbers.so_many(3, 3), "all 3"),
        (numbers.counted(1, "seed"), "one seed"),
        (numbers.counted(1200, "class", "classes"), "1,200 classes"),
        (numbers.p_value(0.0002), "_p_ < 0.001"),
        (numbers.p_value(0.0123), "_p_ = 0.012"),
        (numbers.change(0.5, 0.5001), "stays at"),
        (numbers.change(0.5, 0.6), "rises to"),
    ],
)
def test_a_number_is_written(text: str, expected: str) -> None:
    assert text == expected


def test_a_rate_has_the_digits_that_its_interval_supports() -> None:
    rate = {"value": 0.7, "low": 0.56, "high": 0.81, "count": 35, "n": 50}
    assert numbers.rate_interval(rate) == "35 of 50 (70\u00a0%, 95\u00a0% interval 56–81\u00a0%)"
    narrow = {"value": 0.7, "low": 0.69, "high": 0.71, "count": 7000, "n": 10000}
    assert "70.0\u00a0%" in numbers.rate_interval(narrow)


@pytest.mark.parametrize(
    ("interval", "side"),
    [
        ({"mean": 1.0, "ci95": 0.5, "n": 3}, "above"),
        ({"mean": -1.0, "ci95": 0.5, "n": 3}, "below"),
        ({"mean": 0.2, "ci95": 0.5, "n": 3}, "straddles"),
        ({"mean": 0.2, "ci95": None, "n": 1}, "unknown"),
        ({"value": 1.0, "low": 0.1, "high": 2.0, "n": 3}, "above"),
        ({"value": 1.0, "low": None, "high": None, "n": 1}, "unknown"),
    ],
)
def test_side_of_an_interval(interval: dict[str, Any], side: str) -> None:
    assert numbers.side_of(interval) == side

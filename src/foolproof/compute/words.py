"""Results in a few words, for the log and the README."""

from collections.abc import Mapping
from typing import Any

from foolproof.compute.intervals import Interval, Median, Rate

MISSING = "–"
"""In place of a number that is null, such as the mean over no successful attack."""


def rate_in_words(rate: Rate | None) -> str:
    """Write a Rate: "35 of 50, 70 % (56 to 81 %)"."""
    if rate is None:
        return MISSING
    return f"{rate['count']:,} of {rate['n']:,}, {share_in_words(rate)}"


def share_in_words(rate: Rate) -> str:
    """Write a share with its interval, with as many digits as the interval supports."""
    digits = digits_of(rate)
    value, low, high = (
        f"{100 * each:.{0 if each in (0, 1) else digits}f}"
        for each in (rate["value"], rate["low"], rate["high"])
    )
    return f"{value} % ({low} to {high} %)"


def digits_of(rate: Mapping[str, Any]) -> int:
    """Find the decimals of a percentage that the interval of a Rate supports."""
    width = rate["high"] - rate["low"]
    return 0 if width >= 0.05 else 1 if width >= 0.005 else 2


def percent_in_words(mean: Interval | None, of: str = "seed") -> str:
    """Write an Interval of shares: "99.33 ± 0.04 % (n = 5 seeds)"; a single value has none."""
    if mean is None:
        return MISSING
    if mean["ci95"] is None:
        return f"{100 * mean['mean']:.2f} % ({counted(mean['n'], of)})"
    return f"{100 * mean['mean']:.2f} ± {100 * mean['ci95']:.2f} % ({counted(mean['n'], of)})"


def points_in_words(difference: Interval, of: str = "seed") -> str:
    """Write a difference of shares: "+0.04 ± 0.07 points (n = 5 seeds)"."""
    half_width = "" if difference["ci95"] is None else f" ± {100 * difference['ci95']:.2f}"
    text = f"{100 * difference['mean']:+.2f}{half_width} points ({counted(difference['n'], of)})"
    return text.replace("-", "−")


def median_in_words(median: Median | None) -> str:
    """Write a Median: "0.37 (0.31 to 0.44), n = 20"."""
    if median is None:
        return MISSING
    limits = "" if median["low"] is None else f" ({median['low']:.2f} to {median['high']:.2f})"
    return f"{median['value']:.2f}{limits}, n = {median['n']}"


def mean_in_words(mean: Interval, of: str) -> str:
    """Write an Interval: "0.05 ± 0.07 (n = 20 photos)"."""
    half_width = "" if mean["ci95"] is None else f" ± {mean['ci95']:.2g}"
    return f"{mean['mean']:.2g}{half_width} ({counted(mean['n'], of)})"


def success_in_words(success: list[bool]) -> str:
    """Write how many attacks succeeded: "9 of 10"."""
    return f"{sum(success):,} of {len(success):,}"


def counted(number: int, noun: str) -> str:
    """Write "n = 1 seed" or "n = 5 seeds"."""
    return f"n = {number} {noun}{'s' if number > 1 else ''}"

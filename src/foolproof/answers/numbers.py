"""Numbers and intervals in words, with no more digits than their interval supports."""

from collections.abc import Mapping, Sequence
from math import floor, log10
from typing import Any, Literal

from foolproof.compute.words import digits_of

SPACE = "\u00a0"
"""That does not break."""

MINUS = "\u2212"

Side = Literal["above", "below", "straddles", "unknown"]


def fixed(number: float, digits: int) -> str:
    """Write exactly so many decimals, halves away from zero, with a true minus; never "−0.00"."""
    scaled = floor(abs(number) * 10**digits + 0.5)
    figures = str(scaled).rjust(digits + 1, "0")
    whole, decimals = figures[: len(figures) - digits], figures[len(figures) - digits :]
    sign = MINUS if number < 0 and scaled else ""
    return f"{sign}{whole}{'.' if digits else ''}{decimals}"


def count(number: float) -> str:
    """Write a whole number in groups of three: 799,078."""
    return f"{int(number):,}".replace("-", MINUS)


def significant(number: float, digits: int = 2) -> str:
    """Write at least so many significant digits, for numbers that span orders of magnitude."""
    if number == 0:
        return "0"
    return fixed(number, max(0, digits - 1 - floor(log10(abs(number)))))


def scientific(number: float, digits: int = 2) -> str:
    """Write 6.1 · 10^-6 as a formula; numbers from 0.001 on as decimals."""
    if number == 0 or abs(number) >= 0.001:
        return significant(number, digits)
    mantissa, _, exponent = f"{number:.{digits - 1}e}".partition("e")
    return f"${mantissa} dot 10^({int(exponent)})$"


def factor(ratio: float) -> str:
    """Write a large ratio as a whole number, a small one with two significant digits."""
    return count(floor(ratio + 0.5)) if ratio >= 100 else significant(ratio)


def percent(fraction: float, digits: int = 2) -> str:
    """Write a fraction in per cent."""
    return f"{fixed(100 * fraction, digits)}{SPACE}%"


def short_percent(fraction: float) -> str:
    """Write a fraction in per cent with as few decimals as it has: 90 %, 99.9 %."""
    return f"{round(100 * fraction, 6):g}{SPACE}%"


def bounded_percent(share: float) -> str:
    """Write a probability in per cent that is 0 or 100 % for these values only."""
    if 0.9995 <= share < 1:
        return f"> 99.9{SPACE}%"
    if 0 < share < 0.0005:
        return f"< 0.1{SPACE}%"
    return percent(share, 1)


def percent_or_dash(share: float | None, digits: int = 1) -> str:
    """Write a fraction in per cent, or a dash for None."""
    return "–" if share is None else percent(share, digits)


def points(fraction: float, digits: int = 2, *, signed: bool = False) -> str:
    """Write a difference of fractions in percentage points, with a plus if `signed`."""
    return f"{'+' if signed and fraction > 0 else ''}{fixed(100 * fraction, digits)}"


def plus_minus(
    interval: Mapping[str, Any], *, scale: float = 1, digits: int = 2, unit: str = ""
) -> str:
    """Write an Interval as mean ± half the 95 % interval; one value alone has none."""
    text = fixed(scale * interval["mean"], digits)
    if interval["ci95"] is not None:
        text += f" ± {fixed(scale * interval['ci95'], digits)}"
    return text + (SPACE + unit if unit else "")


def percent_interval(interval: Mapping[str, Any], digits: int = 2) -> str:
    """Write an Interval of a fraction in per cent."""
    return plus_minus(interval, scale=100, digits=digits, unit="%")


def mean_text(interval: Mapping[str, Any], *, scale: float = 1, digits: int = 2) -> str:
    """Write an Interval with its n: "3.57 ± 0.41 (n = 10)"."""
    return f"{plus_minus(interval, scale=scale, digits=digits)} (n = {count(interval['n'])})"


def signed_points(interval: Mapping[str, Any], digits: int = 1) -> str:
    """Write an Interval of differences of fractions: "+56.1 ± 18.2"."""
    text = points(interval["mean"], digits, signed=True)
    if interval["ci95"] is not None:
        text += f" ± {fixed(100 * interval['ci95'], digits)}"
    return text


def points_interval(interval: Mapping[str, Any], digits: int = 1) -> str:
    """Write an Interval of differences of fractions: "+56.1 ± 18.2 points"."""
    return f"{signed_points(interval, digits)} points"


def counted(number: float, noun: str, plural: str = "") -> str:
    """Write a number with its noun: "one seed", "5 seeds"."""
    return f"one {noun}" if number == 1 else f"{count(number)} {plural or noun + 's'}"


def so_many(number: int, of: int) -> str:
    """Write "all 3", "none of the 3", "2 of the 3"."""
    return f"all {of}" if number == of else f"{number or 'none'} of the {of}"


def shape(sides: Sequence[int]) -> str:
    """Write 1 × 28 × 28, or 1,568."""
    return f"{SPACE}×{SPACE}".join(map(count, sides))


def listed(items: Sequence[str]) -> str:
    """Join to "a, b and c"."""
    return " and ".join([", ".join(items[:-1]), items[-1]] if len(items) > 1 else items)


def p_value(p: float) -> str:
    """Write a p-value with two digits, "p < 0.001" below."""
    return "_p_ < 0.001" if p < 0.001 else f"_p_ = {significant(p)}"


# ---- Rates, medians, ratios ------------------------------------------------------------------


def rate_interval(rate: Mapping[str, Any], over: str = "") -> str:
    """Write a Rate: "35 of 50 (70 %, 95 % interval 56–81 %)", with the digits that it supports.

    Args:
        rate: its count, n, value and interval.
        over: what the interval is over, where that is not the n trials.
    """
    digits = digits_of(rate)

    def shown(share: float) -> str:
        return fixed(100 * share, 0 if share in (0, 1) else digits)

    return (
        f"{count(rate['count'])} of {count(rate['n'])} ({shown(rate['value'])}{SPACE}%, "
        f"95{SPACE}% interval {shown(rate['low'])}–{shown(rate['high'])}{SPACE}%{over})"
    )


def rate_text(rate: Mapping[str, Any] | None, unit: str = "image") -> str:
    """Write a Rate; that of clustered trials with what its interval is over."""
    if rate is None:
        return "–"
    clusters = rate.get("clusters")
    return rate_interval(rate, f" over {counted(clusters, unit)}" if clusters else "")


def k_of_n(rate: Mapping[str, Any] | None) -> str:
    """Write a Rate without its interval: "19 of 20"."""
    return "–" if rate is None else f"{count(rate['count'])} of {count(rate['n'])}"


def count_cell(rate: Mapping[str, Any] | None) -> str:
    """Write a Rate in a table: "19 of 20 (76–99 %)"."""
    if rate is None:
        return "–"
    return f"{k_of_n(rate)} ({fixed(100 * rate['low'], 0)}–{fixed(100 * rate['high'], 0)}{SPACE}%)"


def rate_cell(rate: Mapping[str, Any] | None, digits: int = 1) -> str:
    """Write a Rate in a table in per cent: "5.0 (3.8–6.6)"."""
    if rate is None:
        return "–"
    value, low, high = (fixed(100 * rate[key], digits) for key in ("value", "low", "high"))
    return f"{value}{SPACE}({low}–{high})"


def value_cell(found: Mapping[str, Any] | None, digits: int = 2) -> str:
    """Write a Median or Ratio in a table: "0.83 (0.65–1.06)"."""
    if found is None:
        return "–"
    text = fixed(found["value"], digits)
    if found["low"] is not None:
        text += f" ({fixed(found['low'], digits)}–{fixed(found['high'], digits)})"
    return text


def ratio_interval(
    ratio: Mapping[str, Any], digits: int = 2, name: str = f"95{SPACE}% interval "
) -> str:
    """Write a Ratio: "0.83 (95 % interval 0.65–1.06, n = 5)"."""
    limits = ""
    if ratio["low"] is not None:
        limits = f"{name}{fixed(ratio['low'], digits)}–{fixed(ratio['high'], digits)}, "
    return f"{fixed(ratio['value'], digits)} ({limits}n = {ratio['n']})"


def difference_text(found: Mapping[str, Any]) -> str:
    """Write a difference of proportions: "+6.1 points (95 % interval 4.2 to 8.0, n = 991)"."""
    low, high = ends_of(found)
    value = found["value"] if "value" in found else found["mean"]
    limits = ""
    if low is not None and high is not None:
        limits = f"95{SPACE}% interval {points(low, 1)} to {points(high, 1)}, "
    return f"{points(value, 1, signed=True)} points ({limits}n = {count(found['n'])})"


# ---- What a measurement supports -------------------------------------------------------------


def ends_of(interval: Mapping[str, Any]) -> tuple[float, float] | tuple[None, None]:
    """Find the ends of the 95 % interval of an Interval, Rate, Ratio or Median."""
    if "low" in interval:
        return interval["low"], interval["high"]
    if interval["ci95"] is None:
        return None, None
    return interval["mean"] - interval["ci95"], interval["mean"] + interval["ci95"]


def side_of(interval: Mapping[str, Any], reference: float = 0) -> Side:
    """Say where a 95 % interval lies relative to a reference value."""
    low, high = ends_of(interval)
    if low is None or high is None:
        return "unknown"
    return "above" if low > reference else "below" if high < reference else "straddles"


def is_above(found: Mapping[str, Any] | None, reference: float = 0) -> bool:
    """Say whether an interval is there and lies above a reference value."""
    return found is not None and side_of(found, reference) == "above"


def majority(rate: Mapping[str, Any]) -> Side:
    """Say where a rate lies relative to one half."""
    return side_of(rate, 0.5)


def moves_by(
    found: Mapping[str, Any],
    *,
    scale: float = 1,
    digits: int = 2,
    unit: str = "",
    of: str = "images",
) -> str:
    """Say how a mean difference moves: "rises by 0.20 ± 0.01", or that no change can be shown."""
    size = plus_minus({**found, "mean": abs(found["mean"])}, scale=scale, digits=digits, unit=unit)
    return {
        "above": f"rises by {size}",
        "below": f"falls by {size}",
        "unknown": f"has no interval, with too few {of}",
        "straddles": "does not change significantly "
        f"({plus_minus(found, scale=scale, digits=digits, unit=unit)})",
    }[side_of(found)]


def change(before: float, after: float, digits: int = 2) -> str:
    """Say the direction between two numbers: "stays at", "rises to", "falls to"."""
    if fixed(before, digits) == fixed(after, digits):
        return "stays at"
    return "rises to" if after > before else "falls to"

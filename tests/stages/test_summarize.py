"""The main numbers of `summarize`."""

from collections.abc import Mapping
from typing import Any

import pytest

from stages.summarize import GROUPS, SUMMARY, number_at, summary

PLACES = [place for places in SUMMARY.values() for place in places.values()]


def nested(place: str, number: float | None) -> dict[str, Any]:
    """Make groups with one number."""
    head, _, rest = place.partition(".")
    return {head: nested(rest, number) if rest else number}


@pytest.mark.parametrize("place", PLACES)
def test_every_number_is_found_at_its_place(place: str) -> None:
    assert number_at(nested(place, 0.5), place) == 0.5


def test_a_null_on_the_way_is_null() -> None:
    assert number_at({"attacks": {"minimal": None}}, "attacks.minimal.median_l2.value") is None


def test_a_missing_number_is_an_error() -> None:
    with pytest.raises(KeyError, match="median_l2"):
        number_at({"attacks": {"minimal": {}}}, "attacks.minimal.median_l2.value")


def test_numbers_are_nested_by_sheet() -> None:
    found: dict[str, Any] = {}

    def merge(into: dict[str, Any], more: Mapping[str, Any]) -> None:
        for key, value in more.items():
            if isinstance(value, Mapping):
                merge(into.setdefault(key, {}), value)
            else:
                into[key] = value

    for number, place in enumerate(PLACES):
        merge(found, nested(place, number))
    made = summary(found)
    assert list(made) == ["ee6132", "cis680", "cs5787", "huji67103"]
    assert [value for of_sheet in made.values() for value in of_sheet.values()] == [
        float(number) for number in range(len(PLACES))
    ]


def test_places_are_in_the_groups() -> None:
    assert {place.partition(".")[0] for place in PLACES} <= set(GROUPS)

"""Nearest names and replacements of unknown names."""

import pytest

from foolproof.photos.names import find_or_replace, nearest_names


def test_nearest_names_are_sorted_by_similarity() -> None:
    assert nearest_names("tea", ["cup", "teapot", "team", "car"]) == "team, teapot, car"
    assert nearest_names("tea", ["cup"]) == "cup"


@pytest.mark.parametrize(
    ("requested", "found"),
    [
        (["c", "a"], [2, 0]),
        (["x", "a"], [1, 0]),
        (["x", "y", "a"], [1, 2, 0]),
        (["x", "y", "z", "b"], [0, 2, None, 1]),
        (["a", "a"], [0, 0]),
    ],
)
def test_unknown_name_is_replaced_by_the_first_not_requested(
    requested: list[str], found: list[int | None]
) -> None:
    assert find_or_replace(requested, ["a", "b", "c"]) == found

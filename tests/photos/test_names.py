"""Names that are not there."""

import pytest

from foolproof.photos.names import find_or_replace, nearest_names


def test_the_nearest_names_are_the_most_similar_first() -> None:
    assert nearest_names("tea", ["cup", "teapot", "team", "car"]) == "team, teapot, car"
    assert nearest_names("tea", ["cup"]) == "cup"


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        (["c", "a"], [2, 0]),
        (["x", "a"], [1, 0]),
        (["x", "y", "a"], [1, 2, 0]),
        (["x", "y", "z", "b"], [0, 2, None, 1]),
        (["a", "a"], [0, 0]),
    ],
)
def test_the_first_name_that_nobody_wants_replaces_an_unknown_one(
    wanted: list[str], found: list[int | None]
) -> None:
    assert find_or_replace(wanted, ["a", "b", "c"]) == found

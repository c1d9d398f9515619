"""The inline markup of answers."""

import pytest

from foolproof.answers.markup import code, parse, plain, without_markup


@pytest.mark.parametrize(
    ("text", "runs"),
    [
        ("a *b* c", [("text", "a "), ("strong", "b"), ("text", " c")]),
        ("_p_ < 0.001", [("emph", "p"), ("text", " < 0.001")]),
        ("the stage train_bn and 2*3*4", [("text", "the stage train_bn and 2*3*4")]),
        ("`a_b` and $x^2$", [("code", "a_b"), ("text", " and "), ("math", "x^2")]),
        ("see @fig-x.", [("text", "see "), ("ref", "fig-x"), ("text", ".")]),
        ("is $ x^2 $ and", [("text", "is "), ("math", " x^2 "), ("text", "and")]),
        (r"5 \$ \@x", [("text", "5 $ @x")]),
        ("", []),
    ],
)
def test_markup_is_taken_apart(text: str, runs: list[tuple[str, str]]) -> None:
    assert [(run["style"], run["text"]) for run in parse(text)] == runs


@pytest.mark.parametrize("name", ["a_b_c.png", "*star*", "$x$ @me", "back\\slash", "two `ticks`"])
def test_names_from_data_hold_no_markup(name: str) -> None:
    assert without_markup(plain(name)) == name
    assert [run["style"] for run in parse(code(name))] == ["code"]

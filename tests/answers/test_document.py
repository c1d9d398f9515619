"""Reports as JSON: blocks, sources, labels."""

from typing import Any

import pytest

from foolproof.answers.document import (
    Answer,
    Code,
    Figure,
    Listing,
    Paragraph,
    Part,
    Report,
    Settings,
    Table,
    source_of,
)
from foolproof.core.errors import FoolproofError


def report(*evidence: Any) -> Report:
    answer = Answer(number="1", question="How *much*?", answer="Two.", evidence=evidence)
    return Report(
        sheet="ee6132",
        title="Title",
        subtitle="Subtitle",
        overview=Figure(path="plots/a.png", caption="A.", label="fig-a"),
        parts=[Part(title="Part", content=[answer])],
    )


def evidence(*blocks: Any) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = report(*blocks).to_json()["parts"][0]["content"][0]["evidence"]
    return found


def test_texts_become_runs() -> None:
    table = Table(caption="_C_", header=["a"], rows=[["`b`"]])
    (found,) = evidence(table)
    assert found["kind"] == "table"
    assert found["caption"] == [{"style": "emph", "text": "C"}]
    assert found["rows"] == [[[{"style": "code", "text": "b"}]]]


def test_commands_and_settings_hold_no_markup() -> None:
    listing, settings = evidence(Listing("make *all*"), Settings([("train", [("a_b", "*c*")])]))
    assert listing["text"] == "make *all*"
    assert settings["sections"] == [{"name": "train", "rows": [("a_b", "*c*")]}]


def test_without_a_glance_the_answer_is_at_a_glance() -> None:
    answer = report().to_json()["parts"][0]["content"][0]
    assert answer["glance"] == answer["answer"] == [{"style": "text", "text": "Two."}]


@pytest.mark.parametrize(
    ("blocks", "message"),
    [
        ([Paragraph("See @fig-none.")], "references to nothing: fig-none"),
        ([Figure(path="b.png", caption="B.", label="fig-a")], "labels that are there twice: fig-a"),
    ],
)
def test_references_lead_to_one_figure(blocks: list[Any], message: str) -> None:
    with pytest.raises(FoolproofError, match=message):
        report(*blocks).to_json()


def test_source_is_a_function_with_the_first_line_of_its_docstring() -> None:
    (found,) = evidence(Code(function="answers.numbers:listed"))
    assert found["source"].startswith('def listed(items: Sequence[str]) -> str:\n    """Join to')
    long = source_of("training.loop:train")
    assert '    """Train on cross-entropy with label smoothing' in long
    assert "Args:" not in long
    assert "optimizers = make_optimizers" in long


def test_source_of_a_method_starts_at_the_margin() -> None:
    assert source_of("training.muon:Muon.step").startswith("def step(self")


@pytest.mark.parametrize(
    ("function", "message"),
    [
        ("answers.nowhere:listed", "there is no module"),
        ("answers.numbers:nothing", "has no nothing"),
        ("training.muon:Muon.nothing", "has no nothing"),
    ],
)
def test_a_function_that_is_not_there_is_named(function: str, message: str) -> None:
    with pytest.raises(FoolproofError, match=message):
        source_of(function)

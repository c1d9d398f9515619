"""docs/QUESTIONS.md agrees with docs/questions.yaml, dvc.yaml and the reports."""

from collections import Counter

import pytest

from foolproof.core.errors import FoolproofError
from tests.answers.declared import covers
from tests.pipeline.test_declarations import STAGES as DVC_STAGES
from tools.questions import (
    DOCUMENT,
    Question,
    document,
    figures_of,
    is_defined,
    questions_of,
    read_questions,
    read_stages,
)

QUESTIONS = read_questions()
STAGES = read_stages()


def test_document_is_what_the_tool_writes() -> None:
    assert DOCUMENT.read_text(encoding="utf-8") == document(QUESTIONS, STAGES)


def test_every_question_has_a_stage() -> None:
    linked = {key for stage in STAGES.values() for key in questions_of(stage)}
    assert linked == {question.key for question in QUESTIONS}


def test_every_stage_in_a_report_has_a_question() -> None:
    shown = [
        dep.def_path
        for sheet in {question.sheet for question in QUESTIONS}
        for dep in DVC_STAGES[f"report_{sheet}"].deps
    ]
    in_reports = {
        stage.name.partition("@")[0]
        for stage in DVC_STAGES.values()
        if any(
            covers(out.def_path, path) or covers(path, out.def_path)
            for out in stage.outs
            for path in shown
        )
    }
    with_question = {name for name, stage in STAGES.items() if questions_of(stage)}
    beyond_the_sheets = {"evaluate_robustness", "draw_robust_accuracy"}
    assert in_reports - with_question == {"download"} | beyond_the_sheets


def test_no_stage_names_a_question_twice() -> None:
    for name, stage in STAGES.items():
        assert max(Counter(questions_of(stage)).values(), default=1) == 1, name


@pytest.mark.parametrize("question", QUESTIONS, ids=lambda question: question.key)
def test_question_is_short_and_its_function_exists(question: Question) -> None:
    assert len(question.text.split()) <= 12
    assert is_defined(question.function), question.function


@pytest.mark.parametrize("function", ["foolproof.nowhere:run", "foolproof.core.files:missing"])
def test_missing_module_or_function_is_noticed(function: str) -> None:
    assert not is_defined(function)
    question = Question("cs5787", "5", "Adder", function)
    stages = {"adder": {"cmd": "python stages/adder.py", "meta": {"question": ["cs5787-5"]}}}
    with pytest.raises(FoolproofError, match=function):
        document([question], stages)


def test_question_without_a_stage_is_an_error() -> None:
    with pytest.raises(FoolproofError, match=r"no stage has cs5787-5 in meta\.question"):
        document([Question("cs5787", "5", "Adder", "foolproof.toys.adder:add")], {})


def test_items_of_a_foreach_share_their_figures() -> None:
    assert figures_of(STAGES["draw_curves"]) == ["curves"]
    assert figures_of(STAGES["train_bn"]) == []

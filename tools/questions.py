"""docs/QUESTIONS.md: where each question of the sheets is answered.

    python -m tools.questions

It joins docs/questions.yaml with the `meta: {question: [...]}` of the stages in dvc.yaml. Figure
modules follow from the imports of a stage's script.
"""

import ast
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from foolproof.core.errors import FoolproofError
from foolproof.core.files import atomic_write
from foolproof.core.stage import run_tool
from tools.deps import DVC_YAML, ROOT, imported_names, module_path, scripts_of

QUESTIONS = ROOT / "docs" / "questions.yaml"
DOCUMENT = ROOT / "docs" / "QUESTIONS.md"

NOT_FIGURES = {"mosaic", "predicted_image", "style"}
"""Modules of `foolproof.figures` that several figures share."""

HEAD = """# Questions

Written by `python -m tools.questions`. The question numbers are those of the reports; a stage of
this table runs with `dvc repro STAGE`.
"""


@dataclass(frozen=True)
class Question:
    """A question of a sheet."""

    sheet: str
    number: str
    text: str
    """In our own words."""

    function: str
    """That answers it, as `module:function`."""

    @property
    def key(self) -> str:
        """Its name in dvc.yaml, such as `cs5787-4.1`."""
        return f"{self.sheet}-{self.number}"


def read_questions(path: Path = QUESTIONS) -> list[Question]:
    """Read the questions of all sheets."""
    sheets = yaml.safe_load(path.read_text(encoding="utf-8"))
    return [
        Question(sheet, number, text, function)
        for sheet, questions in sheets.items()
        for number, (text, function) in questions.items()
    ]


def read_stages(path: Path = DVC_YAML) -> dict[str, dict[str, Any]]:
    """Read the stages of dvc.yaml; the `do` of a `foreach` with its keys as `items`."""
    stages = yaml.safe_load(path.read_text(encoding="utf-8"))["stages"]
    return {
        name: {**stage["do"], "items": list(stage["foreach"])} if "do" in stage else stage
        for name, stage in stages.items()
    }


def questions_of(stage: Mapping[str, Any]) -> list[str]:
    """List the keys of the questions that a stage helps to answer."""
    keys: list[str] = stage.get("meta", {}).get("question", [])
    return keys


def figures_of(stage: Mapping[str, Any]) -> list[str]:
    """List the figure modules that the script of a stage imports."""
    scripts = scripts_of(stage["cmd"], map(str, stage.get("items", [""])))
    names = set().union(*map(imported_names, scripts))
    modules = {
        name.removeprefix("foolproof.figures.")
        for name in names
        if name.startswith("foolproof.figures.") and module_path(name)
    }
    return sorted(modules - NOT_FIGURES)


def is_defined(function: str) -> bool:
    """Tell whether the module of `module:function` defines a function or class of that name."""
    module, _, name = function.partition(":")
    path = module_path(module)
    body = ast.parse(path.read_text(encoding="utf-8")).body if path else []
    return any(
        isinstance(node, ast.FunctionDef | ast.ClassDef) and node.name == name for node in body
    )


def document(questions: Sequence[Question], stages: Mapping[str, Mapping[str, Any]]) -> str:
    """Build the text of docs/QUESTIONS.md.

    Raises:
        FoolproofError: naming a question without a stage, or a function that is missing.
    """
    parts = [HEAD]
    for sheet in dict.fromkeys(question.sheet for question in questions):
        lines = [
            f"## {sheet.upper()}\n",
            f"Report: `reports/{sheet}.pdf`, by `dvc repro report_{sheet}`.\n",
            "| | question | stages | function | figures |",
            "|---|---|---|---|---|",
        ]
        lines += [_line(question, stages) for question in questions if question.sheet == sheet]
        parts.append("\n".join(lines) + "\n")
    return "\n".join(parts)


def _line(question: Question, stages: Mapping[str, Mapping[str, Any]]) -> str:
    names = [name for name, stage in stages.items() if question.key in questions_of(stage)]
    if not names:
        raise FoolproofError(f"dvc.yaml: no stage has {question.key} in meta.question")
    if not is_defined(question.function):
        raise FoolproofError(f"{QUESTIONS}: {question.key}: there is no {question.function}")
    figures = dict.fromkeys(figure for name in names for figure in figures_of(stages[name]))
    cells = (
        question.number,
        question.text,
        _code(names),
        _code([question.function]),
        _code([f"figures/{figure}.py" for figure in figures]) or "–",
    )
    return f"| {' | '.join(cells)} |"


def _code(names: Sequence[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)


def main() -> None:
    """Write docs/QUESTIONS.md."""
    text = document(read_questions(), read_stages())
    with atomic_write(DOCUMENT) as temporary:
        temporary.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    run_tool(main)

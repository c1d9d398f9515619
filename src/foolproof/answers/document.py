"""What a report consists of, and its form as JSON.

A report has parts, a part has answers and blocks that belong to no question. All texts are in the
markup of `foolproof.answers.markup`.
"""

import ast
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from pathlib import Path
from textwrap import dedent
from typing import Any

from foolproof.answers.markup import parse
from foolproof.core.errors import FoolproofError

PACKAGE = Path(__file__).parents[1]

MARKED = ("text", "items", "caption", "beside", "header", "rows")
"""Fields of blocks that hold markup."""


@dataclass(frozen=True)
class Paragraph:
    """Running text."""

    text: str


@dataclass(frozen=True)
class Bullets:
    """A list of short texts."""

    items: Sequence[str]


@dataclass(frozen=True)
class Note:
    """A remark in small print."""

    text: str


@dataclass(frozen=True)
class Warn:
    """What changes the meaning of the results, in a coloured box."""

    text: str


@dataclass(frozen=True, kw_only=True)
class Figure:
    """A picture of the pipeline with a caption that stands alone."""

    path: str
    """Below the root of the repository, such as `plots/occlude/maps.png`."""

    caption: str
    label: str = ""
    width: int = 100
    """Per cent of the text's width."""

    beside: str = ""
    """Text to its left, which then takes what `width` leaves."""


@dataclass(frozen=True, kw_only=True)
class Table:
    """A table with a caption that stands alone."""

    caption: str
    header: Sequence[str]
    rows: Sequence[Sequence[str]]
    label: str = ""
    texts: int = 1
    """Number of columns, from the first, that are text; the others are numbers."""

    wide: int = 0
    """Number of columns, from the last, whose text wraps in what the others leave."""

    shades: Sequence[Sequence[float | None]] = ()
    """Of each cell right of the first column, from 0 to 1, where the table is a matrix."""


@dataclass(frozen=True, kw_only=True)
class Code:
    """A function's source, taken from the package when the answers are written."""

    function: str
    """As `module:function` or `module:Class.method`, below `foolproof`."""


@dataclass(frozen=True)
class Derivation:
    """A derivation with formulae: a template below `reports/derivations` that exports `body`."""

    template: str


@dataclass(frozen=True)
class Listing:
    """Commands, or other text in the typeface of code."""

    text: str


@dataclass(frozen=True)
class Settings:
    """Sections of params.yaml with their (name, value) rows, in two columns."""

    sections: Sequence[tuple[str, Sequence[tuple[str, str]]]]


Block = Paragraph | Bullets | Note | Warn | Figure | Table | Code | Derivation | Listing | Settings


@dataclass(frozen=True, kw_only=True)
class Answer:
    """The answer to a question of a sheet."""

    number: str
    """Of the question, as in docs/questions.yaml."""

    question: str
    """In our own words."""

    answer: str
    """Begins with what was asked for, at most three lines."""

    glance: str = ""
    """One line for the table on the first page; where left out, that is the answer."""

    rule: str = ""
    """How the sentence follows from the numbers."""

    numbers: Mapping[str, Any] = field(default_factory=dict)
    """What the sentence depends on."""

    evidence: Sequence[Block] = ()


@dataclass(frozen=True, kw_only=True)
class Part:
    """A part of a sheet."""

    title: str
    content: Sequence[Answer | Block]


@dataclass(frozen=True, kw_only=True)
class Report:
    """A report: what `reports/layout.typ` and `reports/index.typ` lay out."""

    sheet: str
    title: str
    subtitle: str
    overview: Figure
    """The picture on the first page."""

    parts: Sequence[Part]
    warnings: Sequence[str] = ()
    data: str = ""
    """Which data are real, and where they are from."""

    references: Sequence[str] = ()
    code: Sequence[str] = ()
    """Functions of the code appendix, as in `Code`."""

    def answers(self) -> list[Answer]:
        """List the answers in their order."""
        return [each for part in self.parts for each in part.content if isinstance(each, Answer)]

    def to_json(self) -> dict[str, Any]:
        """Convert to what the templates read; texts become lists of runs.

        Raises:
            FoolproofError: for a label that is referred to but not there, or there twice.
        """
        data = {
            "sheet": self.sheet,
            "title": self.title,
            "subtitle": self.subtitle,
            "overview": _block(self.overview),
            "warnings": [parse(each) for each in self.warnings],
            "data": parse(self.data),
            "parts": [
                {"title": part.title, "content": [_content(each) for each in part.content]}
                for part in self.parts
            ],
            "references": [parse(each) for each in self.references],
            "code": [_block(Code(function=each)) for each in self.code],
        }
        check_labels(data)
        return data


def _content(each: Answer | Block) -> dict[str, Any]:
    """Convert an answer or a block."""
    if not isinstance(each, Answer):
        return _block(each)
    return {
        "kind": "answer",
        "number": each.number,
        "question": parse(each.question),
        "answer": parse(each.answer),
        "glance": parse(each.glance or each.answer),
        "rule": each.rule,
        "numbers": dict(each.numbers),
        "evidence": [_block(block) for block in each.evidence],
    }


def _block(block: Block) -> dict[str, Any]:
    """Convert a block; its texts become runs."""
    if isinstance(block, Code):
        return {"kind": "code", "function": block.function, "source": source_of(block.function)}
    values = {each.name: getattr(block, each.name) for each in fields(block)}
    if isinstance(block, Settings):
        return {
            "kind": "settings",
            "sections": [{"name": name, "rows": list(rows)} for name, rows in block.sections],
        }
    marked = {key: _parsed(values[key]) for key in MARKED if key in values}
    if isinstance(block, Listing):
        marked = {}
    return {"kind": type(block).__name__.lower(), **values, **marked}


def _parsed(text: str | Sequence[Any]) -> list[Any]:
    """Take apart a text, or each of nested ones."""
    return parse(text) if isinstance(text, str) else [_parsed(each) for each in text]


def source_of(function: str) -> str:
    """Read a function's source from its module, without importing it, and with a short docstring.

    Args:
        function: as `module:function` or `module:Class.method`, below `foolproof`.

    Raises:
        FoolproofError: when there is no such module or function.
    """
    module, _, name = function.partition(":")
    path = PACKAGE.joinpath(*module.split(".")).with_suffix(".py")
    if not path.is_file():
        raise FoolproofError(f"{function}: there is no module {path}")
    text = path.read_text(encoding="utf-8")
    body: Sequence[ast.stmt] = ast.parse(text).body
    found: ast.stmt | None = None
    for part in name.split("."):
        found = next((each for each in body if getattr(each, "name", None) == part), None)
        if found is None:
            raise FoolproofError(f"{function}: {path} has no {part}")
        body = getattr(found, "body", [])
    assert found is not None, "a name has at least one part"
    return _with_short_docstring(text.splitlines(), found)


def _with_short_docstring(lines: Sequence[str], found: ast.stmt) -> str:
    """Cut the lines of a function out; of its docstring the first line stays."""
    assert found.end_lineno is not None, "a statement that was parsed has a place"
    kept = list(lines[: found.end_lineno])
    match getattr(found, "body", [None])[0]:
        case ast.Expr(value=ast.Constant(value=str(docstring))) as statement:
            first = docstring.splitlines()[0]
            indent = " " * statement.col_offset
            kept[statement.lineno - 1 : statement.end_lineno] = [f'{indent}"""{first}"""']
    return dedent("\n".join(kept[found.lineno - 1 :]))


def check_labels(data: Mapping[str, Any]) -> None:
    """Check that each reference leads to one figure or table.

    Raises:
        FoolproofError: for a label that is referred to but not there, or there twice.
    """
    labels: list[str] = []
    references: set[str] = set()

    def visit(value: Any) -> None:
        if isinstance(value, Mapping):
            if value.get("label"):
                labels.append(value["label"])
            if value.get("style") == "ref":
                references.add(value["text"])
            for each in value.values():
                visit(each)
        elif isinstance(value, list):
            for each in value:
                visit(each)

    visit(data)
    if twice := sorted({each for each in labels if labels.count(each) > 1}):
        raise FoolproofError(f"labels that are there twice: {', '.join(twice)}")
    if missing := sorted(references - set(labels)):
        raise FoolproofError(f"references to nothing: {', '.join(missing)}")


def pictures_of(data: Any) -> set[str]:
    """List the paths of the figures in a report's JSON."""
    if isinstance(data, list):
        return set().union(*map(pictures_of, data))
    if not isinstance(data, Mapping):
        return set()
    own = {data["path"]} if data.get("kind") == "figure" else set[str]()
    return own.union(*map(pictures_of, data.values()))

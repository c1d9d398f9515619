"""The words of answers and blocks, for the tests of the sheet."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import fields, is_dataclass
from typing import Any

from foolproof.answers.document import MARKED, Answer, Block
from foolproof.answers.markup import without_markup

ANSWERED = ("question", "answer", "evidence")
"""Fields of an answer that a reader of its section sees."""


def words(*parts: Answer | Block) -> str:
    """Join all texts without markup, with ordinary spaces."""
    return " ".join(without_markup(each) for each in _texts(parts)).replace("\u00a0", " ")


def _texts(value: Any) -> Iterable[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Sequence):
        for each in value:
            yield from _texts(each)
    elif is_dataclass(value) and not isinstance(value, type):
        shown = ANSWERED if isinstance(value, Answer) else MARKED
        for each in fields(value):
            if each.name in shown:
                yield from _texts(getattr(value, each.name))


def changed(record: Mapping[str, Any], **changes: Any) -> dict[str, Any]:
    """Copy a record with other values at its top."""
    return {**record, **changes}

"""The text of answers, for tests."""

from typing import Any

from foolproof.answers.document import Answer, Block, Code
from foolproof.answers.markup import without_markup


def text_of_answer(answer: Answer) -> str:
    """Join question, answer and the texts of the evidence without markup; code is left out."""
    parts = [answer.question, answer.answer, *map(text_of_block, answer.evidence)]
    return without_markup("\n".join(parts))


def text_of_block(block: Block) -> str:
    """Join the texts of a block."""
    if isinstance(block, Code):
        return ""
    return "\n".join(_texts(list(vars(block).values())))


def _texts(value: Any) -> list[str]:
    if isinstance(value, str):
        return [value]
    if isinstance(value, list | tuple):
        return [text for each in value for text in _texts(each)]
    return []

"""The words of an answer, as tests compare them."""

from collections.abc import Iterator
from typing import Any

from foolproof.answers.document import Answer, Block, Bullets, Figure, Paragraph, Table


def plain(text: str) -> str:
    """Replace spaces that do not break."""
    return text.replace("\u00a0", " ")


def words(answer: Answer) -> str:
    """Join all texts of an answer; cells of tables are separated by bars."""
    return plain(" ".join([answer.answer, *_texts(answer.evidence)]))


def _texts(blocks: Any) -> Iterator[str]:
    for block in blocks:
        yield from _text(block)


def _text(block: Block) -> Iterator[str]:
    if isinstance(block, Paragraph):
        yield block.text
    elif isinstance(block, Bullets):
        yield from block.items
    elif isinstance(block, Figure):
        yield f"{block.beside} {block.caption}"
    elif isinstance(block, Table):
        yield block.caption
        yield from (" | ".join(row) for row in (block.header, *block.rows))


def table(answer: Answer, label: str) -> Table:
    """Find the table with a label."""
    (found,) = [each for each in answer.evidence if isinstance(each, Table) and each.label == label]
    return found

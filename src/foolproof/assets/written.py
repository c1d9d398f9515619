"""Texts and tables as people write them: by editors and spreadsheets, on any system."""

import codecs
import csv
from io import StringIO

from foolproof.assets.errors import AssetError

# By their marks at the beginning of a file.
ENCODINGS = {
    codecs.BOM_UTF8: "utf-8-sig",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}

DELIMITERS = ",;\t"
"""The first of them that the header has; spreadsheets use the second where the comma is decimal."""


def decode_text(content: bytes, name: str) -> str:
    """Decode a text in UTF-8, or in what its byte order mark says.

    Args:
        content: of the file.
        name: of the file, for the message.

    Raises:
        AssetError: when it is neither.
    """
    marked = (each for mark, each in ENCODINGS.items() if content.startswith(mark))
    try:
        return content.decode(next(marked, "utf-8"))
    except UnicodeDecodeError as error:
        raise AssetError(
            f"{name}: expected UTF-8, found the byte {content[error.start]:#04x} at "
            f"{error.start}; save it as UTF-8"
        ) from None


def read_table(content: bytes, name: str, columns: tuple[str, ...]) -> list[dict[str, str]]:
    """Read some columns of a table with a header; other columns and empty lines are ignored.

    Args:
        content: of the file, with commas, semicolons or tabs.
        name: of the file, for the message.
        columns: their names, in any letter case.

    Returns:
        The rows, without blanks around the values; a missing value is empty.

    Raises:
        AssetError: for another encoding, or when a column or every row is missing.
    """
    lines = decode_text(content, name).splitlines()
    if lines and lines[0].lower().startswith("sep="):  # as spreadsheets begin theirs
        lines = lines[1:]
    header = lines[0] if lines else ""
    delimiter = next((each for each in DELIMITERS if each in header), ",")
    reader = csv.DictReader(StringIO("\n".join(lines)), delimiter=delimiter)
    found = {(each or "").strip().lower(): each for each in reader.fieldnames or []}
    rows = [
        {column: (row[found[column]] or "").strip() for column in columns}
        for row in (reader if found.keys() >= set(columns) else ())
    ]
    rows = [row for row in rows if any(row.values())]
    if not rows:
        raise AssetError(
            f"{name}: expected rows with the columns {' and '.join(columns)}, "
            f"found {header[:80]!r} and {max(0, len(lines) - 1)} more lines"
        )
    return rows

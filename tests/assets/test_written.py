"""Texts and tables as editors and spreadsheets write them."""

import pytest

from foolproof.assets.errors import AssetError
from foolproof.assets.written import decode_text, read_table

TEXT = "file,imagenet_class\nété.jpg,goldfish\n"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_every_marked_encoding_is_read(encoding: str) -> None:
    assert decode_text(TEXT.encode(encoding), "labels.csv") == TEXT


def test_another_encoding_is_named() -> None:
    message = r"^labels\.csv: expected UTF-8, found the byte 0xe9 at 20; save it as UTF-8$"
    with pytest.raises(AssetError, match=message):
        decode_text(TEXT.encode("cp1252"), "labels.csv")


@pytest.mark.parametrize(
    "text",
    [
        "file,label\na.jpg,cat\nb.jpg,\n",
        "file,label\r\na.jpg,cat\r\nb.jpg,\r\n\r\n,\r\n",
        "File;Label\na.jpg;cat\nb.jpg;\n",
        "sep=;\nfile;label\na.jpg;cat\nb.jpg\n",
        "label\tindex\tfile\ncat\t3\ta.jpg\n\t\tb.jpg\n",
        'file , label\n"a.jpg" , cat\n b.jpg , \n',
    ],
    ids=["commas", "windows", "semicolons", "spreadsheet", "tabs", "blanks"],
)
def test_every_way_of_writing_a_table_gives_the_same_rows(text: str) -> None:
    rows = [{"file": "a.jpg", "label": "cat"}, {"file": "b.jpg", "label": ""}]
    assert read_table(text.encode("utf-8-sig"), "labels.csv", ("file", "label")) == rows


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("", "found '' and 0 more lines"),
        ("file,label\n", "found 'file,label' and 0 more lines"),
        ("file,class\na.jpg,cat\n", "found 'file,class' and 1 more lines"),
        ("file|label\na.jpg|cat\n", "found 'file|label' and 1 more lines"),
    ],
)
def test_a_table_without_the_columns_or_rows_is_named(text: str, found: str) -> None:
    with pytest.raises(AssetError) as error:
        read_table(text.encode(), "labels.csv", ("file", "label"))
    assert str(error.value) == (
        f"labels.csv: expected rows with the columns file and label, {found}"
    )

"""The IDX reader returns arrays, and names the fault of an invalid file."""

import gzip
from pathlib import Path

import numpy as np
import pytest

from foolproof.assets.errors import AssetError
from foolproof.assets.idx import read_idx

SOUND = bytes([0, 0, 8, 2, 0, 0, 0, 2, 0, 0, 0, 3]) + bytes(range(6))


def test_read_idx_returns_shape_and_bytes(tmp_path: Path) -> None:
    path = tmp_path / "a.gz"
    for content in (gzip.compress(SOUND), SOUND):
        path.write_bytes(content)
        expected = np.arange(6, dtype=np.uint8).reshape(2, 3)
        np.testing.assert_array_equal(read_idx(path, 2), expected)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"no gzip at all", "a.gz: not an IDX file .* found '6e 6f 20 67'"),
        (gzip.compress(SOUND)[:-4], "a.gz: not a valid gzip file: Compressed file ended before"),
        (gzip.compress(SOUND)[:-8] + bytes(8), "a.gz: not a valid gzip file: CRC check failed"),
        (b"", "a.gz: not an IDX file.* expected it to begin with 00 00 08 02, found ''"),
        (
            gzip.compress(bytes([0, 0, 8, 1]) + SOUND[4:]),
            "a.gz: not an IDX file of unsigned bytes in 2 dimensions: "
            "expected it to begin with 00 00 08 02, found '00 00 08 01'",
        ),
        (
            gzip.compress(SOUND[:9]),
            "a.gz: the header is cut short: expected 12 bytes, found 9",
        ),
        (
            gzip.compress(SOUND[:-1]),
            r"a.gz: wrong length for an array of shape \(2, 3\): expected 18 bytes, found 17",
        ),
        (gzip.compress(SOUND + b"x"), "expected 18 bytes, found 19"),
    ],
    ids=[
        "not gzip",
        "gzip cut short",
        "gzip damaged",
        "empty",
        "other dimensions",
        "header cut short",
        "array cut short",
        "too long",
    ],
)
def test_read_idx_refuses_invalid_file(tmp_path: Path, content: bytes, message: str) -> None:
    path = tmp_path / "a.gz"
    path.write_bytes(content)
    with pytest.raises(AssetError, match=message):
        read_idx(path, 2)

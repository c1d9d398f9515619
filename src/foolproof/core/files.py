"""Reading and atomic writing of JSON and CSV files."""

import csv
import errno
import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from foolproof.core.errors import FoolproofError

# No space left on the device, or the user's quota is used up.
FULL = (errno.ENOSPC, errno.EDQUOT)


@contextmanager
def atomic_write(path: Path) -> Iterator[Path]:
    """Yield a temporary path in the folder of `path`, renamed to `path` when the block succeeds.

    The rename is atomic: a reader sees the old file or the new one, never a part. When the block
    raises, the temporary file is removed and `path` stays as it was. The temporary name is always
    the same, so the next writer overwrites the leftovers of a killed process.

    Raises:
        FoolproofError: when the disk is full.
    """
    temporary = path.with_name(f".{path.stem}.part{path.suffix}")
    with naming_when_full(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            yield temporary
            temporary.replace(path)
        finally:
            temporary.unlink(missing_ok=True)


@contextmanager
def naming_when_full(path: Path) -> Iterator[None]:
    """Turn ENOSPC and EDQUOT in the block into an error that names the file.

    Raises:
        FoolproofError: in place of the system's error.
    """
    try:
        yield
    except OSError as error:
        if error.errno in FULL:
            raise FoolproofError(f"{path}: cannot be written: {error.strerror}") from error
        raise


def write_json(path: Path, data: Mapping[str, Any]) -> None:
    """Write `data` as JSON with sorted keys: equal data give equal bytes.

    Raises:
        ValueError: for NaN and infinity, which JSON lacks.
    """
    text = json.dumps(data, indent=2, sort_keys=True, allow_nan=False, ensure_ascii=False)
    with atomic_write(path) as temporary:
        temporary.write_text(text + "\n", encoding="utf-8")


def read_json(path: Path) -> Any:
    """Read a JSON file."""
    return json.loads(path.read_text(encoding="utf-8"))


def write_csv(path: Path, rows: Sequence[Mapping[str, Any]]) -> None:
    """Write `rows` as CSV; the keys of the first are the header, and all must have them."""
    with atomic_write(path) as temporary, temporary.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, fieldnames=list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def read_csv(path: Path) -> list[dict[str, str]]:
    """Read a CSV file with a header: each row as strings by column name."""
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))

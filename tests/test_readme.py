"""The README in Git says what the metrics in Git say, whatever was run since."""

import subprocess
from pathlib import Path

from foolproof.readme import PICTURES, README, results_table, with_table

ROOT = Path(__file__).parents[1]


def committed(path: str) -> bytes:
    shown = ["git", "show", f"HEAD:{path}"]
    return subprocess.run(shown, cwd=ROOT, capture_output=True, check=True).stdout


def test_the_table_is_that_of_the_metrics(tmp_path: Path) -> None:
    for group in ("mnist", "attacks", "networks", "toys"):
        (tmp_path / f"{group}.json").write_bytes(committed(f"metrics/{group}.json"))
    text = committed(README.as_posix()).decode()
    table = results_table(tmp_path)
    assert table in text
    assert with_table(text, table) == text


def test_every_picture_is_shown() -> None:
    text = committed(README.as_posix()).decode()
    for copy in PICTURES.values():
        assert f"({copy})" in text
        assert committed(copy).startswith(b"\x89PNG")

"""The README says what the metrics in Git say."""

from pathlib import Path

from foolproof.readme import PICTURES, README, results_table, with_table

ROOT = Path(__file__).parents[1]


def test_the_table_is_that_of_the_metrics_in_git() -> None:
    text = (ROOT / README).read_text(encoding="utf-8")
    table = results_table(ROOT / "metrics")
    assert table in text
    assert with_table(text, table) == text


def test_every_picture_is_shown() -> None:
    text = (ROOT / README).read_text(encoding="utf-8")
    for copy in PICTURES.values():
        assert f"({copy})" in text
        assert (ROOT / copy).read_bytes().startswith(b"\x89PNG")

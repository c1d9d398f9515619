"""What `make repro` ends with."""

from pathlib import Path
from typing import Any

import pytest

from foolproof.core.files import write_json
from tools.repro import mend, results_text

SUMMARY = {"ee6132": {"nobn_accuracy": 0.99334, "noise": None}, "cis680": {"xor_success": 1.0}}


def text_of(folder: Path, **stand_ins: bool) -> str:
    """Write results in a folder, and tell of them."""
    (folder / "reports").mkdir()
    for sheet in ("ee6132", "cis680"):
        (folder / f"reports/{sheet}.pdf").touch()
    records: dict[str, Any] = {
        name: {"asset": name, "stand_in": stand_in} for name, stand_in in stand_ins.items()
    }
    records |= {"network": {"asset": "mobilenet_v2", "stand_in": False}}
    write_json(folder / "metrics/assets.json", records)
    write_json(folder / "metrics/summary.json", SUMMARY)
    return results_text(folder)


def test_reports_and_numbers_are_listed(tmp_path: Path) -> None:
    lines = text_of(tmp_path, mnist=False).splitlines()
    assert "  reports/cis680.pdf" in lines
    assert "  ee6132     nobn_accuracy 0.9933        noise –" in lines
    assert "  cis680     xor_success 1" in lines
    assert max(map(len, lines)) <= 120


@pytest.mark.parametrize(
    ("pets", "end"),
    [(True, "STAND-INS, not the real data: mnist, pets"), (False, "real data: mnist")],
)
def test_stand_ins_are_the_last_line(tmp_path: Path, pets: bool, end: str) -> None:
    assert text_of(tmp_path, pets=pets, mnist=True).splitlines()[-1].endswith(end)


def test_real_data_need_no_warning(tmp_path: Path) -> None:
    assert "STAND-INS" not in text_of(tmp_path, mnist=False)


@pytest.mark.parametrize(
    ("rwlock", "lock", "left"),
    [
        ("{}", "stages:\n  a: {cmd: x}\n", {"rwlock", "dvc.lock"}),
        ("", "stages:\n  a: {cmd: x}\n", {"dvc.lock"}),  # opened to be written
        ('{"data/mnist.npz": {"write"', "stages: {}\n", {"dvc.lock"}),
        ("{}", "stages:\n  a:\n    cmd: x\n   de", {"rwlock"}),
        ("{}", "", {"rwlock"}),
        (None, None, set()),
    ],
)
def test_what_a_killed_dvc_left_half_written_is_removed(
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    rwlock: str | None,
    lock: str | None,
    left: set[str],
) -> None:
    files = {".dvc/tmp/rwlock": rwlock, "dvc.lock": lock}
    for name, text in files.items():
        if text is not None:
            (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / name).write_text(text)
    mend(tmp_path)
    assert {path.name for path in tmp_path.rglob("*") if path.is_file()} == left
    removed = sum(text is not None for text in files.values()) - len(left)
    assert capsys.readouterr().err.count("cut short when DVC was killed; removed") == removed

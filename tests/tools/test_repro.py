"""What `make repro` ends with."""

from pathlib import Path
from typing import Any

import pytest

from foolproof.core.files import write_json
from tools.repro import results_text

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

"""The line in figures that names the sources of data."""

from pathlib import Path

import pytest

from foolproof.core.files import write_json
from foolproof.core.provenance import source_line


@pytest.fixture(autouse=True)
def _records(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for asset, stand_in, source in (
        ("mnist", False, "mirror"),
        ("photos", False, "official"),
        ("alexnet", True, "embedded"),
    ):
        record = {"asset": asset, "stand_in": stand_in, "source": source, "items": 3}
        write_json(tmp_path / "data" / f"{asset}.json", record)


def test_source_line_names_source_and_stand_in_of_each_asset() -> None:
    assert source_line("mnist") == "Data: mnist, real data (mirror)"
    assert source_line("photos", "alexnet") == (
        "Data: photos, real data (official) · Data: alexnet, stand-in (embedded)"
    )

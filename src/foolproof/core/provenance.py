"""Where data came from: what the download stages wrote beside them."""

from pathlib import Path
from typing import Any

from foolproof.core.files import read_json


def source_line(*assets: str) -> str:
    """Say in one line where downloaded assets came from, for the foot of a figure.

    Args:
        assets: as their files in `data/` are called.
    """
    return " · ".join(_origin(_record(asset)) for asset in assets)


def _record(asset: str) -> dict[str, Any]:
    record: dict[str, Any] = read_json(Path("data", f"{asset}.json"))
    return record


def _origin(record: dict[str, Any]) -> str:
    kind = "stand-in" if record["stand_in"] else "real data"
    return f"Data: {record['asset']}, {kind} ({record['source']})"

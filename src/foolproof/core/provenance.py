"""Provenance of the data, from the records that the download stages write."""

from pathlib import Path
from typing import Any

from foolproof.core.files import read_json


def source_line(*assets: str) -> str:
    """Name the sources of downloaded assets in one line, for the foot of a figure.

    Args:
        assets: names of their records in `data/`, without suffix.
    """
    return " · ".join(_origin(_record(asset)) for asset in assets)


def _record(asset: str) -> dict[str, Any]:
    record: dict[str, Any] = read_json(Path("data", f"{asset}.json"))
    return record


def _origin(record: dict[str, Any]) -> str:
    kind = "stand-in" if record["stand_in"] else "real data"
    return f"Data: {record['asset']}, {kind} ({record['source']})"

"""What a report says about its data."""

from collections.abc import Mapping, Sequence
from typing import Any

from foolproof.answers.markup import plain
from foolproof.answers.numbers import count, listed


def data_warnings(assets: Mapping[str, Any], concerns: str) -> list[str]:
    """Warn, once, of the assets that are stand-ins.

    Args:
        assets: records by name.
        concerns: what depends on them, such as "Problems 1 to 4".
    """
    stand_ins = [name for name, record in assets.items() if record["stand_in"]]
    if not stand_ins:
        return []
    notes = " ".join(f"{name.upper()}: {plain(assets[name]['note'])}" for name in stand_ins)
    return [
        f"*Stand-in data.* The numbers and pictures of {concerns} come from stand-ins for "
        f"{listed([name.upper() for name in stand_ins])}. They demonstrate the pipeline and say "
        f"nothing about the real data. {notes}"
    ]


def data_text(assets: Mapping[str, Any]) -> str:
    """Name the assets with their source, and whether they equal the official files."""
    parts: Sequence[str] = [
        f"{name.upper()} ({count(record['items'])} items, source: {plain(record['source'])}, "
        + ("equal to" if record.get("exact", True) else "not equal bit for bit to")
        + " the official files)"
        for name, record in assets.items()
        if not record["stand_in"]
    ]
    return f"*Data:* {'; '.join(parts)}." if parts else ""

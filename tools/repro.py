"""Announce the run, run what has changed, and say where the results are: `make repro`.

    python -m tools.repro

Each stage says its number among those that run.
"""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import yaml

from foolproof.core.files import read_json
from foolproof.core.stage import STAGES, run_tool
from tools.announce import Pending, announce


def main() -> None:
    """Do all three, as far as there is something to do and no stage fails."""
    mend(Path())
    pending = announce()
    status = reproduce(pending) if pending.stages else 0
    if status:
        sys.exit(status)
    print(results_text(Path()))


def mend(root: Path) -> None:
    """Remove what DVC would refuse to read, since it was killed while it wrote it.

    That is its lock of paths, which holds nothing when no DVC runs, and dvc.lock, whose stages the
    run cache has.

    Args:
        root: of the DVC repository.
    """
    for path in (root / ".dvc/tmp/rwlock", root / "dvc.lock"):
        if path.exists() and not _is_mapping(path):
            print(f"{path}: cut short when DVC was killed; removed", file=sys.stderr)
            path.unlink()


def _is_mapping(path: Path) -> bool:
    """Say whether a file is a mapping in YAML, of which JSON is a part."""
    try:
        return isinstance(yaml.load(path.read_bytes(), yaml.CSafeLoader), dict)
    except yaml.YAMLError:
        return False


def reproduce(pending: Pending, **environment: str) -> int:
    """Run `dvc repro` and return its exit status.

    Args:
        pending: the stages to be numbered.
        environment: added variables.
    """
    variables = os.environ | environment | {STAGES: " ".join(pending.stages)}
    return subprocess.run(["dvc", "repro"], env=variables, check=False).returncode


def results_text(root: Path) -> str:
    """Name the reports, list the main numbers, and warn of stand-ins.

    Args:
        root: of the repository after `dvc repro`.
    """
    reports = sorted((root / "reports").glob("*.pdf"))
    records = read_json(root / "metrics/assets.json")
    return "\n".join(
        [
            "",
            "Reports:",
            *(f"  {report.relative_to(root)}" for report in reports),
            "  reports/index.html    all answers on one page",
            "Numbers (metrics/summary.json; all: metrics/*.json):",
            *number_lines(read_json(root / "metrics/summary.json")),
            "Curves and pictures: dvc plots show --open",
            *stand_in_lines(records),
        ]
    )


def number_lines(summary: dict[str, dict[str, float | None]]) -> list[str]:
    """Write the numbers of each sheet, three in a line."""
    lines = []
    for sheet, numbers in summary.items():
        cells = [
            f"{name} {'–' if value is None else f'{value:.4g}'}" for name, value in numbers.items()
        ]
        for start in range(0, len(cells), 3):
            name = sheet if start == 0 else ""
            lines.append(
                f"  {name:<11}"
                + "".join(f"{cell:<28}" for cell in cells[start : start + 3]).rstrip()
            )
    return lines


def stand_in_lines(records: dict[str, Any]) -> list[str]:
    """Name the assets that are stand-ins; no line where there are none."""
    names = sorted({record["asset"] for record in records.values() if record["stand_in"]})
    return [f"STAND-INS, not the real data: {', '.join(names)}"] if names else []


if __name__ == "__main__":
    run_tool(main)

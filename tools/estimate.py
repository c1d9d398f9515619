"""How long stages take here, from the times that a recorded machine took and a calibration."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any, Literal

from foolproof.core.files import read_json

RECORDS = Path("benchmarks/stage_seconds.json")

Kind = Literal["embedded", "real"]
"""What the recorded run was on: the stand-ins that packages hold, or the data of a mirror."""


@dataclass(frozen=True)
class Record:
    """A recorded run.

    Attributes:
        machine: what it ran on, in words.
        step_seconds: what `tools.speed.calibrate` found there.
        stages: seconds of each stage, by its name.
    """

    machine: Mapping[str, Any]
    step_seconds: float
    stages: Mapping[str, float]


Records = Mapping[Kind, Mapping[str, Record]]
"""Recorded runs by data and by the precision of their trainings."""


def read_records(path: Path = RECORDS) -> Records:
    """Read the recorded runs, which `python -m tools.stage_times` writes."""
    return {
        kind: {precision: Record(**record) for precision, record in by_precision.items()}
        for kind, by_precision in read_json(path).items()
    }


def estimate(
    stages: Mapping[str, Kind], records: Records, *, precision: str, step_seconds: float
) -> float:
    """Estimate the seconds of some stages here.

    A recorded time counts step_seconds / record.step_seconds times, from the run on the same kind
    of data and, where there is one, in the same precision. A stage without a recorded time counts
    as the median of the others.

    Args:
        stages: the kind of data of each, by its name.
        records: see `Records`; a run at least of each kind.
        precision: of trainings here.
        step_seconds: of a step of `tools.speed.calibrate` here.
    """
    total = 0.0
    for name, kind in stages.items():
        runs = records[kind]
        run = runs.get(precision) or next(iter(runs.values()))
        seconds = run.stages.get(name, median(run.stages.values()))
        total += seconds * step_seconds / run.step_seconds
    return total

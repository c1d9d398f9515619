"""Estimated time of stages on this machine, from recorded times and a calibration."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any, Literal

from foolproof.core.files import read_json

RECORDS = Path("benchmarks/stage_seconds.json")

Kind = Literal["embedded", "real"]
"""Data of a recorded run: those embedded in packages, or the real data of a mirror."""


@dataclass(frozen=True)
class Record:
    """A recorded run.

    Attributes:
        machine: its description.
        step_seconds: result of `tools.speed.calibrate` on it, by precision.
        stages: seconds of each stage, by name.
    """

    machine: Mapping[str, Any]
    step_seconds: Mapping[str, float]
    stages: Mapping[str, float]


Records = Mapping[Kind, Mapping[str, Record]]
"""Recorded runs by data and by precision of the trainings."""


def read_records(path: Path = RECORDS) -> Records:
    """Read the recorded runs, which `python -m tools.stage_times` writes."""
    return {
        kind: {precision: Record(**record) for precision, record in by_precision.items()}
        for kind, by_precision in read_json(path).items()
    }


def estimate(
    stages: Mapping[str, Kind],
    records: Records,
    *,
    precision: str,
    step_seconds: Mapping[str, float],
) -> float:
    """Estimate the seconds that stages take on this machine.

    Recorded times are scaled by the seconds of a step here and there: trainings by those in their
    precision, which some processors have units for, the other stages by those in float32. They
    come from the run on the same kind of data and, if available, in the same precision. A stage
    without a recorded time counts as the median of the others.

    Args:
        stages: the kind of data of each stage, by name.
        records: at least one run of each kind.
        precision: of trainings on this machine.
        step_seconds: result of `tools.speed.calibrate` on this machine.
    """
    total = 0.0
    for name, kind in stages.items():
        runs = records[kind]
        recorded = precision if precision in runs else next(iter(runs))
        run = runs[recorded]
        seconds = run.stages.get(name, median(run.stages.values()))
        training = name.startswith("train")
        here, there = (precision, recorded) if training else ("float32", "float32")
        total += seconds * step_seconds[here] / run.step_seconds[there]
    return total

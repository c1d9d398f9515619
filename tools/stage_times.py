"""Run `dvc repro` and record the time of each stage, for the estimate of `make repro`.

    python -m tools.stage_times embedded    # on the data in packages
    python -m tools.stage_times real        # on a mirror's data

Writes benchmarks/stage_seconds.json. A stage that did not run keeps its time if that is of the same
machine, and loses it otherwise: start from a fresh clone with an empty DVC cache.
"""

import argparse
import os
import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterable
from dataclasses import asdict, replace
from pathlib import Path

from foolproof.compute.device import prepare_device
from foolproof.compute.machine import describe_machine, training_precision
from foolproof.core.files import write_json
from foolproof.params.schema import load_params
from tools.estimate import RECORDS, Kind, Record, read_records
from tools.speed import calibrate

_STARTED = re.compile(r"Running stage '([^']+)'")
_OTHER = re.compile(r"Stage '[^']+' ")  # did not change, or comes from the cache


def stage_seconds(
    lines: Iterable[str], *, clock: Callable[[], float] = time.monotonic
) -> dict[str, float]:
    """Measure the stages by the lines that `dvc repro` prints, and print these.

    A stage lasts until DVC names the next one, so DVC's own time is included.

    Args:
        lines: of DVC, read as they are printed.
        clock: in seconds.
    """
    seconds: dict[str, float] = {}
    running, begun = "", 0.0
    for line in lines:
        sys.stdout.write(line)
        sys.stdout.flush()
        started = _STARTED.match(line)
        if running and (started or _OTHER.match(line)):
            seconds[running] = round(clock() - begun, 1)
            running = ""
        if started:
            running, begun = started[1], clock()
    if running:
        seconds[running] = round(clock() - begun, 1)
    return seconds


def update(path: Path, kind: Kind, precision: str, run: Record) -> None:
    """Write a run into the file of records; it replaces the run of the same kind and precision."""
    records = {name: dict(runs) for name, runs in read_records(path).items()}
    before = records.setdefault(kind, {}).get(precision)
    if before and before.machine == run.machine:
        run = replace(run, stages={**before.stages, **run.stages})
    records[kind][precision] = run
    write_json(
        path,
        {
            name: {precision: asdict(record) for precision, record in runs.items()}
            for name, runs in records.items()
        },
    )


def main() -> None:
    """Calibrate, run the pipeline and write the record."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("kind", choices=("embedded", "real"))
    kind: Kind = parser.parse_args().kind
    params = load_params()
    device = prepare_device(params.compute.threads)
    machine = describe_machine(device, training_precision(params.train.deep.precision, device))
    step_seconds = calibrate(device, machine.precision)
    command = ["dvc", "repro"]
    # Otherwise DVC buffers its output, and the times are wrong.
    environment = {**os.environ, "PYTHONUNBUFFERED": "1"}
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) as dvc:
        assert dvc.stdout is not None
        stages = stage_seconds(dvc.stdout)
    if dvc.returncode:
        sys.exit("dvc repro failed; nothing is recorded")
    update(RECORDS, kind, machine.precision, Record(asdict(machine), step_seconds, stages))


if __name__ == "__main__":
    main()

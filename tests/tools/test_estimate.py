"""The estimate by hand, the records of the repository, and the calibration."""

import time
from pathlib import Path

import pytest
import torch
import yaml

from foolproof.compute.machine import Precision
from foolproof.core.files import write_json
from tests.repository import ROOT
from tools.estimate import RECORDS, Kind, Record, Records, estimate, read_records
from tools.speed import calibrate

STEPS = {"float32": 1.0, "bfloat16": 0.5}
RUNS: Records = {
    "embedded": {"bfloat16": Record({}, STEPS, {"train_bn": 40.0, "draw": 6.0, "report": 2.0})},
    "real": {
        "bfloat16": Record({}, STEPS, {"train_bn": 2000.0}),
        "float32": Record({}, {"float32": 2.0}, {"train_bn": 9000.0}),
    },
}


def test_estimate_is_the_recorded_time_on_an_equally_fast_machine() -> None:
    stages: dict[str, Kind] = {"train_bn": "embedded", "draw": "embedded"}
    assert estimate(stages, RUNS, precision="bfloat16", step_seconds=STEPS) == 46.0


def test_estimate_scales_by_the_precision_of_a_stage_and_by_kind_of_data() -> None:
    stages: dict[str, Kind] = {"train_bn": "real", "draw": "embedded"}
    steps = {"float32": 4.0, "bfloat16": 1.0}
    found = estimate(stages, RUNS, precision="bfloat16", step_seconds=steps)
    assert found == 2 * 2000.0 + 4 * 6.0


def test_estimate_prefers_the_run_in_the_same_precision() -> None:
    steps = {"float32": 1.0}
    found = estimate({"train_bn": "real"}, RUNS, precision="float32", step_seconds=steps)
    assert found == 9000.0 / 2
    # There is none in float32 on the embedded data: its trainings ran in bfloat16.
    stages: dict[str, Kind] = {"train_bn": "embedded", "draw": "embedded"}
    found = estimate(stages, RUNS, precision="float32", step_seconds=steps)
    assert found == 2 * 40.0 + 6.0


def test_stage_without_a_record_counts_as_the_median() -> None:
    assert estimate({"new": "embedded"}, RUNS, precision="bfloat16", step_seconds=STEPS) == 6.0


def test_estimate_of_no_stages_is_zero() -> None:
    assert estimate({}, RUNS, precision="bfloat16", step_seconds=STEPS) == 0


def test_read_records_reads_what_write_json_writes(tmp_path: Path) -> None:
    run = {"machine": {"threads": 2}, "step_seconds": {"float32": 0.1}, "stages": {"adder": 3.0}}
    write_json(tmp_path / "runs.json", {"real": {"float32": run}})
    assert read_records(tmp_path / "runs.json") == {
        "real": {"float32": Record({"threads": 2}, {"float32": 0.1}, {"adder": 3.0})}
    }


def test_repository_has_a_run_of_each_kind() -> None:
    records = read_records(ROOT / RECORDS)
    assert records.keys() == {"embedded", "real"}
    for runs in records.values():
        for precision, run in runs.items():
            assert run.step_seconds.keys() == {"float32", precision}
            assert min(run.step_seconds.values()) > 0
            assert min(run.stages.values()) >= 0


def test_recorded_stages_are_stages_of_the_pipeline() -> None:
    declared = yaml.safe_load((ROOT / "dvc.yaml").read_text(encoding="utf-8"))["stages"]
    names = {
        f"{name}@{item}" if item else name
        for name, stage in declared.items()
        for item in stage.get("foreach", [""])
    }
    for runs in read_records(ROOT / RECORDS).values():
        for run in runs.values():
            recorded = {name for name in run.stages if not name.startswith("download@")}
            assert recorded - names == set()


@pytest.mark.parametrize("precision", ["float32", "bfloat16"])
def test_calibrate_measures_float32_too_and_restores_the_threads(
    precision: Precision,
) -> None:
    threads = torch.get_num_threads()
    begun = time.monotonic()
    seconds = calibrate(torch.device("cpu"), precision)
    # A machine without bfloat16 may need longer for the three steps that there must be.
    assert time.monotonic() - begun >= 0.5 * len(seconds)
    assert seconds.keys() == {"float32", precision}
    assert all(0 < step < time.monotonic() - begun for step in seconds.values())
    assert torch.get_num_threads() == threads

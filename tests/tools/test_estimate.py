"""The estimate is a sum that can be done by hand, and the calibration measures this machine."""

import time
from pathlib import Path

import pytest
import torch

from foolproof.compute.machine import Precision
from foolproof.core.files import write_json
from tools.estimate import RECORDS, Record, Records, estimate, read_records
from tools.speed import calibrate

RUNS: Records = {
    "embedded": {"bfloat16": Record({}, 0.5, {"train": 40.0, "draw": 6.0, "report": 2.0})},
    "real": {
        "bfloat16": Record({}, 0.5, {"train": 2000.0}),
        "float32": Record({}, 2.0, {"train": 9000.0}),
    },
}


def test_stages_take_their_recorded_time_on_a_machine_as_fast() -> None:
    stages = {"train": "embedded", "draw": "embedded"}
    assert estimate(stages, RUNS, precision="bfloat16", step_seconds=0.5) == 46.0  # type: ignore[arg-type]


def test_each_stage_counts_by_its_own_data_scaled_by_the_calibration() -> None:
    stages = {"train": "real", "draw": "embedded"}
    found = estimate(stages, RUNS, precision="bfloat16", step_seconds=1.5)  # type: ignore[arg-type]
    assert found == 3 * 2000.0 + 3 * 6.0


def test_the_run_in_the_precision_of_here_is_preferred() -> None:
    found = estimate({"train": "real"}, RUNS, precision="float32", step_seconds=1.0)
    assert found == 9000.0 / 2
    # There is none in float32 on the stand-ins.
    found = estimate({"train": "embedded"}, RUNS, precision="float32", step_seconds=1.0)
    assert found == 2 * 40.0


def test_a_stage_without_a_record_counts_as_the_median() -> None:
    assert estimate({"new": "embedded"}, RUNS, precision="bfloat16", step_seconds=0.5) == 6.0


def test_nothing_to_run_takes_no_time() -> None:
    assert estimate({}, RUNS, precision="bfloat16", step_seconds=9.0) == 0


def test_records_are_read_as_they_are_written(tmp_path: Path) -> None:
    run = {"machine": {"threads": 2}, "step_seconds": 0.1, "stages": {"adder": 3.0}}
    write_json(tmp_path / "runs.json", {"real": {"float32": run}})
    assert read_records(tmp_path / "runs.json") == {
        "real": {"float32": Record({"threads": 2}, 0.1, {"adder": 3.0})}
    }


def test_the_repository_has_a_run_of_each_kind() -> None:
    records = read_records(Path(__file__).parents[1] / RECORDS)
    assert records.keys() == {"embedded", "real"}
    for runs in records.values():
        for run in runs.values():
            assert run.step_seconds > 0
            assert min(run.stages.values()) >= 0


@pytest.mark.parametrize("precision", ["float32", "bfloat16"])
def test_the_calibration_takes_about_a_second_and_gives_the_threads_back(
    precision: Precision,
) -> None:
    threads = torch.get_num_threads()
    begun = time.monotonic()
    seconds = calibrate(torch.device("cpu"), precision)
    # A machine without bfloat16 may need longer for the three steps that there must be.
    assert time.monotonic() - begun >= 1
    assert 0 < seconds < time.monotonic() - begun
    assert torch.get_num_threads() == threads

"""Stage times from the output of DVC, recorded by machine."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from foolproof.core.files import write_json
from tools.estimate import Record, read_records
from tools.stage_times import stage_seconds, update

PRINTED = """Running stage 'check_params':
> python stages/check_params.py
Updating lock file 'dvc.lock'

Stage 'download@mnist' didn't change, skipping
Running stage 'train':
Running stages takes time
Stage 'draw' is cached - skipping run, checking out outputs
Running stage 'report':
> python stages/report.py
"""


def clock_of(*times: float) -> Iterator[float]:
    """Give one time after the other."""
    yield from times


def test_stage_lasts_until_dvc_names_the_next_one(
    capsys: pytest.CaptureFixture[str],
) -> None:
    clock = clock_of(100, 102.5, 110, 170, 171, 175)
    found = stage_seconds(PRINTED.splitlines(keepends=True), clock=clock.__next__)
    assert found == {"check_params": 2.5, "train": 60, "report": 4}
    assert capsys.readouterr().out == PRINTED


def test_stage_seconds_are_empty_when_nothing_ran(capsys: pytest.CaptureFixture[str]) -> None:
    assert stage_seconds(["Stage 'a' didn't change, skipping\n"]) == {}
    assert "didn't change" in capsys.readouterr().out


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "runs.json"
    old = {
        "machine": {"processor": "A"},
        "step_seconds": {"float32": 0.1},
        "stages": {"a": 1.0, "b": 2.0},
    }
    write_json(path, {"embedded": {"bfloat16": old}, "real": {"bfloat16": old}})
    return path


def test_stages_that_did_not_run_keep_their_times_on_the_same_machine(path: Path) -> None:
    update(
        path, "real", "bfloat16", Record({"processor": "A"}, {"float32": 0.2}, {"b": 3.0, "c": 4.0})
    )
    records = read_records(path)
    assert records["real"]["bfloat16"] == Record(
        {"processor": "A"}, {"float32": 0.2}, {"a": 1.0, "b": 3.0, "c": 4.0}
    )
    assert records["embedded"]["bfloat16"].stages == {"a": 1.0, "b": 2.0}


def test_update_drops_times_of_another_machine(path: Path) -> None:
    update(path, "real", "bfloat16", Record({"processor": "B"}, {"float32": 0.2}, {"b": 3.0}))
    assert read_records(path)["real"]["bfloat16"].stages == {"b": 3.0}


def test_update_keeps_runs_in_other_precisions(path: Path) -> None:
    update(path, "real", "float32", Record({"processor": "A"}, {"float32": 0.2}, {"b": 3.0}))
    assert read_records(path)["real"].keys() == {"bfloat16", "float32"}

"""Atomic writes, round trips, and equal bytes for equal contents."""

import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from foolproof.core.errors import FoolproofError
from foolproof.core.files import atomic_write, read_csv, read_json, write_csv, write_json
from foolproof.data.arrays import read_arrays, write_arrays


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_atomic_write_replaces_the_file_only_after_the_block(tmp_path: Path) -> None:
    path = tmp_path / "result.txt"
    path.write_text("old")
    with atomic_write(path) as temporary:
        temporary.write_text("new")
        assert path.read_text() == "old"
        assert temporary.parent == tmp_path
        assert temporary.suffix == ".txt"
    assert path.read_text() == "new"
    assert names(tmp_path) == ["result.txt"]


@pytest.mark.parametrize("error", [OSError("disk full"), KeyboardInterrupt()])
def test_atomic_write_keeps_the_old_file_when_the_block_raises(
    tmp_path: Path, error: BaseException
) -> None:
    path = tmp_path / "result.txt"
    path.write_text("old")

    def fail() -> None:
        with atomic_write(path) as temporary:
            temporary.write_text("half of the n")
            raise error

    with pytest.raises(type(error)):
        fail()
    assert path.read_text() == "old"
    assert names(tmp_path) == ["result.txt"]


def test_full_disk_is_an_error_that_names_the_file(tmp_path: Path) -> None:
    path = tmp_path / "result.txt"

    def fill() -> None:
        with atomic_write(path) as temporary:
            temporary.write_text("half of the n")
            Path("/dev/full").write_text("ew")

    with pytest.raises(FoolproofError, match=r"result\.txt: cannot be written: No space left"):
        fill()
    assert names(tmp_path) == []


def test_atomic_write_overwrites_leftovers_of_a_killed_writer(tmp_path: Path) -> None:
    path = tmp_path / "folder/result.txt"
    with atomic_write(path) as of_the_killed:
        of_the_killed.write_text("much longer than what follows")
    path.rename(of_the_killed)
    with atomic_write(path) as temporary:
        temporary.write_text("new")
    assert path.read_text() == "new"
    assert names(path.parent) == ["result.txt"]


def test_write_json_sorts_keys(tmp_path: Path) -> None:
    data: dict[str, Any] = {"b": [1, None, True], "a": {"d": 0.1, "c": "σ × 2"}}
    for name, content in {"first": data, "second": dict(reversed(data.items()))}.items():
        write_json(tmp_path / name, content)
    assert (tmp_path / "first").read_bytes() == (tmp_path / "second").read_bytes()
    text = (tmp_path / "first").read_text(encoding="utf-8")
    assert text.index('"a"') < text.index('"c"') < text.index('"d"') < text.index('"b"')
    assert "σ × 2" in text
    assert text.endswith("}\n")
    assert read_json(tmp_path / "first") == data


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_write_json_refuses_nan_and_infinity(tmp_path: Path, value: float) -> None:
    path = tmp_path / "metrics.json"
    write_json(path, {"accuracy": 0.99})
    with pytest.raises(ValueError, match="not JSON compliant"):
        write_json(path, {"accuracy": value})
    assert read_json(path) == {"accuracy": 0.99}
    assert names(tmp_path) == ["metrics.json"]


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_json_and_csv_round_trip_floats_exactly(
    tmp_path_factory: pytest.TempPathFactory, number: float
) -> None:
    folder = tmp_path_factory.getbasetemp()
    write_json(folder / "number.json", {"value": number})
    assert read_json(folder / "number.json")["value"].hex() == number.hex()
    write_csv(folder / "number.csv", [{"value": number}])
    assert float(read_csv(folder / "number.csv")[0]["value"]).hex() == number.hex()


def test_read_csv_returns_strings(tmp_path: Path) -> None:
    rows = [{"epoch": 0.5, "name": 'a, "b"'}, {"epoch": 1, "name": "two\nlines"}]
    write_csv(tmp_path / "curve.csv", rows)
    assert (tmp_path / "curve.csv").read_bytes().startswith(b"epoch,name\n0.5,")
    assert read_csv(tmp_path / "curve.csv") == [
        {"epoch": "0.5", "name": 'a, "b"'},
        {"epoch": "1", "name": "two\nlines"},
    ]


def test_write_csv_refuses_a_row_with_another_key(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="'loss'"):
        write_csv(tmp_path / "curve.csv", [{"epoch": 1}, {"epoch": 2, "loss": 0.1}])
    assert names(tmp_path) == []


def test_write_arrays_round_trips_and_equal_arrays_give_equal_bytes(tmp_path: Path) -> None:
    arrays: dict[str, NDArray[Any]] = {
        "images": np.arange(24, dtype=np.uint8).reshape(2, 3, 4),
        "noise": np.array([[0.1, -0.0], [np.inf, np.nan]], np.float32),
        "none": np.empty((0, 5), np.int64),
    }
    for name in ("a.npz", "b.npz"):
        write_arrays(tmp_path / name, **arrays)
    assert (tmp_path / "a.npz").read_bytes() == (tmp_path / "b.npz").read_bytes()
    found = read_arrays(tmp_path / "a.npz")
    assert list(found) == list(arrays)
    for name, array in arrays.items():
        assert found[name].dtype == array.dtype
        np.testing.assert_array_equal(found[name], array)


def test_write_arrays_refuses_object_arrays(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="allow_pickle=False"):
        write_arrays(tmp_path / "a.npz", names=np.array([{"a": 1}], dtype=object))
    assert names(tmp_path) == []

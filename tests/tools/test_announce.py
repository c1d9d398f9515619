"""The announcement of `make repro`, for made-up records and sources."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from foolproof.assets.availability import Availability
from foolproof.core.errors import FoolproofError
from foolproof.core.files import write_json
from foolproof.params.schema import load_params
from tests.repository import ROOT
from tools import announce
from tools.announce import (
    Pending,
    asset_names,
    duration,
    kinds,
    refresh_lines,
    source_lines,
    time_line,
)
from tools.estimate import Record

FROM_MIRROR = {"source": "mirror", "origin": "mirror", "files": {"a.gz": "sha256:1"}}
FROM_PACKAGE = {"source": "embedded", "origin": "scikit-learn 1.5", "files": {}}
MIRROR = Availability("mirror", "mirror /m", {"a.gz": "sha256:1"})
OFFICIAL = Availability("official", "official host example.org")
EMBEDDED = Availability("embedded", "embedded stand-in (squares), of scikit-image")


def test_asset_names_are_the_items_of_download() -> None:
    declared = yaml.safe_load((ROOT / "dvc.yaml").read_text(encoding="utf-8"))
    params = load_params(ROOT / "params.yaml")
    content = params.model_dump()
    items = declared["stages"]["download"]["foreach"]
    for index, item in enumerate(items):
        if item.startswith("${"):
            section, key = item[2:-1].split(".")
            items[index] = content[section][key]
    assert set(asset_names(params)) == set(items)


def test_source_lines_name_the_source_of_each_asset() -> None:
    now = {"mnist": MIRROR, "pets": OFFICIAL, "photos": EMBEDDED}
    assert source_lines({"mnist": FROM_PACKAGE}, now) == [
        "  mnist: already here, from scikit-learn 1.5",
        "  pets: official host example.org",
        "  photos: embedded stand-in (squares), of scikit-image",
    ]


def test_refresh_lines_name_a_better_source_and_the_command() -> None:
    assert refresh_lines(
        {"mnist": FROM_PACKAGE}, {"mnist": OFFICIAL}, ["official", "embedded"]
    ) == [
        "mnist: came from embedded; official can be reached now: "
        "run `make refresh` to take it from there"
    ]


@pytest.mark.parametrize(
    ("record", "serving"),
    [
        (FROM_MIRROR, MIRROR),
        (FROM_MIRROR, OFFICIAL),  # the mirror is gone
        (FROM_MIRROR, Availability(None, "nowhere")),
        (FROM_PACKAGE, EMBEDDED),
    ],
)
def test_refresh_lines_are_empty_without_a_better_source(
    record: dict[str, Any], serving: Availability
) -> None:
    sources = ["mirror", "official", "embedded"]
    assert refresh_lines({"mnist": record}, {"mnist": serving}, sources) == []  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "files", [{"a.gz": "sha256:2"}, {"a.gz": "sha256:1", "b.gz": "sha256:3"}, {"b": "sha256:1"}]
)
def test_refresh_lines_name_other_files_of_the_mirror(files: dict[str, str]) -> None:
    now = {"mnist": Availability("mirror", "mirror /n", files)}
    assert refresh_lines({"mnist": FROM_MIRROR}, now, ["mirror", "embedded"]) == [
        "mnist: came from another mirror's files; `make refresh` takes these"
    ]


def test_kinds_follow_the_data_that_a_stage_reads() -> None:
    stages = {
        "on_digits": frozenset({"data/mnist.npz", "stages/a.py"}),
        "on_photos": frozenset({"data/photos.npz"}),
        "on_both": frozenset({"data/photos.npz", "data/mnist.npz"}),
        "on_what_others_made": frozenset({"models/best"}),
    }
    assert kinds(stages, {"mnist": "mirror", "photos": "embedded"}) == {
        "on_digits": "real",
        "on_photos": "embedded",
        "on_both": "real",
        "on_what_others_made": "real",
    }
    assert set(kinds(stages, {"mnist": "embedded", "photos": "embedded"}).values()) == {"embedded"}
    assert kinds(stages, {"mnist": None, "photos": "embedded"})["on_digits"] == "real"


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (20, "less than a minute"),
        (100, "about 2 min"),
        (59 * 60, "about 59 min"),
        (3600, "about 1 h"),
        (79 * 60, "about 1 h 20 min"),
        (119 * 60, "about 2 h"),
        (26 * 3600, "about 26 h"),
    ],
)
def test_duration_is_rounded(seconds: float, text: str) -> None:
    assert duration(seconds) == text


def test_time_line_suggests_the_tour_above_half_an_hour() -> None:
    pending = Pending({"train": frozenset()}, frozenset({"draw", "report"}))
    assert time_line(pending, 1800) == "1 of 3 stages to run: about 30 min here, without downloads"
    assert time_line(pending, 1801).endswith("`make tour` has small reports within minutes")
    assert time_line(Pending({}, frozenset({"draw"})), 0) == "Every stage is up to date."


@pytest.fixture
def workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with the repository's params, of which nothing but `announce` asks anybody."""
    (tmp_path / "params.yaml").write_bytes((ROOT / "params.yaml").read_bytes())
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("FOOLPROOF_DEVICE", "cpu")
    names = asset_names(load_params(ROOT / "params.yaml"))
    monkeypatch.setattr(
        announce,
        "find_sources",
        lambda *_, **__: dict.fromkeys(names, OFFICIAL) | {"mnist": MIRROR},
    )
    return tmp_path


def test_the_whole_announcement(
    workspace: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    record = {**FROM_MIRROR, "files": {"a.gz": "sha256:0"}}
    write_json(workspace / "data/mnist.json", record)
    write_json(workspace / "data/pets.json", FROM_PACKAGE)
    pending = Pending(
        {"train_deep": frozenset({"data/cifar10.npz"}), "download@pets": frozenset()},
        frozenset({"download@mnist"}),
    )
    monkeypatch.setattr(announce, "ask_dvc", lambda: lambda: pending)
    monkeypatch.setattr(announce, "seconds_here", lambda *_: 4000.0)
    assert announce.announce() == pending
    said = capsys.readouterr().out.splitlines()
    assert said[0] == "Data and weights:"
    assert "  mnist: already here, from mirror" in said
    # Its stage is to run, so what lies there counts no more.
    assert "  pets: official host example.org" in said
    assert "mnist: came from another mirror's files; `make refresh` takes these" in said
    assert not any(line.startswith("pets: ") for line in said)
    assert said[-2].startswith("Computed on cpu: ")
    assert said[-2].endswith("2 threads; trainings in bfloat16")
    assert said[-1] == (
        "2 of 3 stages to run: about 1 h 5 min here, without downloads; "
        "`make tour` has small reports within minutes"
    )


def test_seconds_here_counts_pending_stages_only(monkeypatch: pytest.MonkeyPatch) -> None:
    run = Record({}, {"float32": 0.5}, {"train": 40.0, "draw": 7.0})
    runs = {"embedded": {"float32": run}, "real": {"float32": run}}
    monkeypatch.setattr(announce, "read_records", lambda: runs)
    pending = Pending({"train": frozenset()}, frozenset({"draw"}))
    found = announce.seconds_here(pending, {"mnist": "mirror"}, "float32", lambda: {"float32": 1.0})
    assert found == 80.0
    nothing = Pending({}, frozenset({"draw"}))
    assert announce.seconds_here(nothing, {"mnist": "mirror"}, "float32", pytest.fail) == 0


def test_a_folder_that_dvc_does_not_know_is_one_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(FoolproofError, match="DVC cannot read the pipeline: "):
        announce.pending_stages()

"""The tour: valid light settings, a folder of its own, an unchanged workspace."""

import hashlib
import os
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from dvc.repo import Repo

from foolproof.core.params import ParamsError
from tests.repository import ROOT, copy_repository
from tools import tour
from tools.tour import LIGHT, light_params, merged, prepare, run, show

# DVC itself uses a package that Python will one day not run any more.
of_dvc = pytest.mark.filterwarnings("ignore:_NoneStep:DeprecationWarning")


def test_light_settings_are_valid_and_need_no_network() -> None:
    params = light_params(ROOT / "params.yaml")
    assert params["data"]["sources"] == ["embedded"]
    assert params["train"]["mnist"]["epochs"] == LIGHT["train"]["mnist"]["epochs"]
    usual = yaml.safe_load((ROOT / "params.yaml").read_text(encoding="utf-8"))
    assert params["train"]["mnist"]["batch_size"] == usual["train"]["mnist"]["batch_size"]


def leaves(content: object, place: str = "") -> Iterator[str]:
    """List the dotted keys of values that are no sections."""
    if isinstance(content, dict):
        for key, value in content.items():
            yield from leaves(value, f"{place}.{key}")
    else:
        yield place


def test_every_light_setting_is_a_key_of_params_yaml() -> None:
    usual = yaml.safe_load((ROOT / "params.yaml").read_text(encoding="utf-8"))
    assert set(leaves(LIGHT)) <= set(leaves(usual))
    assert merged(usual, LIGHT) != usual


def test_invalid_light_settings_are_a_params_error(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(tour, "LIGHT", {"train": {"mnist": {"epochs": 0}}})
    with pytest.raises(ParamsError, match=r"train\.mnist\.epochs: input should be greater than 0"):
        light_params(ROOT / "params.yaml")


def test_merged_overrides_recursively_and_replaces_lists() -> None:
    base = {"a": {"b": 1, "c": [1, 2]}, "d": 2}
    assert merged(base, {"a": {"c": [3]}, "e": {"f": 4}}) == {
        "a": {"b": 1, "c": [3]},
        "d": 2,
        "e": {"f": 4},
    }
    assert base == {"a": {"b": 1, "c": [1, 2]}, "d": 2}


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    """A workspace with results, a cache and a pipeline of one quick stage."""
    root = tmp_path / "workspace"
    files = {
        "dvc.yaml": "stages:\n  only:\n    cmd: python stages/only.py\n"
        "    deps: [stages/only.py]\n    outs: [reports/only.pdf]\n",
        "stages/only.py": "import foolproof, os\nfrom pathlib import Path\n"
        "Path('reports').mkdir(exist_ok=True)\n"
        "numbered = [os.environ[name] for name in ('FOOLPROOF_STAGES', 'DVC_STAGE')]\n"
        "Path('reports/only.pdf').write_text(' '.join([foolproof.__file__, *numbered]))\n",
        "src/foolproof/__init__.py": '"""Of this workspace."""\n',
        "src/foolproof/__pycache__/old.pyc": "-",
        "pyproject.toml": "",
        "dvc.lock": "schema: '2.0'\n",
        "data/mnist.json": "{}",
        "metrics/mnist.json": "{}",
        "plots/a.png": "-",
        "models/best": "-",
        ".dvc/config": "",
        ".dvc/cache/files/md5/00/11": "-",
        ".dvc/plots/series.json": "{}",
        "benchmarks/recipes/deep.csv": "",
        ".dvc/plots_page.html": "-",
        ".dvcignore": "tour/\n",
        "photos/cat.jpg": "-",
    }
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)
    (root / "params.yaml").write_bytes((ROOT / "params.yaml").read_bytes())
    return root


def contents(root: Path) -> dict[str, tuple[str, float]]:
    """List every file outside the tour's folder with its content's hash and its time."""
    return {
        path.relative_to(root).as_posix(): (
            hashlib.sha256(path.read_bytes()).hexdigest(),
            path.stat().st_mtime,
        )
        for path in root.rglob("*")
        if path.is_file() and tour.FOLDER not in path.relative_to(root).parts
    }


@of_dvc
def test_tour_leaves_the_workspace_unchanged_and_has_its_own_results(
    workspace: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    programs = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    monkeypatch.setenv("PATH", programs)
    before = contents(workspace)
    folder = prepare(workspace)
    assert run(folder) == 0
    assert contents(workspace) == before
    made = (folder / "reports/only.pdf").read_text()
    assert made == f"{folder / 'src/foolproof/__init__.py'} only only"
    assert list((folder / ".dvc/cache/files/md5").rglob("*"))
    assert (folder / "dvc.lock").exists()
    assert not (folder / "photos/cat.jpg").exists()
    # DVC in the workspace does not take the stages of the folder for its own.
    subprocess.run(["git", "init", "--quiet"], cwd=workspace, check=True)
    assert [stage.name for stage in Repo(str(workspace)).index.stages] == ["only"]


def test_the_tour_has_every_file_of_git_that_a_stage_reads(tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    copy_repository(copy)
    folder = prepare(copy)
    stages = yaml.safe_load((copy / "dvc.yaml").read_text(encoding="utf-8"))["stages"]
    read = {dep for stage in stages.values() for dep in stage.get("do", stage).get("deps", [])}
    held = {dep for dep in read if (copy / dep).exists() and not dep.startswith("metrics/")}
    assert len(held) > 50
    assert [dep for dep in sorted(held) if not (folder / dep).exists()] == []


def test_second_tour_keeps_results_and_updates_the_code(workspace: Path) -> None:
    folder = prepare(workspace)
    (folder / "data").mkdir()
    (folder / "data/kept.npz").write_text("-")
    (workspace / "src/foolproof/new.py").write_text("")
    (workspace / "stages/only.py").rename(workspace / "stages/renamed.py")
    assert prepare(workspace) == folder
    assert (folder / "data/kept.npz").exists()
    assert (folder / "src/foolproof/new.py").exists()
    assert [path.name for path in (folder / "stages").iterdir()] == ["renamed.py"]
    assert not (folder / "src/foolproof/__pycache__").exists()


def test_tour_has_its_own_cache_despite_the_users_configuration(
    workspace: Path, tmp_path: Path
) -> None:
    (workspace / ".dvc/config").write_text(f"[cache]\n    dir = {tmp_path / 'shared'}\n")
    folder = prepare(workspace)
    assert Repo(str(folder)).cache.local.path == str(folder / ".dvc/cache/files/md5")


def test_show_prints_the_reports_and_opens_nothing_without_a_display(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(subprocess, "run", pytest.fail)
    show([Path("tour/reports/a.pdf"), Path("tour/reports/b.pdf")])
    assert capsys.readouterr().out == (
        "The reports of the tour:\n  tour/reports/a.pdf\n  tour/reports/b.pdf\n"
    )


def test_show_opens_every_report_on_a_display(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opener = tmp_path / "xdg-open"
    opener.write_text(f'#!/bin/sh\necho "$1" >> {tmp_path}/opened\n')
    opener.chmod(opener.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=os.pathsep)
    monkeypatch.setenv("DISPLAY", ":0")
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    show([Path("a.pdf"), Path("b.pdf")])
    assert (tmp_path / "opened").read_text() == "a.pdf\nb.pdf\n"

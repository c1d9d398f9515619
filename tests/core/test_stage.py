"""Command line, log, exit status and stderr of `run_stage`."""

import os
import re
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from foolproof.core.stage import STAGES
from tests.repository import ROOT

SCRIPT = '''"""Make tea, black or green.

With milk.
"""
import logging
import time
from pathlib import Path
from foolproof.core.errors import FoolproofError
from foolproof.core.stage import run_stage

class Missing(FoolproofError):
    pass

def main({parameters}):
    logging.getLogger("foolproof.anything").info("half a line is %s", "enough")
    {body}

run_stage(main{arguments})
'''

DVC_YAML = """
stages:
  make_tea:
    foreach: [black, green]
    do:
      cmd: python stages/make_tea.py ${item}
      params: ["tea.${item}", pyproject.toml: [tool]]
  drink:
    cmd: python stages/drink.py
"""

STARTED = ["make_tea: INFO: Make tea, black or green.", "make_tea: INFO: half a line is enough"]


def run(
    folder: Path, body: str, *given: str, choices: str = ""
) -> "subprocess.CompletedProcess[str]":
    """Run a script with this body of `main`, and a parameter where there are choices."""
    script = folder / "make_tea.py"
    parameters, arguments = ("kind", f", kind={choices}") if choices else ("", "")
    script.write_text(SCRIPT.format(body=body, parameters=parameters, arguments=arguments))
    return subprocess.run(
        [sys.executable, script, *given], capture_output=True, text=True, cwd=folder, check=False
    )


def test_foolproof_error_is_one_line_and_exit_status_1(tmp_path: Path) -> None:
    done = run(tmp_path, "raise Missing('params.yaml: no such file')")
    assert done.returncode == 1
    assert done.stdout == ""
    assert done.stderr.splitlines() == [
        *STARTED,
        "make_tea: error: params.yaml: no such file",
    ]


@pytest.mark.parametrize(("result", "end"), [("None", ""), ("'3 cups'", ": 3 cups")])
def test_success_ends_with_time_and_result(tmp_path: Path, result: str, end: str) -> None:
    done = run(tmp_path, f"return {result}")
    assert (done.returncode, done.stdout) == (0, "")
    assert done.stderr.splitlines() == [*STARTED, f"make_tea: INFO: done in 0 s{end}"]


@pytest.mark.parametrize(
    ("stage", "number"),
    [("make_tea@green", "stage 3 of 4: "), ("drink", ""), (None, "")],
)
def test_a_stage_says_its_number_among_those_that_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, stage: str | None, number: str
) -> None:
    monkeypatch.setenv(STAGES, "grow dry make_tea@green make_tea@black")
    monkeypatch.delenv("DVC_STAGE", raising=False)
    if stage:
        monkeypatch.setenv("DVC_STAGE", stage)
    done = run(tmp_path, "pass")
    assert done.stderr.splitlines()[0] == f"make_tea: INFO: {number}Make tea, black or green."


def test_other_exceptions_keep_their_traceback(tmp_path: Path) -> None:
    done = run(tmp_path, "raise KeyError('conv1')")
    assert done.returncode == 1
    assert "Traceback" in done.stderr
    assert "KeyError: 'conv1'" in done.stderr


def test_a_missing_file_of_the_pipeline_is_one_line(tmp_path: Path) -> None:
    done = run(tmp_path, "Path('data/tea.npz').read_bytes()")
    assert done.returncode == 1
    assert done.stderr.splitlines() == [
        *STARTED,
        "make_tea: error: data/tea.npz: no such file; `dvc repro` makes it",
    ]


@pytest.mark.parametrize("path", ["/nowhere/tea", "tea.npz"])
def test_another_missing_file_keeps_its_traceback(tmp_path: Path, path: str) -> None:
    done = run(tmp_path, f"Path('{path}').read_bytes()")
    assert done.returncode == 1
    assert "Traceback" in done.stderr


def test_an_interruption_is_one_line(tmp_path: Path) -> None:
    done = run(tmp_path, "raise KeyboardInterrupt")
    assert done.returncode == 128 + signal.SIGINT
    assert done.stderr.splitlines() == [
        *STARTED,
        "make_tea: interrupted; `dvc repro` goes on from here",
    ]


def test_help_has_the_docstring_and_the_stages_and_runs_nothing(tmp_path: Path) -> None:
    (tmp_path / "dvc.yaml").write_text(DVC_YAML)
    done = run(tmp_path, "Path('made').touch()", "--help", choices="('black', 'green')")
    assert (done.returncode, done.stderr) == (0, "")
    assert "usage: python stages/make_tea.py [-h] {black,green}" in done.stdout
    assert "Make tea, black or green.\n\nWith milk." in done.stdout
    for kind in ("black", "green"):
        assert re.search(rf"dvc repro make_tea@{kind} +\(params.yaml: tea.{kind}\)", done.stdout)
    assert "drink" not in done.stdout
    assert not (tmp_path / "made").exists()


def test_help_outside_the_repository_says_where_to_run(tmp_path: Path) -> None:
    assert "Run it in the root of the repository." in run(tmp_path, "pass", "--help").stdout


@pytest.mark.parametrize(
    ("choices", "given", "message"),
    [
        ("", ("foo",), "unrecognized arguments: foo"),
        ("", ("--hlep",), "unrecognized arguments: --hlep"),
        ("('black', 'green')", ("red",), "invalid choice: 'red' (choose from"),
        ("('black', 'green')", (), "the following arguments are required: kind"),
    ],
)
def test_unknown_arguments_are_refused_and_nothing_runs(
    tmp_path: Path, choices: str, given: tuple[str, ...], message: str
) -> None:
    done = run(tmp_path, "Path('made').touch()", *given, choices=choices)
    assert done.returncode == 2
    assert message in done.stderr
    assert not (tmp_path / "made").exists()


def test_a_given_argument_reaches_main(tmp_path: Path) -> None:
    done = run(tmp_path, "return kind", "red", choices="None")
    assert done.stderr.splitlines()[-1] == "make_tea: INFO: done in 0 s: red"


@pytest.mark.parametrize(
    "script", sorted((ROOT / "stages").glob("*.py")), ids=lambda path: path.stem
)
def test_every_script_explains_itself_and_writes_nothing(script: Path, tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, script, "--help"],
        capture_output=True,
        text=True,
        cwd=tmp_path,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert f"usage: python stages/{script.name}" in done.stdout
    assert list(tmp_path.iterdir()) == []


def test_help_does_not_wait_for_what_takes_seconds_to_import() -> None:
    names = [path.stem for path in (ROOT / "stages").glob("*.py")]
    code = (
        "import importlib, sys\n"
        f"for name in {names}: importlib.import_module(f'stages.{{name}}')\n"
        "print({'torchvision', 'timm', 'torch._dynamo'} & sys.modules.keys())"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, check=False
    )
    assert done.stdout == "set()\n", done.stderr


def test_a_copy_of_the_repository_runs_on_its_own_code(tmp_path: Path) -> None:
    """As an experiment of DVC's in a folder of its own does, though another one is installed."""
    copy = tmp_path / "copy of it"
    shutil.copytree(ROOT / "src", copy / "src", ignore=shutil.ignore_patterns("__pycache__"))
    (copy / "stages").mkdir()
    script = copy / "stages/make_tea.py"
    script.write_text(
        SCRIPT.format(
            body="import foolproof; return f'{kind}, {foolproof.__file__}'",
            parameters="kind",
            arguments=", kind=None",
        )
    )
    environment = {k: v for k, v in os.environ.items() if k != "PYTHONPATH"}
    done = subprocess.run(
        [sys.executable, "stages/make_tea.py", "black tea"],
        capture_output=True,
        text=True,
        cwd=copy,
        env=environment | {"PYTHONPATH": str(ROOT / "src")},
        check=False,
    )
    assert done.stderr.splitlines() == [
        *STARTED,
        f"make_tea: INFO: done in 0 s: black tea, {copy / 'src/foolproof/__init__.py'}",
    ]


@pytest.mark.parametrize(
    "changes",
    [
        {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"},
        {"PYTHONIOENCODING": "ascii"},
        {"PYTHONIOENCODING": "latin-1"},
        {"TERM": "dumb", "COLUMNS": "1"},
        {"TERM": "", "COLUMNS": "0", "NO_COLOR": "1"},
        {"HOME": "/nonexistent"},
        {"HOME": ""},
    ],
    ids=lambda changes: " ".join(f"{key}={value}" for key, value in changes.items()),
)
def test_a_stage_speaks_on_any_terminal(tmp_path: Path, changes: dict[str, str]) -> None:
    body = "print('ε = 8/255'); return '± 2 %'"
    script = tmp_path / "make_tea.py"
    script.write_text(SCRIPT.format(body=body, parameters="", arguments=""), encoding="utf-8")
    for given in ((), ("--help",)):
        done = subprocess.run(
            [sys.executable, script, *given],
            capture_output=True,
            cwd=tmp_path,
            env=os.environ | changes,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        assert b"Traceback" not in done.stderr
    assert b"Make tea" in done.stdout


def test_a_folder_of_another_user_is_one_line(tmp_path: Path) -> None:
    body = "raise PermissionError(13, 'Permission denied', 'models/mnist/bn.safetensors')"
    done = run(tmp_path, body)
    assert done.returncode == 1
    assert done.stderr.splitlines() == [
        *STARTED,
        "make_tea: error: models/mnist/bn.safetensors: Permission denied; whose is this folder?",
    ]


def test_a_stage_that_is_told_to_end_ends_in_silence(tmp_path: Path) -> None:
    done = run(tmp_path, "import os, signal; os.kill(os.getpid(), signal.SIGTERM)")
    assert done.returncode == -signal.SIGTERM
    assert done.stderr.splitlines() == STARTED

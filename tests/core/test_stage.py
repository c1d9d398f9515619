"""Exit status and stderr of `run_stage`."""

import subprocess
import sys
from pathlib import Path

SCRIPT = """
import logging
from foolproof.core.errors import FoolproofError
from foolproof.core.stage import run_stage

class Missing(FoolproofError):
    pass

def main():
    logging.getLogger("foolproof.anything").info("half a line is %s", "enough")
    {body}

run_stage(main)
"""


def run(folder: Path, body: str) -> "subprocess.CompletedProcess[str]":
    script = folder / "make_tea.py"
    script.write_text(SCRIPT.format(body=body))
    return subprocess.run(
        [sys.executable, script], capture_output=True, text=True, cwd=folder, check=False
    )


def test_foolproof_error_is_one_line_and_exit_status_1(tmp_path: Path) -> None:
    done = run(tmp_path, "raise Missing('params.yaml: no such file')")
    assert done.returncode == 1
    assert done.stdout == ""
    assert done.stderr.splitlines() == [
        "make_tea: INFO: half a line is enough",
        "make_tea: error: params.yaml: no such file",
    ]


def test_success_has_exit_status_0(tmp_path: Path) -> None:
    done = run(tmp_path, "pass")
    assert (done.returncode, done.stdout) == (0, "")
    assert done.stderr == "make_tea: INFO: half a line is enough\n"


def test_other_exceptions_keep_their_traceback(tmp_path: Path) -> None:
    done = run(tmp_path, "raise KeyError('conv1')")
    assert done.returncode == 1
    assert "Traceback" in done.stderr
    assert "KeyError: 'conv1'" in done.stderr

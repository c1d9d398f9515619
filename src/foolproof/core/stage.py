"""Entry point of every stage script."""

import argparse
import logging
import os
import re
import sys
import time
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager, nullcontext
from io import TextIOWrapper
from pathlib import Path
from typing import Any

from foolproof.core.errors import FoolproofError
from foolproof.core.silence import no_long_silence

OUTPUTS = ("data", "metrics", "models", "plots")
"""Folders that the pipeline writes."""

STAGES = "FOOLPROOF_STAGES"
"""Environment variable with the names of the stages that run, in this order."""


def run_stage(main: Callable[..., str | None], **arguments: Collection[str] | None) -> None:
    """Run a stage by its command line, and log to stderr under its name.

    The log says first what the stage does, with its number among those that run where that is
    known, and last how long that took, with its main result.
    `--help` shows the script's docstring and the stages that run it. A FoolproofError, a missing
    file of the pipeline, and an interruption are one line each, with exit status 1, or 130.

    Args:
        main: of the script; it returns its main result in a line, or None.
        arguments: its positional arguments in their order, with the values that each may have;
            None for any.
    """
    script = Path(sys.argv[0])
    ensure_own_code(script)
    description = main.__globals__["__doc__"]
    parser = argparse.ArgumentParser(
        prog=f"python stages/{script.name}",
        description=description,
        epilog=stages_of(script.stem),
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    for argument, values in arguments.items():
        parser.add_argument(argument, choices=values)
    print_in_any_encoding()
    given = vars(parser.parse_args())
    logging.basicConfig(
        level=logging.INFO, format=f"{script.stem}: %(levelname)s: %(message)s", stream=sys.stderr
    )
    logging.info(numbered() + description.splitlines()[0])
    begun = time.monotonic()
    # A terminal shows bars instead.
    watch = nullcontext() if sys.stderr.isatty() else no_long_silence()
    with one_line_errors(script.stem), watch:
        result = main(**given)
    seconds = time.monotonic() - begun
    logging.info("done in %.0f s%s", seconds, f": {result}" if result else "")


def ensure_own_code(script: Path) -> None:
    """Start a script again on the code beside it, where it runs on that of another workspace.

    The environment installs one workspace's code, also for a copy of it: `dvc exp run --queue` and
    `--temp` run an experiment in a folder of its own, with its own code.

    Args:
        script: in the folder stages/ beside src/.
    """
    source = script.resolve().parents[1] / "src"
    own = source / __package__.partition(".")[0]
    if own.is_dir() and own not in Path(__file__).resolve().parents:
        os.environ["PYTHONPATH"] = str(source)
        os.execv(sys.executable, [sys.executable, *sys.argv])


def numbered() -> str:
    """Write "stage 12 of 46: " by the list in `STAGES`, or "" for a stage that is not in it."""
    names = os.environ.get(STAGES, "").split()
    name = os.environ.get("DVC_STAGE")  # set by DVC for each command
    return f"stage {names.index(name) + 1} of {len(names)}: " if name in names else ""


def run_tool(main: Callable[[], None]) -> None:
    """Run a tool without arguments: `--help` shows its docstring, and errors are one line."""
    print_in_any_encoding()
    argparse.ArgumentParser(
        description=main.__globals__["__doc__"],
        formatter_class=argparse.RawDescriptionHelpFormatter,
    ).parse_args()
    with one_line_errors(Path(sys.argv[0]).stem):
        main()


def print_in_any_encoding() -> None:
    """Print signs such as ε as codes where the terminal's encoding lacks them, as stderr does."""
    if isinstance(sys.stdout, TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")


@contextmanager
def one_line_errors(name: str) -> Iterator[None]:
    """Exit with one line where a block fails for a reason that its user can mend, or is stopped.

    Args:
        name: of the program, which begins the line.
    """
    try:
        yield
    except FoolproofError as error:
        sys.exit(f"{name}: error: {error}")
    except (FileNotFoundError, PermissionError) as error:
        path = Path(error.filename or "")
        if path.is_absolute() or path.parts[:1] not in [(folder,) for folder in OUTPUTS]:
            raise
        if isinstance(error, FileNotFoundError):
            sys.exit(f"{name}: error: {path}: no such file; `dvc repro` makes it")
        sys.exit(f"{name}: error: {path}: {error.strerror}; whose is this folder?")
    except KeyboardInterrupt:
        print(f"{name}: interrupted; `dvc repro` goes on from here", file=sys.stderr)
        sys.exit(130)


def stages_of(script: str) -> str:
    """Say which stages of dvc.yaml run a script, and which params they read.

    Args:
        script: name without its suffix.
    """
    import yaml  # noqa: PLC0415 (for --help alone)

    path = Path("dvc.yaml")
    if not path.is_file():
        return "Run it in the root of the repository."
    spec: dict[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))["stages"]
    lines = []
    for name, stage in spec.items():
        body = stage.get("do", stage)
        for item in items_of(stage):
            if re.match(rf"python stages/{script}\.py\b", filled(body["cmd"], item)):
                sections = [each for each in body.get("params", []) if isinstance(each, str)]
                reads = ", ".join(filled(section, item) for section in sections)
                lines.append(
                    f"Run it with: dvc repro {name}{f'@{item}' if item else ''}"
                    + (f"    (params.yaml: {reads})" if reads else "")
                )
    return "\n".join(lines)


def items_of(stage: dict[str, Any]) -> Iterator[str]:
    """List the items of a `foreach`, or "" for a stage without one."""
    yield from stage.get("foreach", [""])


def filled(text: str, item: str) -> str:
    """Put an item in place of `${item}` or `${key}`."""
    return re.sub(r"\$\{(item|key)\}", lambda _: item, text)

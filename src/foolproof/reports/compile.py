"""Compiling a report."""

import logging
import platform
from collections.abc import Mapping
from importlib.metadata import version
from pathlib import Path

import typst

from foolproof.core.errors import FoolproofError
from foolproof.core.files import atomic_write

log = logging.getLogger(__name__)

# What a report says about the environment; the rest is in requirements.lock.
PACKAGES = ("torch", "torchvision", "numpy", "scikit-learn", "matplotlib", "dvc", "typst")

# Said of every HTML page; the version of Typst is pinned, and a test reads the page.
EXPERIMENTAL = "html export is under active development and incomplete"


def compile_report(
    template: Path, output: Path, *, root: Path, inputs: Mapping[str, str] | None = None
) -> None:
    """Turn a Typst template into a PDF or HTML; equal inputs and environments give equal bytes.

    Only the fonts inside the `typst` package are used, so that every machine sets the same page.

    Args:
        template: reads answers and pictures from paths below `root`; it gets the versions
            of Python and of `PACKAGES` as `sys.inputs`.
        output: `.pdf` or `.html`.
        root: the folder that absolute paths in the template start from.
        inputs: further `sys.inputs`.

    Raises:
        FoolproofError: with what Typst says and where, when the template does not compile.
    """
    if not template.is_file():
        raise FoolproofError(f"{template}: there is no such report template")
    versions = {package: version(package) for package in PACKAGES}
    try:
        document, warnings = typst.compile_with_warnings(
            template,
            root=root,
            format="html" if output.suffix == ".html" else "pdf",
            sys_inputs={"python": platform.python_version(), **versions, **(inputs or {})},
            ignore_system_fonts=True,
            timestamp=0,
        )
    except typst.TypstError as error:
        raise FoolproofError(f"{_location(error) or template}: {error.message}") from error
    with atomic_write(output) as temporary:
        temporary.write_bytes(document)
    for warning in warnings:
        if warning.message == EXPERIMENTAL:
            continue
        log.warning("%s: %s", template, warning.message)


def _location(error: typst.TypstError) -> str | None:
    """Find file:line:column in what Typst prints, where it points at a place at all."""
    _, arrow, rest = str(error.diagnostic).partition("┌─ ")
    return rest.splitlines()[0].strip() if arrow else None

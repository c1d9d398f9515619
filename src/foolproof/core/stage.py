"""Entry point of every stage script."""

import logging
import sys
from collections.abc import Callable
from pathlib import Path

from foolproof.core.errors import FoolproofError


def run_stage(main: Callable[[], None]) -> None:
    """Run a stage: log to stderr under its name; turn a FoolproofError into one line and exit 1."""
    logging.basicConfig(
        level=logging.INFO,
        format=f"{Path(sys.argv[0]).stem}: %(levelname)s: %(message)s",
        stream=sys.stderr,
    )
    try:
        main()
    except FoolproofError as error:
        sys.exit(f"{Path(sys.argv[0]).stem}: error: {error}")

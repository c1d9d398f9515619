"""Compile the report of an assignment."""

import argparse
from pathlib import Path

from foolproof.core.stage import run_stage
from foolproof.reports.compile import compile_report


def main() -> None:
    """Compile the report that the command line names."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("assignment")
    assignment = parser.parse_args().assignment
    compile_report(
        Path("src/foolproof/reports", f"{assignment}.typ"),
        Path("reports", f"{assignment}.pdf"),
        root=Path(),
    )


if __name__ == "__main__":
    run_stage(main)

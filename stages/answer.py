"""Answer the questions of a sheet: metrics/answers/<sheet>.json, which the reports lay out."""

import argparse
from importlib import import_module
from pathlib import Path

from foolproof.answers.results import Results
from foolproof.core.files import write_json
from foolproof.core.stage import run_stage


def main() -> None:
    """Answer the sheet that the command line names."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("sheet", choices=("ee6132", "cs5787", "huji67103", "cis680"))
    sheet = parser.parse_args().sheet
    report = import_module(f"foolproof.answers.{sheet}").report(Results(Path()))
    write_json(Path(f"metrics/answers/{sheet}.json"), report.to_json())


if __name__ == "__main__":
    run_stage(main)

"""Answer the questions of a sheet, and compile its report."""

from pathlib import Path

from foolproof.answers.cis680 import report as cis680
from foolproof.answers.cs5787 import report as cs5787
from foolproof.answers.document import pictures_of
from foolproof.answers.ee6132 import report as ee6132
from foolproof.answers.huji67103 import report as huji67103
from foolproof.answers.results import Results
from foolproof.core.files import write_json
from foolproof.core.stage import run_stage
from foolproof.reports.compile import compile_report
from foolproof.reports.pictures import smaller_copies

SHEETS = {
    "ee6132": ee6132.report,
    "cs5787": cs5787.report,
    "huji67103": huji67103.report,
    "cis680": cis680.report,
}


def main(sheet: str) -> None:
    """Write the answers to a sheet, and lay them out."""
    answers = SHEETS[sheet](Results(Path())).to_json()
    write_json(Path(f"metrics/answers/{sheet}.json"), answers)
    with smaller_copies(pictures_of(answers), Path()) as pictures:
        compile_report(
            Path("src/foolproof/reports/layout.typ"),
            Path("reports", f"{sheet}.pdf"),
            root=Path(),
            inputs={"sheet": sheet, "pictures": pictures},
        )


if __name__ == "__main__":
    run_stage(main, sheet=tuple(SHEETS))

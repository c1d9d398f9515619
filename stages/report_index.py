"""Set the answers to all sheets as one page in HTML: reports/index.html."""

from pathlib import Path

from foolproof.core.stage import run_stage
from foolproof.reports.compile import compile_report


def main() -> None:
    """Lay out metrics/answers/; the page links to the PDFs and shows the pipeline's pictures."""
    compile_report(Path("src/foolproof/reports/index.typ"), Path("reports/index.html"), root=Path())


if __name__ == "__main__":
    run_stage(main)

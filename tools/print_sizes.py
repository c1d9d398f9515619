"""List the figures of the reports by the size of their smallest text in print.

    python -m tools.print_sizes

Figures are drawn with text of at least `SMALLEST` points and shrunk to the width that an answer
gives them. The reports' own text is larger: its smallest is set in src/foolproof/reports.
"""

from pathlib import Path
from typing import Any

from PIL import Image

from foolproof.core.files import read_json
from foolproof.figures.style import STYLE

SMALLEST = 6.5
"""Points of the smallest text in a figure; tests/figures holds the modules to it."""

TEXT_WIDTH = (21 - 2 * 2.3) / 2.54
"""Of the reports, in inches."""


def main() -> None:
    """Print the sizes of all figures, the smallest first."""
    for path, size in sorted(printed_sizes(Path()).items(), key=lambda each: each[1]):
        print(f"{size:5.2f} pt  {path}")


def printed_sizes(root: Path) -> dict[str, float]:
    """Compute the points of the smallest text in print, by the figure's path.

    Args:
        root: with the answers of all sheets and the plots.
    """
    sizes: dict[str, float] = {}
    for answers in sorted((root / "metrics/answers").glob("*.json")):
        for path, width in figures_of(read_json(answers)):
            with Image.open(root / path) as image:
                natural = image.width / STYLE["savefig.dpi"]
            sizes[path] = min(SMALLEST * width / natural, sizes.get(path, SMALLEST * 9))
    return sizes


def figures_of(data: Any) -> list[tuple[str, float]]:
    """List paths and printed widths, in inches, of the figures in a report's JSON."""
    if isinstance(data, list):
        return [figure for each in data for figure in figures_of(each)]
    if not isinstance(data, dict):
        return []
    found = figures_of(list(data.values()))
    if data.get("kind") == "figure":
        found.append((data["path"], data["width"] / 100 * TEXT_WIDTH))
    return found


if __name__ == "__main__":
    main()

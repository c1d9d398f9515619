"""Draw the robust accuracy of the MNIST networks of all seeds, without and with batch norm."""

from pathlib import Path

from foolproof.core.files import read_json
from foolproof.core.provenance import source_line
from foolproof.core.stage import run_stage
from foolproof.figures.robustness_comparison import draw_robustness_comparison
from foolproof.figures.style import save_figure

NAMES = {"nobn": "without batch norm", "bn": "with batch norm"}


def main() -> None:
    """Draw the figure."""
    found = read_json(Path("metrics/mnist/robustness_comparison.json"))
    figure = draw_robustness_comparison(
        found["by_epsilon"],
        NAMES,
        title=f"MNIST networks under L-infinity attacks, {found['images']:,} test images",
        unit="pixels in [0, 1]",
    )
    path = Path("plots/draw_robustness_comparison/mnist.png")
    save_figure(figure, path, source=source_line("mnist"))


if __name__ == "__main__":
    run_stage(main)

"""Compare the deep CIFAR-10 network with the sheet's, with batch norm, on the same images."""

from pathlib import Path

from foolproof.compute.words import points_in_words
from foolproof.core.files import write_json
from foolproof.core.stage import run_stage
from foolproof.data.arrays import read_arrays
from foolproof.training.comparison import compare_predictions

PREDICTIONS = Path("data/predictions/cifar10")


def main() -> str:
    """Compare the networks whose weights are kept: those of the first seeds."""
    deep, sheet = (read_arrays(PREDICTIONS / f"{name}.npz") for name in ("deep", "bn"))
    compared = compare_predictions(deep, sheet)[0]
    write_json(Path("metrics/cifar10/deep_comparison.json"), compared)
    return f"deep network above the sheet's: {points_in_words(compared['difference'], 'image')}"


if __name__ == "__main__":
    run_stage(main)

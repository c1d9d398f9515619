"""Compare the deep CIFAR-10 network with the sheet's, with batch norm, on the same images."""

from pathlib import Path

from foolproof.core.files import write_json
from foolproof.core.stage import run_stage
from foolproof.data.arrays import read_arrays
from foolproof.training.comparison import compare_predictions

PREDICTIONS = Path("data/predictions/cifar10")


def main() -> None:
    """Compare the networks whose weights are kept: those of the first seeds."""
    deep, sheet = (read_arrays(PREDICTIONS / f"{name}.npz") for name in ("deep", "bn"))
    write_json(Path("metrics/cifar10/deep_comparison.json"), compare_predictions(deep, sheet)[0])


if __name__ == "__main__":
    run_stage(main)

"""Sets in MNIST's format with other classes than ten, or next to no images."""

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

from foolproof.data.arrays import read_arrays, write_arrays
from tests.params.test_random_params import MNIST, TRAININGS
from tests.stages.small_data import run_stage_of, small_workspace

Arrays = dict[str, np.ndarray]

# Training first: the others read its networks.
STAGES = (
    *(stage for stage in TRAININGS if "cifar10" not in stage and "deep" not in stage),
    *("show_predictions", "visualize", "occlude", MNIST, "attack_nontargeted", "attack_targeted"),
    *("attack_noise", "attack_one_sided", "evaluate_one_sided", "evaluate_robustness mnist"),
    *("compare_robustness", "compare_robust_network"),
)


def three_classes(arrays: Arrays) -> Arrays:
    """The labels 0, 1 and 2 alone."""
    return arrays | {
        f"{split}_labels": arrays[f"{split}_labels"] % 3 for split in ("train", "test")
    }


def without_a_class(arrays: Arrays) -> Arrays:
    """The class 0 has training images, and no test image."""
    kept = arrays["test_labels"] != 0
    return arrays | {name: arrays[name][kept] for name in ("test_images", "test_labels")}


def two_test_images(arrays: Arrays) -> Arrays:
    """A test set of two images of two classes."""
    labels = arrays["test_labels"]
    kept = [0, int(np.flatnonzero(labels != labels[0])[0])]
    return arrays | {name: arrays[name][kept] for name in ("test_images", "test_labels")}


@pytest.fixture(
    scope="module",
    params=[three_classes, without_a_class, two_test_images],
    ids=lambda each: each.__name__,
)
def folder(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Path]:
    """A folder with all that the stages read, and with other digits."""
    folder = tmp_path_factory.mktemp("other")
    with small_workspace(folder):
        change: Callable[[Arrays], Arrays] = request.param
        path = folder / "data/mnist.npz"
        write_arrays(path, **change(dict(read_arrays(path))))
        yield folder


@pytest.mark.parametrize("command", STAGES)
def test_a_stage_has_results_on_other_digits(folder: Path, command: str) -> None:
    assert (folder / "data/mnist.npz").is_file()
    run_stage_of(command)

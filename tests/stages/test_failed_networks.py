"""Networks whose training failed, or that come from elsewhere broken: every stage has results.

A stage that reads such networks writes its metrics, with nulls where there is nothing to measure.
"""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import torch
from safetensors import safe_open
from safetensors.torch import load_file, save_file
from torch import Tensor

from foolproof.data.arrays import read_arrays, write_arrays
from tests.params.test_random_params import MNIST, PHOTOS
from tests.stages.small_data import run_stage_of, small_workspace

State = dict[str, Tensor]

# In the order in which they read each other's files.
STAGES = (
    *("show_filters", "describe_networks", "show_predictions", "visualize", "occlude", MNIST),
    *("attack_nontargeted", "attack_targeted", "attack_noise", "attack_one_sided"),
    *("evaluate_one_sided", "evaluate_robustness mnist", "compare_robustness"),
    *("classify_photos", "show_feature_maps", "extract_pet_features", "logistic_regression"),
    *("attack_linf", "evaluate_linf", "attack_eot", "robustness", "attack_minimal"),
    *("evaluate_minimal", "feature_visualization", "evaluate_feature_visualization"),
    *("occlude_photos", PHOTOS),
)


def last_weight(state: State) -> str:
    """Name the weights of the last layer."""
    return [name for name, value in state.items() if name.endswith("weight") and value.dim() > 1][
        -1
    ]


def dead(state: State) -> State:
    """No unit behind the first layers is ever active."""
    last = last_weight(state).rpartition(".")[0]
    return {
        name: torch.full_like(value, -1000)
        if name.endswith("bias") and name.rpartition(".")[0] != last
        else value
        for name, value in state.items()
    }


def constant(state: State) -> State:
    """Every image is of one class, and surely so."""
    weight = last_weight(state)
    bias = weight.replace("weight", "bias")
    changed = state | {weight: torch.zeros_like(state[weight])}
    if bias in state:
        changed[bias] = torch.zeros_like(state[bias])
        changed[bias][1] = 1000
    return changed


def zero(state: State) -> State:
    """All weights are zero, as if nothing had been loaded."""
    return {
        name: value if "running_var" in name else torch.zeros_like(value)
        for name, value in state.items()
    }


def change_networks(folder: Path, change: Callable[[State], State]) -> None:
    """Change the weights of every network in a folder."""
    for path in (folder / "models").rglob("*.safetensors"):
        with safe_open(path, "pt") as file:
            metadata = file.metadata()
        state = {name: value.contiguous() for name, value in change(load_file(path)).items()}
        save_file(state, path, metadata=metadata)
    for path in (folder / "data").glob("*.npz"):
        arrays = read_arrays(path)
        weights = {n: torch.tensor(a) for n, a in arrays.items() if n.startswith("state/")}
        if weights:
            changed = {name: value.numpy() for name, value in change(weights).items()}
            write_arrays(path, **(arrays | changed))


@pytest.fixture(scope="module", params=[dead, constant, zero], ids=lambda each: each.__name__)
def folder(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Path]:
    """A folder with all that the stages read, and with failed networks."""
    folder = tmp_path_factory.mktemp("failed")
    with small_workspace(folder):
        change_networks(folder, request.param)
        yield folder


@pytest.mark.parametrize("command", STAGES)
def test_a_stage_has_results_of_a_failed_network(folder: Path, command: str) -> None:
    before = set(folder.rglob("*.json")) | set(folder.rglob("*.npz"))
    run_stage_of(command)
    assert before < set(folder.rglob("*.json")) | set(folder.rglob("*.npz"))

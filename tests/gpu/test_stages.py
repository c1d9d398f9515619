"""Whole stages on the pretended GPU, with tiny data and settings.

Their own lines compute on a device as well, between the library's functions.
"""

import importlib
from collections.abc import Iterator
from pathlib import Path

import matplotlib.pyplot as plt
import pytest

from tests.gpu.pretend import DEVICE, pretended_gpu
from tests.repository import ROOT
from tests.stages.small_data import NETWORK, write_small_data

# By module, with what the command line says.
STAGES = (
    "attack_one_sided",
    "evaluate_one_sided",  # reads what `attack_one_sided` wrote
    "evaluate_robustness mnist",
    "evaluate_robustness cifar10",
    "compare_robustness",
    "train_robust",
    "compare_robust_network",  # reads what `train_robust` wrote
    "attack_linf",
    "evaluate_linf",  # reads what `attack_linf` wrote, as `attack_eot` does
    "attack_eot",
    "attack_minimal",
    "evaluate_minimal",
    "attack_noise",
    "attack_nontargeted",
    "attack_targeted",
    "classify_photos",
    "extract_pet_features",
    "feature_visualization",
    "evaluate_feature_visualization",
    "occlude",
    "explain_mnist models/mnist/best.safetensors",  # reads what `occlude` wrote
    "occlude_photos",
    f"explain_photos data/{NETWORK}.npz",  # reads what `occlude_photos` wrote
    "robustness",
    "show_feature_maps",
    "show_predictions",
    "time_batchnorm",
    "train_cifar10 bn",
    "train_deep",
    "train_mnist bn",
    "train_cis680 first",
    "visualize",
)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with all that the stages read."""
    folder = tmp_path_factory.mktemp("gpu")
    write_small_data(folder)
    return folder


@pytest.fixture
def no_figures(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Leave the drawing of figures out, which takes the longest and needs no GPU."""
    monkeypatch.setattr(
        "matplotlib.figure.Figure.savefig", lambda _, path, **__: Path(path).touch()
    )
    yield
    plt.close("all")


@pytest.mark.usefixtures("no_figures")
@pytest.mark.parametrize("command", STAGES)
def test_a_stage_runs_on_a_gpu(command: str, made: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    name, *arguments = command.split()
    stage = importlib.import_module(f"stages.{name}")
    monkeypatch.chdir(made)
    monkeypatch.setattr(stage, "prepare_device", lambda *_, **__: DEVICE, raising=False)
    monkeypatch.setattr("foolproof.compute.stage.prepare_device", lambda *_, **__: DEVICE)
    with pretended_gpu():
        stage.main(*arguments)


def test_every_stage_that_computes_on_a_device_is_run() -> None:
    without = {
        "adder",
        "surfaces",
        "receptive_fields",
        "shallow_as_deep",
        "xor",
    }  # they stay on the CPU
    computing = {
        path.stem
        for path in (ROOT / "stages").glob("*.py")
        if any(
            loader in path.read_text()
            for loader in (
                "prepare_device",
                "with stage(",
                "with network_stage(",
                "with photo_stage(",
            )
        )
    }
    assert {command.split()[0] for command in STAGES} == computing - without

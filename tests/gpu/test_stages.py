"""Whole stages on the pretended GPU, with tiny data and settings.

Their own lines compute on a device as well, between the library's functions.
"""

import importlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import pytest
import torch
import yaml

from foolproof.data.arrays import write_arrays
from foolproof.networks import cifar10, cis680, mnist
from foolproof.networks.weights import save_weights
from foolproof.photos.photo import load_photos
from foolproof.pretrained.load import load_pretrained, network_pixels, predict
from tests.gpu.pretend import DEVICE, pretended_gpu
from tests.pipeline.conftest import TINY
from tests.small_training import bars
from tests.stages.conftest import CLASSES, write_network, write_photos, write_record
from tools.tour import merged

ROOT = Path(__file__).parents[2]
NETWORK = "squeezenet1_1"
PHOTOS = ("cat.jpg", "peppers.png", "odd.jpg")

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
    """A folder with all that the stages read: small data, untrained networks, params."""
    folder = tmp_path_factory.mktemp("gpu")
    images, labels = bars(60)
    grey = {"images": images[:, 0].numpy(), "labels": labels.numpy()}
    random = np.random.default_rng(0)
    coloured = {
        "images": random.integers(0, 256, (20, 32, 32, 3), np.uint8),
        "labels": grey["labels"][:20],
    }
    for name, part in (("mnist", grey), ("cifar10", coloured)):
        both = {
            f"{split}_{key}": value for split in ("train", "test") for key, value in part.items()
        }
        write_arrays(folder / f"data/{name}.npz", **both)
        write_record(folder, name, stand_in=True)
    kinds = {"mnist": mnist.NETWORKS, "cis680": cis680.NETWORKS, "cifar10": cifar10.NETWORKS}
    torch.manual_seed(0)
    for group, networks in kinds.items():
        for name, build in networks.items():
            path = folder / f"models/{group}/{name}.safetensors"
            state = build().state_dict()
            for each in (path, folder / f"models/seeds/{group}/{name}/0.safetensors"):
                save_weights(each, state, network=name)
    (folder / "models/mnist/best.safetensors").write_bytes(
        (folder / "models/mnist/bn.safetensors").read_bytes()
    )
    write_photo_data(folder)
    photo_settings: dict[str, Any] = {
        "pretrained": {"network": NETWORK},
        "feature_visualization": {
            "network": NETWORK,
            "transfer_network": NETWORK,
            "desired": 1.0,
            "prior": {"side": 11},
            "steps": 2,
        },
        "occlude_photos": {"photos": [PHOTOS[0]], "blocks": [{"side": 31, "stride": 40}]},
        "explain": {"photos": {"scores": {"tile": 40}}},
        "occlude": {"measured": {"stride": 1}},  # bars may lie between wider positions
        "attack_linf": {"examples": [{"photo": PHOTOS[0], "target": "rocket"}]},
    }
    params = yaml.safe_load((ROOT / "params.yaml").read_text())
    params = merged(merged(params, TINY), photo_settings)
    (folder / "params.yaml").write_text(yaml.safe_dump(params))
    return folder


def write_photo_data(folder: Path) -> None:
    """Write a network, photos with the labels that it gives them, and pets."""
    from torchvision.models import get_model

    write_network(folder, NETWORK, get_model(NETWORK, num_classes=len(CLASSES)))
    write_photos(folder, dict.fromkeys(PHOTOS, CLASSES[0]))
    pretrained = load_pretrained(folder / f"data/{NETWORK}.npz", torch.device("cpu"))
    pictures = [photo.picture for photo in load_photos(folder / "data/photos.npz")]
    seen = predict(pretrained, network_pixels(pretrained, pictures)).argmax(1).tolist()
    write_photos(folder, {name: CLASSES[row] for name, row in zip(PHOTOS, seen, strict=True)})
    with np.load(folder / "data/photos.npz") as photos:
        packed = {key: photos[key] for key in ("bytes", "offsets", "names")}
    write_arrays(
        folder / "data/pets.npz",
        **packed,
        labels=np.zeros(3, np.int64),
        train=np.array([True, True, False]),
        classes=np.array(["Abyssinian"]),
    )
    write_record(folder, "pets", stand_in=True)


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

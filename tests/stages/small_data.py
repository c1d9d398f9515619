"""A folder with all that the stages read: small data, untrained networks, params."""

import importlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import pytest
import torch
import yaml
from matplotlib.figure import Figure

from foolproof.data.arrays import write_arrays
from foolproof.networks import cifar10, cis680, mnist
from foolproof.networks.weights import save_weights
from foolproof.photos.photo import load_photos
from foolproof.pretrained.load import load_pretrained, network_pixels, predict
from tests.pipeline.conftest import TINY
from tests.repository import ROOT
from tests.small_training import bars
from tests.stages.conftest import CLASSES, picture, write_network, write_photos, write_record
from tools.tour import merged

NETWORK = "squeezenet1_1"
PETS = 24
PHOTOS = ("cat.jpg", "peppers.png", "odd.jpg")


def write_small_data(folder: Path) -> None:
    """Write data of tens of pictures, networks for them, and tiny params."""
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


def write_photo_data(folder: Path) -> None:
    """Write a network, photos with the labels that it gives them, and pets."""
    from torchvision.models import get_model

    write_network(folder, NETWORK, get_model(NETWORK, num_classes=len(CLASSES)))
    write_photos(folder, dict.fromkeys(PHOTOS, CLASSES[0]))
    pretrained = load_pretrained(folder / f"data/{NETWORK}.npz", torch.device("cpu"))
    pictures = [photo.picture for photo in load_photos(folder / "data/photos.npz")]
    seen = predict(pretrained, network_pixels(pretrained, pictures)).argmax(1).tolist()
    write_photos(folder, {name: CLASSES[row] for name, row in zip(PHOTOS, seen, strict=True)})
    pets = [picture(number) for number in range(PETS)]
    write_arrays(
        folder / "data/pets.npz",
        bytes=np.frombuffer(b"".join(pets), np.uint8),
        offsets=np.cumsum([0, *map(len, pets)]),
        names=np.array([f"{number}.jpg" for number in range(PETS)]),
        labels=np.arange(PETS) % 3,
        train=np.arange(PETS) < PETS // 2,
        classes=np.array(["Abyssinian", "Beagle", "Pug"]),
    )
    write_record(folder, "pets", stand_in=True)


@contextmanager
def small_workspace(folder: Path) -> Iterator[None]:
    """Write small data into a folder, and run stages there, whose figures are laid out alone."""
    threads = torch.get_num_threads()
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        patch.setenv("FOOLPROOF_DEVICE", "cpu")
        patch.setenv("CUBLAS_WORKSPACE_CONFIG", ":4096:8")
        patch.setattr(Figure, "savefig", lay_out)
        write_small_data(folder)
        yield
    torch.set_num_threads(threads)
    torch.set_deterministic_debug_mode("default")


def lay_out(figure: Figure, path: Path, **_: object) -> None:
    """Lay a figure out, which finds what cannot be drawn, and write an empty file."""
    figure.draw_without_rendering()
    path.touch()


def run_stage_of(command: str) -> None:
    """Run a stage in this process, by its script and arguments."""
    name, *arguments = command.split()
    try:
        importlib.import_module(f"stages.{name}").main(*arguments)
    finally:
        plt.close("all")

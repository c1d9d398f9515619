"""`explain_mnist` on an untrained network and few digits."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
import yaml

from foolproof.core.files import read_csv
from foolproof.data.arrays import read_arrays, write_arrays
from foolproof.networks.mnist import NETWORKS
from foolproof.networks.weights import save_weights
from stages import explain_mnist
from tests.stages.conftest import write_record

BASELINES = {"deletion": "mean", "insertion": "blur"}

PARAMS: dict[str, Any] = {
    "compute": {"threads": 1},
    "explain": {
        "mnist": {
            "seed": 0,
            "images_per_class": 2,
            "methods": {
                "smoothgrad": {"samples": 2, "std": 0.1},
                "integrated_gradients": {"steps": 2, "rule": "midpoint"},
                "occlusion": {"side": 5, "stride": 7, "fill": 0},
            },
            "scores": {"steps": 3, "tile": 4, "random_maps": 2, "baselines": BASELINES},
        }
    },
}


@pytest.fixture
def project(photo_folder: Path) -> Path:
    """A working folder with ten digits and the class that an untrained network gives each."""
    torch.manual_seed(0)
    network = NETWORKS["bn"]().eval()
    path = photo_folder / "models/mnist/best.safetensors"
    save_weights(path, network.state_dict(), network="bn")
    images = torch.randint(0, 256, (10, 1, 28, 28), dtype=torch.uint8)
    with torch.no_grad():
        labels = network(images.float() / 255).argmax(1)
    arrays = {"images": images[:, 0].numpy(), "labels": labels.numpy()}
    write_arrays(
        photo_folder / "data/mnist.npz",
        **{f"{part}_{key}": value for part in ("train", "test") for key, value in arrays.items()},
    )
    write_record(photo_folder, "mnist", stand_in=True)
    shown = {"images": images[:2].numpy(), "labels": labels[:2].numpy()}
    write_arrays(photo_folder / "data/occlusion/mnist.npz", **shown)
    (photo_folder / "params.yaml").write_text(yaml.safe_dump(PARAMS))
    return photo_folder


def test_scores_of_methods_and_controls_on_images_of_each_class(project: Path) -> None:
    explain_mnist.main("models/mnist/best.safetensors")
    record = json.loads((project / "metrics/explain/mnist.json").read_text())
    assert record["controls"] == ["random", "intensity"]
    assert record["shown"] == 2
    scores = record["scores"]
    assert len(scores) == 5 + 2
    counts = np.bincount(read_arrays(project / "data/mnist.npz")["test_labels"])
    assert record["images"] == np.minimum(counts, 2).sum()
    for name, each in scores.items():
        assert each["deletion"]["n"] == each["insertion"]["n"] == record["images"]
        assert each["gain_over"].keys() == {"random", "intensity"} - {name}
    rows = read_csv(project / "plots/explain_mnist_scores.csv")
    assert len(rows) == 7 * 4
    assert {path.name for path in (project / "plots/explain/mnist").iterdir()} == {
        *("maps.png", "curves.png")
    }


def test_a_second_run_gives_equal_bytes(project: Path) -> None:
    files = ("metrics/explain/mnist.json", "plots/explain/mnist/maps.png")
    explain_mnist.main("models/mnist/best.safetensors")
    before = [(project / file).read_bytes() for file in files]
    explain_mnist.main("models/mnist/best.safetensors")
    assert [(project / file).read_bytes() for file in files] == before


def test_a_network_without_a_correct_image_is_explained_on_all(
    project: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = project / "data/mnist.npz"
    arrays = read_arrays(path)
    arrays["test_labels"] = (arrays["test_labels"] + 1) % 10
    write_arrays(path, **arrays)
    explain_mnist.main("models/mnist/best.safetensors")
    assert "no image is classified correctly; all are taken" in caplog.messages
    assert json.loads((project / "metrics/explain/mnist.json").read_text())["images"] > 0

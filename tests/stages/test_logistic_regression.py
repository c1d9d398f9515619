"""The stages `extract_pet_features` and `logistic_regression` on an untrained network."""

import json
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
import yaml
from PIL import Image
from torchvision.models import get_model

from foolproof.compute.intervals import rate_with_interval
from foolproof.core.errors import FoolproofError
from foolproof.core.files import read_csv
from foolproof.data.arrays import read_arrays, write_arrays
from stages import extract_pet_features, logistic_regression
from tests.stages.conftest import write_network, write_record

BREEDS = ("beagle", "pug", "Sphynx")
COLOURS = ((200, 40, 40), (40, 200, 40), (40, 40, 200))
NETWORK = "squeezenet1_1"


def picture(colour: tuple[int, ...], seed: int) -> bytes:
    """Encode noise around a colour."""
    noise = np.random.default_rng(seed).normal(colour, 60, (40, 50, 3)).clip(0, 255)
    stream = BytesIO()
    Image.fromarray(noise.astype(np.uint8)).save(stream, "JPEG")
    return stream.getvalue()


def write_pets(pictures: list[bytes]) -> None:
    """Write pictures of the breeds in turn; the first twelve are training images."""
    count = len(pictures)
    write_arrays(
        Path("data/pets.npz"),
        bytes=np.frombuffer(b"".join(pictures), np.uint8),
        offsets=np.cumsum([0, *map(len, pictures)]),
        names=np.array([f"{number}.jpg" for number in range(count)]),
        labels=np.arange(count) % 3,
        train=np.arange(count) < 12,
        classes=np.array(BREEDS),
    )


@pytest.fixture
def project(photo_folder: Path) -> Path:
    """A working folder with an untrained network, pictures of three colours, and params."""
    torch.manual_seed(0)
    body = get_model(NETWORK, num_classes=2)
    write_network(photo_folder, NETWORK, body, classes=["cat", "coffee"], crop=32)
    write_pets([picture(COLOURS[number % 3], number) for number in range(21)])
    write_record(photo_folder, "pets", stand_in=True)
    params: dict[str, Any] = {
        "compute": {"threads": 2},
        "pretrained": {"network": NETWORK},
        "logistic_regression": {
            "seed": 0,
            "folds": 3,
            "C_values": [1, 100],
            "neighbours": [1, 3],
            "max_iter": 1000,
        },
    }
    Path("params.yaml").write_text(yaml.safe_dump(params))
    return photo_folder


def made(folder: Path) -> dict[str, bytes]:
    """Read all files but timings."""
    files = [path for path in folder.rglob("*.*") if path.is_file() and "timing" not in path.parts]
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in files}


def test_stages_classify_three_colours_and_are_reproducible(project: Path) -> None:
    extract_pet_features.main()
    logistic_regression.main()
    features = read_arrays(Path("data/pets_features.npz"))
    assert features["features"].shape == (21, 512)
    assert features["features"].dtype == np.float32
    np.testing.assert_allclose(np.linalg.norm(features["features"], axis=1), 1, rtol=1e-6)
    described = json.loads(Path("metrics/pets/features.json").read_text())
    assert described["layer"] == "input of classifier.1"
    assert described["rectified"]
    assert (described["dimension"], described["images"]) == (512, 21)
    found = json.loads(Path("metrics/pets/classifiers.json").read_text())
    assert found["mean_per_class_accuracy"]["value"] == 1
    assert found["C"] in (1, 100)
    assert (found["training_images"], found["test_images"], found["folds"]) == (12, 9, 3)
    assert found["per_class"]["pug"] == rate_with_interval(3, 3)
    for compared in found["logistic_regression_against"].values():
        assert compared["difference"] == {"mean": 0, "ci95": 0, "n": 3}
        assert compared["p_value"] == 1
    assert found["most_confused"] == []
    rows = read_csv(Path("plots/logistic_regression_confusion.csv"))
    assert [row["true"] for row in rows] == [*BREEDS] * 3
    assert [row["predicted"] for row in rows] == [*BREEDS] * 3
    assert [row["class"] for row in read_csv(Path("plots/logistic_regression_per_class.csv"))] == [
        *BREEDS
    ]
    before = made(project)
    assert {name for name in before if name.startswith("plots/")} == {
        f"plots/{name}"
        for name in (
            "logistic_regression/classes.png",
            "logistic_regression/confusion.png",
            "logistic_regression/regularization.png",
            "logistic_regression_confusion.csv",
            "logistic_regression_per_class.csv",
        )
    }
    extract_pet_features.main()
    logistic_regression.main()
    assert made(project) == before


@pytest.mark.usefixtures("project")
def test_undecodable_photos_are_named_and_nothing_is_written() -> None:
    write_pets([picture(COLOURS[0], 0), b"no picture"])
    with pytest.raises(FoolproofError, match=r"^1\.jpg: "):
        extract_pet_features.main()
    assert not Path("data/pets_features.npz").exists()

"""The stages `extract_pet_features` and `logistic_regression` on a tiny network and pictures."""

import json
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
import yaml
from PIL import Image
from torchvision.models import get_model

from foolproof.core.errors import FoolproofError
from foolproof.core.files import read_csv, write_json
from foolproof.data.arrays import read_arrays, write_arrays
from stages import extract_pet_features, logistic_regression

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
    """Write pictures of the breeds in turn, of which the first twelve are for training."""
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
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A working folder with an untrained network, pictures of three colours, and params."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("FOOLPROOF_DEVICE", "cpu")
    monkeypatch.setenv("CUBLAS_WORKSPACE_CONFIG", ":4096:8")
    threads = torch.get_num_threads()
    torch.manual_seed(0)
    write_arrays(
        Path(f"data/{NETWORK}.npz"),
        library=np.array("torchvision"),
        interpolation=np.array("bilinear"),
        architecture=np.array(NETWORK),
        classes=np.array(["cat", "coffee"]),
        resize=np.array(40),
        crop=np.array(32),
        mean=np.full(3, 0.5, np.float32),
        std=np.full(3, 0.1, np.float32),
        **{
            f"state/{name}": value.numpy()
            for name, value in get_model(NETWORK, num_classes=2).state_dict().items()
        },
    )
    write_pets([picture(COLOURS[number % 3], number) for number in range(21)])
    for asset in ("pets", NETWORK):
        record = {"asset": asset, "source": "made up", "stand_in": True}
        write_json(Path(f"data/{asset}.json"), record)
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
    yield tmp_path
    torch.set_num_threads(threads)
    torch.set_deterministic_debug_mode("default")


def made(folder: Path) -> dict[str, bytes]:
    """Read all that does not tell the time."""
    files = [path for path in folder.rglob("*.*") if path.is_file() and "timing" not in path.parts]
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in files}


def test_pets_are_told_apart_and_twice_the_same_way(project: Path) -> None:
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
    assert found["per_class"]["pug"] == {
        "images": 3,
        "logistic_regression": 1.0,
        "svm": 1.0,
        "knn": 1.0,
    }
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
            "classes.png",
            "confusion.csv",
            "confusion.png",
            "per_class.csv",
            "regularization.png",
        )
    }
    extract_pet_features.main()
    logistic_regression.main()
    assert made(project) == before


@pytest.mark.usefixtures("project")
def test_a_pet_that_is_no_picture_is_named_and_nothing_is_written() -> None:
    write_pets([picture(COLOURS[0], 0), b"no picture"])
    with pytest.raises(FoolproofError, match=r"^1\.jpg: "):
        extract_pet_features.main()
    assert not Path("data/pets_features.npz").exists()

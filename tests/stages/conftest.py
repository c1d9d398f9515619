"""A working folder with a small network and photographs for it."""

from collections.abc import Iterator, Mapping, Sequence
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from torch import nn

from foolproof.core.files import write_json
from foolproof.data.arrays import write_arrays

CLASSES = ("cat", "coffee", "pepper", "rocket")
LABELS = {"cat.jpg": "cat", "peppers.png": "pepper", "odd.jpg": "zebra"}


def picture(seed: int) -> bytes:
    noise = np.random.default_rng(seed).integers(0, 256, (80, 100, 3), dtype=np.uint8)
    stream = BytesIO()
    Image.fromarray(noise).save(stream, "JPEG")
    return stream.getvalue()


def write_photos(project: Path, labels: Mapping[str, str], *, stand_in: bool = True) -> None:
    """Write `picture(i)` under the name and with the label number i."""
    pictures = [picture(seed) for seed in range(len(labels))]
    write_arrays(
        project / "data/photos.npz",
        bytes=np.frombuffer(b"".join(pictures), np.uint8),
        offsets=np.cumsum([0, *map(len, pictures)]),
        names=np.array(list(labels)),
        labels=np.array(list(labels.values())),
    )
    write_record(project, "photos", stand_in=stand_in)


def write_network(
    project: Path,
    architecture: str,
    body: nn.Module,
    *,
    stand_in: bool = True,
    classes: Sequence[str] = CLASSES,
    crop: int = 80,
) -> None:
    """Write a network of torchvision's with as many outputs as there are `classes`."""
    write_arrays(
        project / f"data/{architecture}.npz",
        library=np.array("torchvision"),
        architecture=np.array(architecture),
        classes=np.array(classes),
        resize=np.array(crop + 8),
        crop=np.array(crop),
        interpolation=np.array("bilinear"),
        mean=np.full(3, 0.5, np.float32),
        std=np.full(3, 0.1, np.float32),
        **{f"state/{name}": value.numpy() for name, value in body.state_dict().items()},
    )
    write_record(project, architecture, stand_in=stand_in)


def write_record(project: Path, asset: str, *, stand_in: bool) -> None:
    record = {"asset": asset, "source": "made up", "stand_in": stand_in}
    write_json(project / f"data/{asset}.json", record)


@pytest.fixture
def photo_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """An empty folder to run stages of photographs in.

    The stages run in this process, since starting one takes longer than all that they do here;
    what they set for their whole process is put back.
    """
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("FOOLPROOF_DEVICE", "cpu")
    monkeypatch.setenv("CUBLAS_WORKSPACE_CONFIG", ":4096:8")
    threads = torch.get_num_threads()
    yield tmp_path
    torch.set_num_threads(threads)
    torch.set_deterministic_debug_mode("default")


@pytest.fixture
def photo_project(photo_folder: Path) -> Path:
    """A working folder with an untrained network and three photographs."""
    from torchvision.models import get_model

    torch.manual_seed(0)
    write_network(
        photo_folder, "squeezenet1_1", get_model("squeezenet1_1", num_classes=len(CLASSES))
    )
    write_photos(photo_folder, LABELS)
    return photo_folder

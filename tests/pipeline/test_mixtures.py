"""Every mixture of sources ends in four reports, whatever the labels and classes are."""

import csv
import hashlib
import json
import re
import shutil
from collections.abc import Callable, Iterator, Mapping
from io import BytesIO, StringIO
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pytest
import torch
from pypdf import PdfReader
from torch import nn

from foolproof.core.files import read_json
from tests.assets.archives import encode
from tests.pipeline.conftest import Workspace

Assets = Mapping[str, Mapping[str, bytes]]
"""Contents of a mirror's files, by asset and name."""

# All that depends on photos and on pretrained networks.
TARGETS = ("report_cs5787", "report_huji67103", "summarize")


def photos(*labels: str) -> Assets:
    """Make random photos with these labels."""
    random = np.random.default_rng(0)
    table = StringIO()
    writer = csv.writer(table)
    writer.writerow(("file", "imagenet_class"))
    files = {}
    for row, label in enumerate(labels):
        coarse = random.integers(0, 256, (12, 14, 3), dtype=np.uint8)
        files[f"{row}.png"] = encode(coarse.repeat(20, 0).repeat(20, 1))
        writer.writerow((f"{row}.png", label))
    return {"photos": {"labels.csv": table.getvalue().encode(), **files}}


def weights(name: str, build: Callable[[], nn.Module]) -> Assets:
    """Make random weights of a network."""
    torch.manual_seed(0)
    stream = BytesIO()
    torch.save(build().state_dict(), stream)
    return {name: {f"{name}.pth": stream.getvalue()}}


def torchvision_network() -> Assets:
    from torchvision.models import squeezenet1_1

    return weights("squeezenet1_1", squeezenet1_1)


def network_of_other_classes() -> Assets:
    """Make the weights of a network of the classes of ImageNet-22k."""
    import timm

    return weights("tiny_vit_5m_224", lambda: timm.create_model("tiny_vit_5m_224"))


def write_mirror(folder: Path, assets: Assets) -> Path:
    """Write the files and the manifest of a mirror that calls no asset exact."""
    entries = {}
    for asset, files in assets.items():
        (folder / asset).mkdir(parents=True)
        for name, content in files.items():
            (folder / asset / name).write_bytes(content)
        entries[asset] = {
            "licence": "none needed",
            "exact": False,
            "note": "Made up.",
            "files": [
                {
                    "path": f"{asset}/{name}",
                    "sha256": hashlib.sha256(content).hexdigest(),
                    "bytes": len(content),
                }
                for name, content in files.items()
            ],
        }
    (folder / "MANIFEST.json").write_text(json.dumps({"version": 1, "assets": entries}))
    return folder


class Mixture(NamedTuple):
    """What a mirror holds, which params choose it, and what follows."""

    assets: Callable[[], Assets]
    params: dict[str, Any]
    mirrored: set[str]
    """Those of the records in metrics/assets.json that come from the mirror."""
    photos_by: str
    sentences: dict[str, str]
    """That the reports must say."""


UNKNOWN = "none has a label among its classes"
MIXTURES = {
    "embedded": Mixture(
        dict,
        {},
        set(),
        "label",
        {"cs5787": "classifies correctly", "huji67103": "classifies correctly"},
    ),
    "unknown_labels": Mixture(
        lambda: photos("quokka", "gargoyle", "quokka"),
        {},
        {"photos"},
        "prediction",
        {"cs5787": UNKNOWN, "huji67103": UNKNOWN},
    ),
    "no_labels": Mixture(
        lambda: photos(""),
        {},
        {"photos"},
        "prediction",
        {"cs5787": "No photo has a label", "huji67103": UNKNOWN},
    ),
    "misclassified_labels": Mixture(
        lambda: {**photos("goldfish", "zebra"), **torchvision_network()},
        {"pretrained": {"network": "squeezenet1_1"}},
        {"photos", "network"},
        "prediction",
        {"cs5787": "are misclassified", "huji67103": "are misclassified"},
    ),
    "transfer_network_of_other_classes": Mixture(
        network_of_other_classes,
        {"feature_visualization": {"transfer_network": "tiny_vit_5m_224"}},
        {"transfer_network"},
        "label",
        {"cs5787": "classifies correctly", "huji67103": "tiny_vit_5m_224"},
    ),
}


@pytest.fixture
def workspace(finished: Workspace, tmp_path: Path) -> Iterator[Workspace]:
    """A copy of the finished workspace, removed after the test."""
    copy = finished.copy(tmp_path / "workspace")
    yield copy
    shutil.rmtree(copy.path)


@pytest.mark.parametrize("name", MIXTURES)
def test_every_mixture_of_sources_ends_in_four_reports(
    workspace: Workspace, tmp_path: Path, name: str
) -> None:
    mixture = MIXTURES[name]
    mirror = write_mirror(tmp_path / "mirror", mixture.assets()) if mixture.mirrored else None
    workspace.set_params({"data": {"sources": ["mirror", "embedded"]}, **mixture.params})
    environment = {"FOOLPROOF_MIRROR": str(mirror)} if mirror else {}
    workspace.repro(*TARGETS, **environment)
    for report in ("ee6132", "cis680", "cs5787", "huji67103"):
        assert (workspace.path / f"reports/{report}.pdf").read_bytes().startswith(b"%PDF")
    records = read_json(workspace.path / "metrics/assets.json")
    assert {role for role, each in records.items() if each["source"] == "mirror"} == (
        mixture.mirrored
    )
    attacks = read_json(workspace.path / "metrics/attacks.json")
    for attack in ("linf", "robustness", "minimal"):
        assert attacks[attack]["photos_by"] == mixture.photos_by
    for report, sentence in mixture.sentences.items():
        pages = PdfReader(workspace.path / f"reports/{report}.pdf").pages
        text = "\n".join(page.extract_text() for page in pages)
        unhyphenated = re.sub(r"[-\u2010\u00ad]\n", "", text)
        assert sentence in " ".join(unhyphenated.split())

"""What the tests of all reports share: a root with the files that a report reads, and its text."""

import re
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import yaml
from matplotlib.image import imsave
from pypdf import PdfReader

from foolproof.files import write_json
from foolproof.report.compile import compile_report
from foolproof.statistics import Interval

REPOSITORY = Path(__file__).parents[2]
TEMPLATES = Path("src/foolproof/report")
DIGEST, OTHER_DIGEST = "a1" * 32, "b2" * 32

# Files that stand for a folder, with a file for each of their keys.
GROUPS = {
    "metrics/assets.json": "data",
    "metrics/mnist.json": "metrics/mnist",
    "metrics/table1.json": "metrics/table1",
    "metrics/attacks.json": "metrics/attacks",
    "metrics/toys.json": "metrics/toys",
    "metrics/photos.json": "metrics/photos",
    "metrics/pets.json": "metrics/pets",
    "metrics/cifar10.json": "metrics/cifar10",
}

Metrics = dict[str, Any]


def interval(mean: float, ci95: float | None, n: int = 5) -> Interval:
    return Interval(mean=mean, ci95=ci95, n=n)


def real_mnist() -> dict[str, Any]:
    """Give the record of real data."""
    return {
        "source": "official",
        "origin": "a host",
        "stand_in": False,
        "exact": True,
        "items": 70000,
        "sha256": "c3" * 32,
        "licence": "a licence",
        "note": "The four files.",
    }


def stand_in() -> dict[str, Any]:
    """Give the record of a stand-in."""
    changes = {"source": "embedded", "stand_in": True, "exact": False, "note": "Small digits."}
    return real_mnist() | changes


def fill_root(root: Path, pictures: Mapping[str, str], params: Mapping[str, Any]) -> None:
    """Make the files of a report that no test changes: templates, params, PNGs by folder."""
    shutil.copytree(REPOSITORY / TEMPLATES, root / TEMPLATES)
    (root / "params.yaml").write_text(yaml.safe_dump(params))
    for folder, names in pictures.items():
        (root / "plots" / folder).mkdir(parents=True)
        for name in names.split():
            imsave(root / "plots" / folder / f"{name}.png", np.zeros((2, 4)))


def project_params() -> dict[str, Any]:
    """Read the project's params.yaml."""
    params: dict[str, Any] = yaml.safe_load((REPOSITORY / "params.yaml").read_text())
    return params


def compile_text(root: Path, report: str, metrics: Metrics, name: str = "report") -> str:
    """Compile a report on `metrics` and give its text with single spaces, unhyphenated."""
    for path, content in metrics.items():
        folder = GROUPS.get(path)
        parts = {f"{folder}/{name}.json": part for name, part in content.items()}
        for file, part in (parts if folder else {path: content}).items():
            write_json(root / file, part)
    pdf = root / f"{name}.pdf"
    compile_report(root / TEMPLATES / f"{report}.typ", pdf, root=root)
    text = "\n".join(page.extract_text() for page in PdfReader(pdf).pages)
    joined = re.sub(r"[-\u2010\u00ad]\n", "", text)
    return re.sub(r"\s+", " ", joined)

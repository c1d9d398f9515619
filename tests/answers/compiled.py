"""Reports as PDFs, for the tests of the sheets."""

import re
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import yaml
from matplotlib.image import imsave
from pypdf import PdfReader

from foolproof.answers.document import Report, pictures_of
from foolproof.core.files import write_json
from foolproof.reports.compile import compile_report
from foolproof.reports.pictures import smaller_copies
from tests.repository import ROOT

TEMPLATES = Path("src/foolproof/reports")


def project_params() -> dict[str, Any]:
    """Read the project's params.yaml."""
    params: dict[str, Any] = yaml.safe_load((ROOT / "params.yaml").read_text(encoding="utf-8"))
    return params


def asset(*, stand_in: bool = False) -> dict[str, Any]:
    """Give the record of real data, or of a stand-in."""
    return {
        "source": "embedded" if stand_in else "official",
        "origin": "a host",
        "stand_in": stand_in,
        "exact": not stand_in,
        "items": 70000,
        "sha256": "c3" * 32,
        "licence": "a licence",
        "note": "Small digits." if stand_in else "The four files.",
    }


def timing(seconds: list[float], model: str, precision: str) -> dict[str, Any]:
    """Give the record of how long a training took, and what computed it."""
    return {
        "machine": {
            "device": "cpu",
            "model": model,
            "instruction_set": "AVX2",
            "threads": 7,
            "precision": precision,
            "python": "3.11.99",
            "torch": "2.99.1",
            "torchvision": "0.99.2",
            "numpy": "1.99.3",
        },
        "seconds": seconds,
        "images_per_second": 5678.4,
    }


def compile_pdf(report: Report, root: Path, name: str = "report.pdf") -> Path:
    """Compile a report; each of its pictures is a small black one."""
    shutil.copytree(ROOT / TEMPLATES, root / TEMPLATES, dirs_exist_ok=True)
    data = report.to_json()
    for picture in pictures_of(data):
        (root / picture).parent.mkdir(parents=True, exist_ok=True)
        imsave(root / picture, np.zeros((20, 60)))
    write_json(root / "metrics" / "answers" / f"{report.sheet}.json", data)
    template = root / TEMPLATES / "layout.typ"
    with smaller_copies(pictures_of(data), root) as pictures:
        inputs = {"sheet": report.sheet, "pictures": pictures}
        compile_report(template, root / name, root=root, inputs=inputs)
    return root / name


def text_of(pdf: Path) -> str:
    """Give a PDF's text with single spaces, unhyphenated."""
    text = "\n".join(page.extract_text() for page in PdfReader(pdf).pages)
    return re.sub(r"\s+", " ", re.sub(r"[-\u2010\u00ad]\n", "", text))

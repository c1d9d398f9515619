"""What the tests of all reports share: the files that a report reads, and its text."""

import copy
import re
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml
from matplotlib.image import imsave
from pypdf import PdfReader

from foolproof.core.files import write_json
from foolproof.reports.compile import compile_report

REPOSITORY = Path(__file__).parents[2]
TEMPLATES = Path("src/foolproof/reports")
DIGEST, OTHER_DIGEST = "a1" * 32, "b2" * 32

# Files that stand for a folder, with a file for each of their keys.
GROUPS = {
    "metrics/assets.json": "data",
    "metrics/mnist.json": "metrics/mnist",
    "metrics/cis680.json": "metrics/cis680",
    "metrics/attacks.json": "metrics/attacks",
    "metrics/explain.json": "metrics/explain",
    "metrics/toys.json": "metrics/toys",
    "metrics/photos.json": "metrics/photos",
    "metrics/pets.json": "metrics/pets",
    "metrics/cifar10.json": "metrics/cifar10",
    "metrics/robust_accuracy.json": "metrics/robust_accuracy",
}

Metrics = dict[str, Any]


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


def share(value: float, n: int) -> Metrics:
    """Give a `Rate` with an interval of one point on both sides."""
    return {
        "value": value,
        "low": value - 0.01,
        "high": value + 0.01,
        "count": round(value * n),
        "n": n,
    }


def gap(value: float, n: int, half: float = 0.02) -> Metrics:
    """Give a `RateDifference` with an interval of `half` on both sides."""
    return {
        "value": value,
        "low": value - half,
        "high": value + half,
        "only_first": round(max(value, 0) * n) + 1,
        "only_second": round(max(-value, 0) * n) + 1,
        "n": n,
    }


def robust_group(networks: Mapping[str, Metrics], **gaps: float) -> Metrics:
    """Give what `evaluate_robustness` writes for a group; all differences are alike.

    Args:
        networks: by name.
        gaps: of a network above the first one, 0 where left out.
    """
    comparisons = [
        {
            "network": second,
            "against": first,
            "by_epsilon": {
                radius: gap(gaps.get(second, 0) - gaps.get(first, 0), result["images"])
                for radius in ("0", *result["by_epsilon"])
            },
        }
        for (first, _), (second, result) in combinations(networks.items(), 2)
    ]
    return {"networks": dict(networks), "comparisons": comparisons}


def robust(images: int, clean: float, *by_epsilon: tuple[str, float]) -> Metrics:
    """Give what `evaluate_robustness` writes for a network."""

    def rate(accuracy: float) -> Metrics:
        return share(accuracy, images)

    return {
        "images": images,
        "clean": rate(clean),
        "by_epsilon": {epsilon: rate(accuracy) for epsilon, accuracy in by_epsilon},
        "misclassified_by": {"pgd_margin": 7},
        "out_of_reach": 3,
        "findings": [],
        "weights_sha256": DIGEST,
    }


def project_params() -> dict[str, Any]:
    """Read the project's params.yaml."""
    params: dict[str, Any] = yaml.safe_load((REPOSITORY / "params.yaml").read_text())
    return params


def explained(gains: Mapping[str, tuple[float, float]], **more: Any) -> dict[str, Any]:
    """Give what a stage `explain` writes, on 40 images.

    Args:
        gains: of each method in deletion and insertion score, the same over each control.
        more: other values of the record.
    """

    def interval(mean: float) -> dict[str, Any]:
        return {"mean": mean, "ci95": 0.02, "n": 40}

    controls = more.setdefault("controls", ["random"])
    scores = {
        name: {
            "deletion": interval(0.4 - deletion),
            "insertion": interval(0.5 + insertion),
            "gain_over": {
                control: {"deletion": interval(deletion), "insertion": interval(insertion)}
                for control in controls
                if control != name
            },
        }
        for name, (deletion, insertion) in {**gains, **dict.fromkeys(controls, (0.0, 0.0))}.items()
    }
    best = {
        kind: max(gains, key=lambda name: gains[name][index])
        for index, kind in enumerate(("deletion", "insertion"))
    }
    return {
        "images": 40,
        "scores": scores,
        "best": {
            kind: {
                "method": name,
                "gain_over": {
                    other: interval(gains[name][index] - gains[other][index])
                    for other in gains
                    if other != name
                },
            }
            for index, (kind, name) in enumerate(best.items())
        },
        "completeness_error": interval(0.123),
        "logit_difference": interval(9.5),
        "weights_sha256": DIGEST,
    } | more


def write_metrics(root: Path, metrics: Metrics) -> None:
    """Write records by path; that of a group becomes a file for each of its keys."""
    for path, content in metrics.items():
        folder = GROUPS.get(path)
        parts = {f"{folder}/{name}.json": part for name, part in content.items()}
        for file, part in (parts if folder else {path: content}).items():
            write_json(root / file, part)


@dataclass(frozen=True)
class Report:
    """A report and the folder with the files that it reads."""

    name: str
    root: Path

    def text(self, metrics: Metrics, file: str = "report.pdf") -> str:
        """Compile it on `metrics` and give its text with single spaces, unhyphenated."""
        write_metrics(self.root, metrics)
        pdf = self.root / file
        compile_report(self.root / TEMPLATES / f"{self.name}.typ", pdf, root=self.root)
        text = "\n".join(page.extract_text() for page in PdfReader(pdf).pages)
        joined = re.sub(r"[-\u2010\u00ad]\n", "", text)
        return re.sub(r"\s+", " ", joined)


def assert_reproducible(report: Report, metrics: Metrics, caplog: pytest.LogCaptureFixture) -> None:
    """See that equal inputs give equal bytes, and that the compiler has nothing to warn of."""
    report.text(metrics, "first.pdf")
    report.text(copy.deepcopy(metrics), "second.pdf")
    assert (report.root / "first.pdf").read_bytes() == (report.root / "second.pdf").read_bytes()
    assert caplog.messages == []


def prepare_report(
    name: str, root: Path, pictures: Mapping[str, str], params: Mapping[str, Any]
) -> Report:
    """Make the files of a report that no test changes: templates, params, PNGs by folder."""
    shutil.copytree(REPOSITORY / TEMPLATES, root / TEMPLATES)
    (root / "params.yaml").write_text(yaml.safe_dump(params))
    for folder, names in pictures.items():
        (root / "plots" / folder).mkdir(parents=True)
        for picture in names.split():
            imsave(root / "plots" / folder / f"{picture}.png", np.zeros((2, 4)))
    return Report(name, root)


def assert_names_machines(text: str, *values: str) -> None:
    """See that the page about the environment shows what `timing` describes, in this order."""
    table = text.split("Computed on")[1].split("Seeds and settings", maxsplit=1)[0]
    facts = ["cpu", "AVX2", "7", "3.11.99", "2.99.1", "0.99.2", "1.99.3", "5678"]
    assert [fact for fact in facts if fact not in table] == []
    positions = [table.find(value) for value in values]
    assert -1 not in positions
    assert positions == sorted(positions)

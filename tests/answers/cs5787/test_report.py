"""The report of CS5787 as a whole."""

import shutil
from pathlib import Path
from typing import Any

import pytest
import yaml

from foolproof.answers.cs5787 import report
from foolproof.answers.document import Answer, Code, Report
from foolproof.answers.results import Results
from foolproof.core.files import write_json
from tests.answers.compiled import asset, compile_pdf, project_params, text_of
from tests.answers.cs5787.records import (
    adder,
    attacks,
    cifar10,
    pets,
    photos,
    robustness_of_networks,
    trainings,
)
from tests.repository import ROOT

PARAMS = project_params()
ASSETS = ("cifar10", "pets", "photos", PARAMS["pretrained"]["network"])


def write_records(root: Path) -> None:
    """Write what the stages write."""
    given = trainings()
    metrics: dict[str, Any] = {
        **{f"cifar10/{name}": record for name, record in cifar10().items()},
        **{f"timing/cifar10_{name}": record for name, record in given.timings.items()},
        **{f"photos/{name}": record for name, record in photos().items()},
        **{f"pets/{name}": record for name, record in pets().items()},
        **{f"attacks/{name}": record for name, record in attacks().items()},
        "networks": given.networks,
        "networks/layers": given.layers,
        "robust_accuracy/cifar10": robustness_of_networks(),
        "toys/adder": adder(),
    }
    for path, record in metrics.items():
        write_json(root / "metrics" / f"{path}.json", record)
    for name in ASSETS:
        write_json(root / "data" / f"{name}.json", asset())
    (root / "params.yaml").write_text(yaml.safe_dump(PARAMS))
    benchmark = Path("benchmarks/recipes/deep.csv")
    (root / benchmark).parent.mkdir(parents=True)
    shutil.copy(ROOT / benchmark, root / benchmark)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Give a folder with what the stages write."""
    write_records(tmp_path)
    return tmp_path


@pytest.fixture
def written(root: Path) -> Report:
    """Give the report."""
    return report(Results(root))


def test_all_questions_are_answered(written: Report) -> None:
    questions = yaml.safe_load((ROOT / "docs/questions.yaml").read_text())["cs5787"]
    assert [each.number for each in written.answers()] == list(questions)


def test_every_programming_problem_shows_code(written: Report) -> None:
    def codes(answer: Answer) -> int:
        return sum(isinstance(block, Code) for block in answer.evidence)

    assert all(codes(answer) > 0 for answer in written.answers())


def test_every_work_in_the_text_is_a_reference(written: Report) -> None:
    references = "\n".join(written.references)
    for name in ("Kurakin", "Madry", "Athalye", "Croce", "Santurkar", "Ioffe", "Jordan", "Szegedy"):
        assert name in references
    assert written.references[-1].startswith("_Collaborators:_ none")


def test_stand_ins_are_warned_of_once(root: Path) -> None:
    assert report(Results(root)).warnings == []
    write_json(root / "data/pets.json", asset(stand_in=True))
    (warning,) = report(Results(root)).warnings
    assert "pictures of Problems 1 to 4 come from stand-ins for PETS." in warning


def test_pdf_is_reproducible_without_a_warning(
    root: Path, written: Report, caplog: pytest.LogCaptureFixture
) -> None:
    first, second = (compile_pdf(written, root, f"{name}.pdf") for name in ("first", "second"))
    assert first.read_bytes() == second.read_bytes()
    assert caplog.messages == []
    text = text_of(first)
    for part in (
        "All 4 photos are classified as their target within",
        "Homework 2",
        "def cs5787_cnn(",
        "Abacus 3",
        "Collaborators:",
    ):
        assert part in text, part

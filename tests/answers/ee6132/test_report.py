"""The whole report, from files as the stages write them."""

import json
import logging
from pathlib import Path
from typing import Any

import pytest
import yaml

from foolproof.answers.ee6132.report import SECTIONS, report
from foolproof.answers.results import Results
from foolproof.core.files import write_csv, write_json
from tests.answers.compiled import asset, compile_pdf, project_params, text_of, timing
from tests.answers.declared import check_declared
from tests.answers.ee6132.records import (
    OTHER_DIGEST,
    attacks,
    batchnorm_timing,
    confusion,
    curves,
    explanations,
    mnist,
    robust_accuracies,
    structures,
    transfer,
)
from tests.repository import ROOT

QUESTIONS = yaml.safe_load((ROOT / "docs/questions.yaml").read_text(encoding="utf-8"))["ee6132"]


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Write the files that the report reads."""
    counts, layers = structures()
    metrics: dict[str, Any] = {
        "networks": counts,
        "networks/layers": layers,
        "explain/mnist": explanations(),
        "robust_accuracy/mnist": robust_accuracies(),
        "timing/batchnorm_mnist": batchnorm_timing(),
        "timing/mnist_nobn": timing([12.3, 45.6], "Abacus 1", "bfloat16"),
        "timing/mnist_bn": timing([1.0], "Abacus 2", "float32"),
        "timing/mnist_robust": timing([7.8], "Abacus 4", "bfloat16"),
        **{f"mnist/{name}": part for name, part in mnist().items()},
        **{f"attacks/{name}": part for name, part in attacks().items()},
    }
    for path, content in metrics.items():
        write_json(tmp_path / "metrics" / f"{path}.json", content)
    write_json(tmp_path / "data" / "mnist.json", asset())
    write_csv(tmp_path / "plots/compare_batchnorm_mnist.csv", curves(0.2, 0.1))
    write_csv(tmp_path / "plots/show_predictions_confusion.csv", confusion((4, 9), (4, 9)))
    write_csv(tmp_path / "plots/attack_noise_transfer.csv", transfer())
    (tmp_path / "params.yaml").write_text(yaml.safe_dump(project_params()), encoding="utf-8")
    return tmp_path


def text(root: Path) -> str:
    """Give the report as JSON, with spaces that break."""
    return json.dumps(report(Results(root)).to_json(), ensure_ascii=False).replace("\u00a0", " ")


def test_every_question_is_answered_in_its_order(root: Path) -> None:
    answers = report(Results(root)).answers()
    assert [each.number for each in answers] == [*QUESTIONS, "A", "B", "C"]
    assert [each.number for each in answers if not (each.rule and each.numbers)] == []


def test_answers_are_short(root: Path) -> None:
    for each in report(Results(root)).answers():
        assert len(each.answer) < 320, each.number
        assert len(each.glance or each.answer) < 190, each.number


def test_stand_in_data_are_warned_of_once_and_not_compared_with_other_data(root: Path) -> None:
    real = report(Results(root))
    assert real.warnings == []
    assert "A student's report, compared" in [part.title for part in real.parts]
    write_json(root / "data" / "mnist.json", asset(stand_in=True))
    stand_in = report(Results(root))
    assert len(stand_in.warnings) == 1
    assert "Small digits." in stand_in.warnings[0]
    assert "A student's report, compared" not in [part.title for part in stand_in.parts]
    assert "98.57" not in text(root)


@pytest.mark.parametrize(
    ("path", "stage"),
    [
        ("mnist/activations", "visualize"),
        ("mnist/occlusion", "occlude"),
        ("explain/mnist", "explain@mnist"),
        ("attacks/nontargeted", "attack_nontargeted"),
        ("attacks/targeted", "attack_targeted"),
        ("attacks/noise", "attack_noise"),
    ],
)
def test_a_stage_that_saw_other_weights_is_warned_of(root: Path, path: str, stage: str) -> None:
    file = root / "metrics" / f"{path}.json"
    write_json(file, json.loads(file.read_text()) | {"weights_sha256": OTHER_DIGEST})
    (warning,) = report(Results(root)).warnings
    assert f"those of the chosen network in `{stage}`." in warning


def test_machines_of_all_trainings_are_named(root: Path) -> None:
    found = text(root)
    for part in ("Abacus 1", "Abacus 2", "Abacus 4", "Timer", "12.3, 45.6", "bfloat16"):
        assert part in found


def test_the_pdf_is_reproducible_and_without_a_warning(
    root: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    found = report(Results(root))
    with caplog.at_level(logging.WARNING):
        first, second = (compile_pdf(found, tmp_path / "pdf", name) for name in ("a.pdf", "b.pdf"))
    assert first.read_bytes() == second.read_bytes()
    assert caplog.messages == []
    words = text_of(first).replace("\u00a0", " ")
    for part in (
        "99.34 ± 0.04 %",
        "799,078",
        "31,870",
        "98 of 100 (98 %, 95 % interval 93–99 %)",
        "11 × 11",
        "Contents",
    ):
        assert part in words


def test_stage_declares_what_the_report_is_made_of(root: Path) -> None:
    check_declared("ee6132", report, Results(root), SECTIONS)

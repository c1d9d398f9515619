"""The report of CIS680 as a whole."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from foolproof.answers.cis680.report import CODE, SECTIONS, report
from foolproof.answers.document import Part
from foolproof.answers.results import Results
from foolproof.core.files import write_csv, write_json
from tests.answers.cis680 import records
from tests.answers.compiled import asset, compile_pdf, project_params, text_of, timing
from tests.answers.declared import check_declared
from tests.repository import ROOT


@pytest.fixture
def results(tmp_path: Path) -> Results:
    """Write what the stages write, in sizes that differ from those of the project."""
    (tmp_path / "params.yaml").write_text(yaml.safe_dump(project_params()), encoding="utf-8")
    write_json(tmp_path / "data/mnist.json", asset())
    counts, layers = records.structure()
    metrics: dict[str, Any] = {
        "networks": {"cis680": counts},
        "networks/layers": {"cis680": layers},
        "cis680/first": records.training(0.9912),
        "cis680/second": records.training(0.9934),
        "timing/cis680_first": timing([12.3], "Abacus 1", "float32"),
        "timing/cis680_second": timing([45.6], "Abacus 2", "bfloat16"),
        "toys/surfaces": records.surfaces(),
        "toys/xor": records.xor(),
        "attacks/one_sided": records.one_sided(),
        "robust_accuracy/cis680": records.robustness(),
    }
    for path, record in metrics.items():
        write_json(tmp_path / "metrics" / f"{path}.json", record)
    write_csv(tmp_path / "plots/draw_curves_cis680.csv", records.curves(0.05, 0.03))
    return Results(tmp_path)


def questions() -> dict[str, list[str]]:
    """Read the sheet's questions and the functions that answer them."""
    found: dict[str, list[str]] = yaml.safe_load((ROOT / "docs/questions.yaml").read_text())[
        "cis680"
    ]
    return found


def test_all_questions_of_the_sheet_are_answered(results: Results) -> None:
    assert [each.number for each in report(results).answers()] == list(questions())


def test_code_answers_questions() -> None:
    answering = {function.removeprefix("foolproof.") for _, function in questions().values()}
    assert 5 <= len(answering & set(CODE)) <= len(CODE) <= 8


def test_answers_are_short(results: Results) -> None:
    for each in report(results).answers():
        assert len(each.answer) < 330, each.number
        assert len(each.glance or each.answer) < 330, each.number


def test_params_have_the_sections() -> None:
    params = project_params()
    assert {name.partition(".")[0] for name in SECTIONS} <= set(params)


def test_references_have_every_cited_work(results: Results) -> None:
    references = "\n".join(report(results).references)
    for name in ("Goodfellow", "Kurakin", "Croce", "Hamey", "Sprinkhuizen", "Moosavi"):
        assert name in references
    assert report(results).references[-1].startswith("_Collaborators:_ none")


def test_warning_of_stand_ins_names_the_parts_with_data(results: Results) -> None:
    assert report(results).warnings == []
    write_json(results.root / "data/mnist.json", asset(stand_in=True))
    (warning,) = report(Results(results.root)).warnings
    assert "The numbers and pictures of Parts 3 and 4" in warning
    assert "stand-ins for MNIST" in warning
    assert warning.endswith("MNIST: Small digits.")


def test_machines_of_both_trainings_are_in_the_appendix(results: Results) -> None:
    last = report(results).parts[-1]
    assert isinstance(last, Part)
    text = str(last.content)
    for fact in ("First training", "Second training", "Abacus 1", "Abacus 2", "bfloat16", "5678"):
        assert fact in text, fact


def test_equal_results_give_equal_bytes_without_a_warning(
    results: Results, caplog: pytest.LogCaptureFixture
) -> None:
    answers = report(results)
    first, second = (compile_pdf(answers, results.root, name) for name in ("a.pdf", "b.pdf"))
    assert first.read_bytes() == second.read_bytes()
    assert caplog.messages == []
    text = text_of(first).replace("\u00a0", " ")
    for part in ("115,498", "8 × 10⁴", "def train_xor(", "a contradiction", "Collaborators:"):
        assert part.lower() in text.lower(), part


def test_stage_declares_what_the_report_is_made_of(results: Results) -> None:
    check_declared("cis680", report, results, SECTIONS)

"""The report of HUJI 67103 as a whole."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from foolproof.answers.document import Report
from foolproof.answers.huji67103.report import CODE, SECTIONS, report
from foolproof.answers.results import Results
from foolproof.core.files import write_csv, write_json
from tests.answers.compiled import asset, compile_pdf, project_params, text_of
from tests.answers.declared import check_declared
from tests.answers.explained import explained
from tests.answers.huji67103 import records
from tests.repository import ROOT


@pytest.fixture
def results(tmp_path: Path) -> Results:
    """Write what the stages write."""
    params = project_params()
    (tmp_path / "params.yaml").write_text(yaml.safe_dump(params), encoding="utf-8")
    networks = params["feature_visualization"]
    names = (params["pretrained"]["network"], networks["network"], networks["transfer_network"])
    for name in ("photos", *names):
        write_json(tmp_path / "data" / f"{name}.json", asset())
    metrics: dict[str, Any] = {
        "neurons/feature_visualization": records.neurons(),
        "attacks/minimal": records.attack(),
        "photos/occlusion": records.occlusion(),
        "explain/photos": explained({"saliency": (0.1, 0.2), "gradcam": (0.3, 0.1)}),
        "toys/receptive_fields": records.fields(),
        "toys/shallow_as_deep": records.deep(),
        "toys/xor": records.xor(),
    }
    for path, record in metrics.items():
        write_json(tmp_path / "metrics" / f"{path}.json", record)
    write_csv(tmp_path / "plots" / "occlude_photos_deletion.csv", records.curves(0.01))
    return Results(tmp_path)


def test_all_questions_of_the_sheet_are_answered(results: Results) -> None:
    questions = yaml.safe_load((ROOT / "docs/questions.yaml").read_text(encoding="utf-8"))
    numbers = [each.number for each in report(results).answers()]
    assert numbers == list(questions["huji67103"])


def test_code_is_that_of_the_list_of_questions(results: Results) -> None:
    questions = yaml.safe_load((ROOT / "docs/questions.yaml").read_text(encoding="utf-8"))
    listed = {f"foolproof.{function}" for function in CODE.values()}
    assert {function for _, function in questions["huji67103"].values()} == listed
    assert set(report(results).code) < set(CODE.values())


def test_answers_on_the_first_page_are_short(results: Results) -> None:
    for each in report(results).answers():
        assert len(each.glance or each.answer) < 330, each.number


def test_params_have_the_sections() -> None:
    params = project_params()
    assert {name.partition(".")[0] for name in SECTIONS} <= set(params)


def test_stand_ins_are_named(results: Results) -> None:
    network = results.params["feature_visualization"]["transfer_network"]
    assert list(report(results).warnings) == []
    write_json(results.root / "data" / f"{network}.json", asset(stand_in=True))
    (warning,) = report(Results(results.root)).warnings
    assert f"P1 to P4 come from stand-ins for {network.upper()}." in warning


def test_equal_results_give_equal_bytes_without_a_warning(
    results: Results, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    answers: Report = report(results)
    first, second = (compile_pdf(answers, tmp_path, name) for name in ("a.pdf", "b.pdf"))
    assert first.read_bytes() == second.read_bytes()
    assert caplog.messages == []
    text = text_of(first)
    for phrase in ("verified on all 20 random networks", "classified as their target for 40 of 40"):
        assert phrase in text


def test_stage_declares_what_the_report_is_made_of(results: Results) -> None:
    check_declared("huji67103", report, results, SECTIONS)

"""Compiling a template: errors and warnings are said, versions reach it."""

from pathlib import Path

import pytest
from pypdf import PdfReader

from foolproof.core.errors import FoolproofError
from foolproof.reports.compile import PACKAGES, compile_report


def test_a_template_that_is_wrong_is_one_message_with_its_place(tmp_path: Path) -> None:
    template = tmp_path / "wrong.typ"
    template.write_text('\n#let numbers = json("/metrics/none.json")\n')
    with pytest.raises(FoolproofError, match=r"wrong\.typ:2:20: file not found"):
        compile_report(template, tmp_path / "wrong.pdf", root=tmp_path)
    assert not list(tmp_path.glob("*.pdf"))
    assert not list(tmp_path.glob(".*.pdf"))


def test_a_template_that_is_missing_is_named(tmp_path: Path) -> None:
    with pytest.raises(FoolproofError, match=r"none\.typ: there is no such report template"):
        compile_report(tmp_path / "none.typ", tmp_path / "none.pdf", root=tmp_path)


def test_a_warning_is_logged(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    template = tmp_path / "odd.typ"
    template.write_text('#set text(font: "No such font")\nWords.')
    compile_report(template, tmp_path / "odd.pdf", root=tmp_path)
    assert "unknown font family" in caplog.text


def test_the_versions_reach_the_template(tmp_path: Path) -> None:
    template = tmp_path / "versions.typ"
    template.write_text('#sys.inputs.keys().sorted().join(", ")')
    compile_report(template, tmp_path / "versions.pdf", root=tmp_path)
    text = PdfReader(tmp_path / "versions.pdf").pages[0].extract_text()
    assert set(PACKAGES) | {"python"} == set(text.split(", "))

"""What a report reads, against what its stage in dvc.yaml declares."""

import re
from collections.abc import Callable, Mapping, Sequence
from functools import reduce
from pathlib import Path
from typing import Any
from unittest.mock import patch

import yaml

from foolproof.answers import results as module
from foolproof.answers.document import Report, pictures_of
from foolproof.answers.results import Results
from tests.repository import ROOT

CODE = ("src/", "stages/", "pyproject.toml")


def check_declared(
    sheet: str,
    answer: Callable[[Results], Report],
    results: Results,
    sections: Sequence[str],
) -> None:
    """See that the stage declares the files and params that the report is made of, and no others.

    Args:
        sheet: the name of the report.
        answer: makes it.
        results: where all that it reads is.
        sections: of params.yaml, as the report lists them.
    """
    read: set[str] = set()
    readers = {name: getattr(module, name) for name in ("read_json", "read_csv")}

    def noting(name: str) -> Callable[[Path], Any]:
        def reader(path: Path) -> Any:
            read.add(path.relative_to(results.root).as_posix())
            return readers[name](path)

        return reader

    with (
        patch.object(module, "read_json", noting("read_json")),
        patch.object(module, "read_csv", noting("read_csv")),
    ):
        read |= pictures_of(answer(results).to_json())
    stage = yaml.safe_load((ROOT / "dvc.yaml").read_text(encoding="utf-8"))["stages"]
    declared = stage[f"report_{sheet}"]
    files = [filled(each, results.params) for each in declared["deps"] if not each.startswith(CODE)]
    assert {path for path in read if not any(covers(each, path) for each in files)} == set()
    assert {each for each in files if not any(covers(each, path) for path in read)} == set()
    assert set(declared["params"]) == set(sections)
    check_sections(answer, results, sections)


def check_sections(
    answer: Callable[[Results], Report], results: Results, sections: Sequence[str]
) -> None:
    """See that the report reads no other section of params.yaml: without the others it is equal."""
    kept: dict[str, Any] = {}
    for section in sections:
        *folders, name = section.split(".")
        place = reduce(lambda inner, key: inner.setdefault(key, {}), folders, kept)
        place[name] = reduce(lambda inner, key: inner[key], section.split("."), results.params)
    expected = answer(results).to_json()
    (results.root / "params.yaml").write_text(yaml.safe_dump(kept), encoding="utf-8")
    assert answer(Results(results.root)).to_json() == expected


def filled(path: str, params: Mapping[str, Any]) -> str:
    """Fill in the values of params.yaml that a path names, as DVC does."""
    return re.sub(
        r"\$\{([\w.]+)\}",
        lambda found: str(reduce(lambda inner, key: inner[key], found[1].split("."), params)),
        path,
    )


def covers(declared: str, path: str) -> bool:
    """Say whether a declared file or folder is, or holds, a file."""
    return path == declared or path.startswith(f"{declared}/")

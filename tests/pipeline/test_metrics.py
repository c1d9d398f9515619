"""What `dvc metrics` and `dvc exp show` read: few numbers, by names of their own."""

import json
from collections.abc import Iterator
from typing import Any

from dvc.repo import Repo

from stages.summarize import SUMMARY
from tests.pipeline.conftest import Workspace
from tools.deps import ROOT

COLUMNS, LINES = 120, 25
"""Of the terminal that `dvc metrics show` fits."""


def names_of(numbers: dict[str, Any], prefix: str = "") -> Iterator[str]:
    """List the dotted names of nested numbers, and of what holds them."""
    for key, value in numbers.items():
        yield f"{prefix}{key}"
        if isinstance(value, dict):
            yield from names_of(value, f"{prefix}{key}.")


def test_the_declared_metrics_are_one_file_of_few_numbers(finished: Workspace) -> None:
    shown = finished.run("dvc", "metrics", "show", "--json").stdout
    files = json.loads(shown)[""]["data"]
    assert list(files) == ["metrics/summary.json"]
    assert 15 <= sum(map(len, SUMMARY.values())) <= 25


def test_metrics_fit_a_terminal(finished: Workspace) -> None:
    lines = finished.run("dvc", "metrics", "show").stdout.splitlines()
    assert sum(-(-len(line) // COLUMNS) for line in lines) <= LINES


def test_names_of_metrics_params_and_dependencies_differ() -> None:
    """DVC's tables have one column for equal names, and then shift their rows."""
    repo = Repo(str(ROOT))
    dependencies = {dep.def_path for stage in repo.index.stages for dep in stage.deps}
    metrics = set(names_of({sheet: dict(places) for sheet, places in SUMMARY.items()}))
    params = set(names_of(repo.params.show()[""]["data"]["params.yaml"]["data"]))
    assert metrics.isdisjoint(dependencies)
    assert metrics.isdisjoint(params)
    assert params.isdisjoint(dependencies)


def test_groups_are_compared_by_name(finished: Workspace) -> None:
    compared = finished.run("dvc", "metrics", "diff", "--all", "--targets", "metrics/mnist.json")
    assert compared.returncode == 0, compared.stderr

"""The notebooks of examples/ run, and what their text says of the results holds.

The code cells run in this process, in one namespace. They contain nothing that only IPython
understands, so a kernel would add its start and sockets, and no test of ours. Here warnings are
errors, and failures have tracebacks.
"""

import ast
import re
from collections.abc import Iterator
from contextlib import chdir
from typing import Any, NamedTuple

import matplotlib.pyplot as plt
import nbformat
import pytest
import torch
import yaml
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from tests.examples.statements import STATEMENTS
from tests.repository import ROOT

NOTEBOOKS = {path.stem: path for path in sorted((ROOT / "examples").glob("*.ipynb"))}

# What each sheet asks for; notebooks may use more.
FUNCTIONS = {
    "cis680": {
        "fp.classifier",
        "fp.attacks.fgsm",
        "fp.attacks.one_sided_fgsm",
        "fp.attacks.pgd",
    },
    "cs5787": {
        "fp.classifier",
        "fp.attacks.pgd",
        "fp.attacks.pgd_eot",
        "fp.robust_accuracy",
    },
    "ee6132": {
        "fp.classifier",
        "fp.attacks.activation_maximization",
        "fp.attacks.universal_noise",
        "fp.explain.occlusion",
    },
    "huji67103": {
        "fp.classifier",
        "fp.attacks.activation_maximization",
        "fp.attacks.ddn",
        "fp.explain.deletion_score",
        "fp.explain.gradcam",
        "fp.explain.integrated_gradients",
        "fp.explain.occlusion",
        "fp.explain.saliency",
        "fp.explain.smoothgrad",
    },
}

METADATA = {
    "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
    "language_info": {"name": "python"},
}

# Digits in names and terms; all others in a text could be results.
NAMES = re.compile(r"EE6132|CS5787|HUJI 67103|CIS680|CIFAR-10")


class Run(NamedTuple):
    """What is left after the last cell."""

    variables: dict[str, Any]
    figures: list[Figure]
    files: list[str]
    """In the working directory."""


def read(stem: str) -> Any:
    """Read a notebook as a node of nbformat."""
    return nbformat.read(NOTEBOOKS[stem], as_version=nbformat.NO_CONVERT)


def cells(stem: str, kind: str) -> Iterator[Any]:
    """Yield the cells of a notebook that are of one kind."""
    return (cell for cell in read(stem).cells if cell.cell_type == kind)


@pytest.fixture(scope="module", params=NOTEBOOKS)
def stem(request: pytest.FixtureRequest) -> str:
    """Name a notebook; all tests of one notebook follow each other."""
    name: str = request.param
    return name


@pytest.fixture(scope="module")
def run(stem: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Run]:
    """Run a notebook in an empty folder, with its figures drawn in memory."""
    plt.switch_backend("Agg")
    folder = tmp_path_factory.mktemp(stem)
    variables: dict[str, Any] = {"__name__": "__main__"}
    with chdir(folder), plt.rc_context():
        for cell in cells(stem, "code"):
            exec(compile(cell.source, f"{stem}.ipynb, {cell.id}", "exec"), variables)
        figures = [plt.figure(number) for number in plt.get_fignums()]
        yield Run(variables, figures, [path.name for path in folder.iterdir()])
        plt.close("all")


def dotted_names(code: str) -> set[str]:
    """List the names and attributes of names in a piece of code, as `fp.attacks.pgd`."""
    nodes = ast.walk(ast.parse(code))
    return {ast.unparse(node) for node in nodes if isinstance(node, ast.Name | ast.Attribute)}


def test_every_sheet_has_a_notebook() -> None:
    sheets = yaml.safe_load((ROOT / "docs/questions.yaml").read_text(encoding="utf-8")).keys()
    assert set(FUNCTIONS) == set(NOTEBOOKS)
    assert set(NOTEBOOKS) <= sheets


def test_notebook_is_valid_and_without_outputs(stem: str) -> None:
    notebook = read(stem)
    nbformat.validate(notebook)
    assert notebook.metadata == METADATA
    assert [cell.id for cell in notebook.cells] == [
        f"{stem}-{number:02}" for number in range(1, len(notebook.cells) + 1)
    ]
    assert all(cell.metadata == {} for cell in notebook.cells)
    assert all(cell.outputs == [] for cell in cells(stem, "code"))
    assert all(cell.execution_count is None for cell in cells(stem, "code"))


def test_notebook_uses_the_functions_of_its_sheet(stem: str) -> None:
    used = set().union(*(dotted_names(cell.source) for cell in cells(stem, "code")))
    assert FUNCTIONS[stem] - used == set()


def test_notebook_leaves_the_backend_of_figures_alone(stem: str) -> None:
    """`figures.style` selects one that draws to files only, and nothing would show."""
    code = "\n".join(cell.source for cell in cells(stem, "code"))
    assert "foolproof.figures" not in code


def test_text_names_no_numbers(stem: str) -> None:
    """A change of settings, data or machine would make them wrong."""
    for cell in cells(stem, "markdown"):
        text = re.sub(r"`[^`]*`|\$[^$]*\$", "", cell.source)
        assert re.findall(r"\S*\d\S*", NAMES.sub("", text)) == [], cell.id


def test_sentences_of_text_are_short(stem: str) -> None:
    text = " ".join(cell.source for cell in cells(stem, "markdown"))
    sentences = re.split(r"(?<=[.?:])\s+", re.sub(r"^#.*$", "", text, flags=re.MULTILINE))
    assert [each for each in sentences if len(each.split()) > 25] == []


def test_notebook_is_linked_in_readme(stem: str) -> None:
    readme = (ROOT / "examples/README.md").read_text(encoding="utf-8")
    assert f"({stem}.ipynb)" in readme


def test_notebook_runs_and_leaves_no_files(run: Run) -> None:
    assert run.figures
    assert run.files == []


def test_figures_are_labelled(run: Run) -> None:
    for figure in run.figures:
        # Warns where labels do not fit, which is an error here.
        figure.canvas.draw()
        for axis in figure.axes:
            named = axis.get_title() or axis.get_ylabel() or is_row_of_pictures(axis)
            assert named, figure
            if axis.axison and len(axis.get_xticks()) and axis.get_label() != "<colorbar>":
                assert axis.get_xlabel(), figure


def is_row_of_pictures(axis: Axes) -> bool:
    """Tell whether an axis has a picture without ticks, named by a title or label of the whole."""
    figure = axis.get_figure()
    assert isinstance(figure, Figure)
    return bool(axis.images and figure.get_suptitle())


@torch.no_grad()
def test_statements_of_the_text_hold(stem: str, run: Run) -> None:
    statements = STATEMENTS[stem](run.variables)
    assert [statement for statement, holds in statements.items() if not holds] == []

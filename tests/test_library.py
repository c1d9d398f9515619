"""The public names: imported lazily, with torch and NumPy alone, and documented.

They are read from the tables of the packages, so that what is added there is tested here.
"""

import ast
import dataclasses
import doctest
import inspect
import io
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from importlib.metadata import packages_distributions
from statistics import median
from types import FunctionType, ModuleType
from typing import Any

import pytest
import torch
from packaging.utils import canonicalize_name

import foolproof as fp
from tests.repository import ROOT, installed_closure
from tools.library import DOCUMENT, document, public_functions, public_members, public_packages

PACKAGES = public_packages()
FUNCTIONS = public_functions()

# Of CPU time, which other work on the machine changes little. Almost all of it is the import of
# `typing` from the standard library, some 10 to 40 ms.
SECONDS = 0.1

IMPORT = """
import sys, time
start = time.process_time()
import foolproof
dir(foolproof)
print(time.process_time() - start)
print(*{"torch", "numpy"} & sys.modules.keys())
"""

# A Python in which no packages but those named can be found.
IMPORT_WITH_TORCH_ALONE = """
import importlib.util, sys

allowed = {*sys.argv[1].split(), "foolproof", *sys.stdlib_module_names}

class Allowed:
    def __init__(self, finder):
        self.finder = finder

    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in allowed:
            return self.finder.find_spec(name, path, target)

sys.meta_path[:] = map(Allowed, sys.meta_path)
assert importlib.util.find_spec("pydantic") is None
import foolproof as fp
for package in (fp, fp.attacks, fp.explain, fp.optimize):
    for name in dir(package):
        getattr(package, name)
"""

SOURCE = r"arXiv|\bdoi\b|\([A-Z][^()]*\b(19|20)\d\d\b|et al\.|<-|[\w)\]] = [\w(\[-]"
"""A paper, or a formula."""


def run(*arguments: str) -> str:
    """Run Python with the library of the repository; it must succeed."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "src")}
    ran = subprocess.run(
        [sys.executable, *arguments], env=environment, capture_output=True, text=True, check=False
    )
    assert ran.returncode == 0, ran.stderr
    return ran.stdout


def functions_called(function: FunctionType) -> Iterator[FunctionType]:
    """List checks and private functions that a function calls by name."""
    for node in ast.walk(ast.parse(inspect.getsource(function))):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            called = function.__globals__.get(node.func.id)
            if inspect.isfunction(called) and re.match(r"_|check_|as_classes", node.func.id):
                yield called


def raises(function: FunctionType) -> bool:
    """Tell whether a function, or a check that it calls, contains `raise`."""
    tree = ast.parse(inspect.getsource(function))
    return any(isinstance(node, ast.Raise) for node in ast.walk(tree)) or any(
        called is not function and raises(called) for called in functions_called(function)
    )


def returned(function: FunctionType) -> Any:
    """Find the class that a function returns, or None."""
    annotation = inspect.signature(function).return_annotation
    return function.__globals__.get(annotation) if isinstance(annotation, str) else annotation


def sections(function: FunctionType) -> dict[str, str]:
    """Split a docstring into its text, under "", and its sections."""
    parts = re.split(r"^(\w+):\n", inspect.cleandoc(function.__doc__ or ""), flags=re.MULTILINE)
    return {"": parts[0], **dict(zip(parts[1::2], parts[2::2], strict=True))}


def test_import_takes_under_a_tenth_of_a_second_and_loads_no_torch() -> None:
    runs = [run("-c", IMPORT).splitlines() for _ in range(5)]
    assert [loaded for _, *loaded in runs] == [[""]] * 5
    assert median(float(seconds) for seconds, *_ in runs) < SECONDS


def test_dir_lists_the_public_names() -> None:
    assert dir(fp) == sorted(fp.__all__)
    assert {"Classifier", "FoolproofError", "attacks", "classifier", "explain", "optimize"} <= {
        *dir(fp)
    }


@pytest.mark.parametrize("package", PACKAGES, ids=lambda package: package.__name__)
def test_unknown_name_raises_attribute_error(package: ModuleType) -> None:
    with pytest.raises(AttributeError, match=rf"'{package.__name__}' has no attribute 'nonsense'"):
        _ = package.nonsense


def test_star_import_brings_the_public_names() -> None:
    code = "from foolproof import *\nprint(*{*globals()} - before)"
    brought = run("-c", f"before = {{*globals(), 'before'}}\n{code}")
    assert {*brought.split()} == {*fp.__all__}


@pytest.mark.parametrize("package", PACKAGES, ids=lambda package: package.__name__)
def test_type_checkers_see_the_names_of_all(package: ModuleType) -> None:
    """The imports under TYPE_CHECKING repeat the lazy table."""
    tree = ast.parse(inspect.getsource(package))
    guarded = [node for node in tree.body if isinstance(node, ast.If)]
    seen = {
        alias.asname or alias.name
        for node in guarded
        for statement in node.body
        if isinstance(statement, ast.ImportFrom)
        for alias in statement.names
    }
    assert seen == {*getattr(package, "__all__", ())} - {"__version__"}


@pytest.mark.parametrize("package", PACKAGES, ids=lambda package: package.__name__)
def test_no_public_function_has_the_name_of_a_module(package: ModuleType) -> None:
    """Importing the module would put it in the place of the function."""
    modules = {path.stem for folder in package.__path__ for path in (ROOT / folder).glob("*.py")}
    functions = {name.rpartition(".")[2] for name, _ in public_members(package)}
    assert functions & modules == set()


def test_public_names_import_with_torch_and_numpy_alone() -> None:
    needed = installed_closure("numpy", "torch")
    allowed = [
        package
        for package, names in packages_distributions().items()
        if needed.keys() & {canonicalize_name(name) for name in names}
    ]
    run("-c", IMPORT_WITH_TORCH_ALONE, " ".join(allowed))


@pytest.mark.parametrize("function", FUNCTIONS)
def test_docstring_explains_every_argument(function: str) -> None:
    explained = sections(FUNCTIONS[function]).get("Args", "")
    names = inspect.signature(FUNCTIONS[function]).parameters
    assert [name for name in names if not re.search(rf"\b{name}\b", explained)] == []


@pytest.mark.parametrize("function", FUNCTIONS)
def test_docstring_explains_the_result(function: str) -> None:
    """A record explains its fields itself."""
    is_record = dataclasses.is_dataclass(returned(FUNCTIONS[function]))
    assert is_record or "Returns" in sections(FUNCTIONS[function])


@pytest.mark.parametrize("function", FUNCTIONS)
def test_docstring_lists_errors(function: str) -> None:
    assert "Raises" in sections(FUNCTIONS[function]) or not raises(FUNCTIONS[function])


@pytest.mark.parametrize("function", [name for name in FUNCTIONS if name != "fp.classifier"])
def test_docstring_names_paper_or_formula(function: str) -> None:
    parts = sections(FUNCTIONS[function])
    parts.pop("Example", None)
    assert re.search(SOURCE, "\n".join(parts.values()))


@pytest.mark.parametrize("function", FUNCTIONS)
def test_example_of_docstring_runs(function: str) -> None:
    finder = doctest.DocTestFinder(recurse=False)
    tests = finder.find(FUNCTIONS[function], function, globs={})
    examples = [example for test in tests for example in test.examples]
    assert any("foolproof as fp" in example.source for example in examples)
    assert any(f"{function}(" in example.source for example in examples)
    output = io.StringIO()
    runner = doctest.DocTestRunner(verbose=False)
    with torch.random.fork_rng(devices=[]):
        for test in tests:
            runner.run(test, out=output.write)
    assert runner.failures == 0, output.getvalue()


@pytest.mark.parametrize("package", PACKAGES, ids=lambda package: package.__name__)
def test_every_public_class_has_a_docstring(package: ModuleType) -> None:
    assert [name for name, member in public_members(package) if not member.__doc__] == []


def test_document_is_up_to_date() -> None:
    assert DOCUMENT.read_text(encoding="utf-8") == document(), "python -m tools.library writes it"


def test_document_lists_every_public_name() -> None:
    text = DOCUMENT.read_text(encoding="utf-8")
    names = [name for package in PACKAGES for name, _ in public_members(package)]
    assert [name for name in names if not re.search(rf"`{re.escape(name)}[`(]", text)] == []

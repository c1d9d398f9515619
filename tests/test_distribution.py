"""The wheel and the source archive hold the package, whole and nothing else."""

import os
import re
import shutil
import subprocess
import sys
import tarfile
import zipfile
from email.message import Message
from email.parser import BytesParser
from importlib.metadata import Distribution
from pathlib import Path, PurePosixPath

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

import foolproof
from tests.assets.archives import extract_tar
from tests.repository import (
    ROOT,
    copy_repository,
    dependencies,
    extra_dependencies,
    installed_closure,
    pyproject,
    repository_files,
)

VERSION = foolproof.__version__

# The hooks of PEP 517, as pip and uv call them, in the environment's own setuptools.
BUILD = """
import sys
from setuptools import build_meta
print(getattr(build_meta, sys.argv[1])(sys.argv[2]))
"""

# In a Python that sees the standard library and the wheel alone.
IMPORT = """
import sys
sys.path.insert(0, sys.argv[1])
import foolproof
print(foolproof.__version__)
print(foolproof.__file__)
loaded = {name.partition(".")[0] for name in sys.modules} - {"__main__"}
print(*loaded - sys.stdlib_module_names)
"""

# In an environment of the wheel, torch and NumPy: import all public names, list the distributions.
IMPORT_PUBLIC_NAMES = """
from importlib.metadata import distributions
import foolproof as fp
for package in (fp, fp.attacks, fp.explain, fp.optimize):
    for name in dir(package):
        getattr(package, name)
print(fp.__file__)
print(*sorted(each.metadata["Name"] for each in distributions()))
"""


def build(kind: str, source: Path, output: Path) -> Path:
    """Build the `wheel` or `sdist` of a source tree; a deprecation is an error."""
    output.mkdir(parents=True, exist_ok=True)
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    ran = subprocess.run(
        [sys.executable, "-c", BUILD, f"build_{kind}", str(output)],
        cwd=source,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr
    assert "Deprecat" not in ran.stderr, ran.stderr
    return output / ran.stdout.splitlines()[-1]


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Copy the repository, so that a build leaves nothing in it."""
    folder = tmp_path_factory.mktemp("tree")
    copy_repository(folder)
    return folder


@pytest.fixture(scope="module")
def wheel(tree: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the wheel from the repository."""
    return build("wheel", tree, tmp_path_factory.mktemp("wheel"))


@pytest.fixture(scope="module")
def sdist(tree: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the source archive from the repository."""
    return build("sdist", tree, tmp_path_factory.mktemp("sdist"))


def run(*command: str | Path, cwd: Path) -> str:
    """Run a command that must succeed, without the settings of this environment."""
    kept = {k: v for k, v in os.environ.items() if k not in {"PYTHONPATH", "VIRTUAL_ENV"}}
    ran = subprocess.run(command, cwd=cwd, env=kept, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr
    return ran.stdout


def link(installed: Distribution, folder: Path) -> None:
    """Link the modules of an installed distribution into the site-packages of an environment."""
    tops = {file.parts[0] for file in installed.files or []}
    for top in tops - {"..", "__pycache__"}:
        source, copy = Path(str(installed.locate_file(top))), folder / top
        if top.endswith(".dist-info"):
            shutil.copytree(source, copy)  # uv does not see linked metadata
        elif not top.endswith(".pth") and not copy.exists():
            copy.symlink_to(source)


@pytest.fixture(scope="module")
def library_python(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Install the wheel, offline, into an environment that has torch and NumPy alone."""
    uv = shutil.which("uv", path=str(Path(sys.executable).parent)) or shutil.which("uv")
    assert uv, "uv is missing; `make environment` installs it"
    folder = tmp_path_factory.mktemp("library")
    run(uv, "venv", "--quiet", "--offline", "--python", sys.executable, "environment", cwd=folder)
    python = folder / "environment" / "bin" / "python"
    (packages,) = (folder / "environment" / "lib").glob("python3*/site-packages")
    for installed in installed_closure("numpy", "torch").values():
        link(installed, packages)
    # Without an index: any other dependency of the wheel would be an error.
    offline = ("--quiet", "--offline", "--no-index", "--python", python)
    run(uv, "pip", "install", *offline, wheel, cwd=folder)
    return python


def files_in(wheel: Path) -> set[str]:
    with zipfile.ZipFile(wheel) as archive:
        return set(archive.namelist())


def metadata_of(wheel: Path) -> Message:
    with zipfile.ZipFile(wheel) as archive:
        return BytesParser().parsebytes(archive.read(f"foolproof-{VERSION}.dist-info/METADATA"))


def test_wheel_contains_every_file_of_the_package(wheel: Path) -> None:
    package = {name.removeprefix("src/") for name in repository_files() if name.startswith("src/")}
    assert {name for name in files_in(wheel) if name.startswith("foolproof/")} == package


def test_wheel_contains_typst_templates(wheel: Path) -> None:
    templates = {path.name for path in (ROOT / "src/foolproof/reports").glob("*.typ")}
    assert templates
    assert {f"foolproof/reports/{name}" for name in templates} <= files_in(wheel)


def test_wheel_contains_py_typed(wheel: Path) -> None:
    assert "foolproof/py.typed" in files_in(wheel)


def test_wheel_contains_licence(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        packed = archive.read(f"foolproof-{VERSION}.dist-info/licenses/LICENSE")
    assert packed == (ROOT / "LICENSE").read_bytes()
    assert metadata_of(wheel)["License-Expression"] == "MIT"


def test_wheel_contains_nothing_but_package_and_metadata(wheel: Path) -> None:
    """Above all no tests, stages or tools, whose names would collide with those of others."""
    tops = {PurePosixPath(name).parts[0] for name in files_in(wheel)}
    assert tops == {"foolproof", f"foolproof-{VERSION}.dist-info"}


def test_wheel_metadata_equals_pyproject(wheel: Path) -> None:
    metadata, project = metadata_of(wheel), pyproject()["project"]
    assert wheel.name == f"foolproof-{VERSION}-py3-none-any.whl"
    assert metadata["Version"] == VERSION
    assert metadata["Requires-Python"] == project["requires-python"]
    assert metadata.get_all("Classifier") == project["classifiers"]
    required = {str(Requirement(line)) for line in metadata.get_all("Requires-Dist", [])}
    extra = [Requirement(f'{each}; extra == "pipeline"') for each in extra_dependencies("pipeline")]
    assert required == {str(requirement) for requirement in [*dependencies(), *extra]}
    assert metadata.get_all("Provides-Extra") == ["pipeline"]


def test_wheel_imports_with_nothing_else_installed(wheel: Path, tmp_path: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(tmp_path)
    ran = subprocess.run(
        [sys.executable, "-I", "-S", "-c", IMPORT, str(tmp_path)],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr
    version, file, loaded = ran.stdout.splitlines()
    assert version == VERSION
    assert Path(file) == tmp_path / "foolproof" / "__init__.py"
    assert loaded == "foolproof"


def test_wheel_installed_without_extra_imports_every_public_name(library_python: Path) -> None:
    file, names = run(
        library_python, "-I", "-c", IMPORT_PUBLIC_NAMES, cwd=library_python.parent
    ).splitlines()
    assert Path(file).is_relative_to(library_python.parents[1])
    installed = {canonicalize_name(name) for name in names.split()}
    assert installed == {"foolproof", *installed_closure("numpy", "torch")}


def test_wheel_installed_without_extra_runs_the_example(library_python: Path) -> None:
    example = ROOT / "examples" / "own_network.py"
    assert run(library_python, "-I", example, cwd=library_python.parent)


def test_wheel_from_sdist_equals_wheel_from_repository(
    wheel: Path, sdist: Path, tmp_path: Path
) -> None:
    extract_tar(sdist, tmp_path)
    rebuilt = build("wheel", tmp_path / f"foolproof-{VERSION}", tmp_path)
    with zipfile.ZipFile(wheel) as one, zipfile.ZipFile(rebuilt) as other:
        assert set(one.namelist()) == set(other.namelist())
        for name in one.namelist():
            assert one.read(name) == other.read(name), name


def test_sdist_contains_nothing_but_package_and_documents(sdist: Path) -> None:
    documents = {
        "CHANGELOG.md",
        "CITATION.cff",
        "LICENSE",
        "MANIFEST.in",
        "PKG-INFO",
        "README.md",
        "pyproject.toml",
        "setup.cfg",  # written by setuptools
    }
    with tarfile.open(sdist) as archive:
        paths = [PurePosixPath(name) for name in archive.getnames()]
    assert {path.parts[0] for path in paths} == {f"foolproof-{VERSION}"}
    assert {path.parts[1] for path in paths if len(path.parts) > 1} == documents | {"src"}


def test_citation_has_version_and_licence_of_package() -> None:
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
    assert citation["cff-version"] == "1.2.0"
    assert citation["version"] == VERSION
    project = pyproject()["project"]
    assert citation["license"] == project["license"]
    assert citation["authors"] == project["authors"]
    assert citation["keywords"] == project["keywords"]


def test_changelog_begins_with_unreleased_changes_or_this_version() -> None:
    changelog = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    first, *_ = re.findall(r"^## \[(.+?)\]", changelog, re.MULTILINE)
    assert first in {"Unreleased", VERSION}

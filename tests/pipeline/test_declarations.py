"""Each stage declares what its code imports and reads, no more and no less."""

import ast
from pathlib import Path

import pytest
from dvc.dependency.param import ParamsDependency
from dvc.repo import Repo
from dvc.stage import PipelineStage

from foolproof.compute.stage import section_key
from tools.deps import DVC_YAML, ROOT, code_deps, import_closure, with_code_deps

STAGES: dict[str, PipelineStage] = {
    stage.addressing: stage for stage in Repo(str(ROOT)).index.stages
}


def script_of(stage: PipelineStage) -> str:
    program, script, *_ = stage.cmd.split()
    assert program == "python"
    return str(script)


def foreach_of(stage: PipelineStage) -> str:
    """Return what the items of a `foreach` have in common; the name of another stage."""
    return str(stage.addressing).partition("@")[0]


def declared_code(stage: PipelineStage) -> list[str]:
    return [
        dep.def_path for dep in stage.deps if dep.def_path.startswith(("stages/", "src/foolproof/"))
    ]


def declared_params(stage: PipelineStage) -> set[str]:
    return {
        key
        for dep in stage.deps
        if isinstance(dep, ParamsDependency) and dep.def_path == "params.yaml"
        for key in dep.params
    }


STAGE_CONTEXTS = {"stage", "network_stage", "photo_stage"}


def sections_read(module: Path, item: str) -> set[str]:
    """List the sections that a module reads; `item` stands for its argument.

    They are what it passes to `load_section`, and the classes or keys that it passes to a `stage`,
    which reads the section of its caller.
    """
    sections = set()
    for node in ast.walk(ast.parse(module.read_text(encoding="utf-8"))):
        if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Name)):
            continue
        if node.func.id == "load_section" and "section_key" not in ast.unparse(node):
            sections.add(literal_key(module, node.args[0], item))
        elif node.func.id in STAGE_CONTEXTS and len(node.args) > 1:
            sections.add(literal_key(module, node.args[1], item))
        elif node.func.id in STAGE_CONTEXTS:
            section = node.args[0]
            assert isinstance(section, ast.Name), module
            sections.add(section_key(type(section.id, (), {})))
    return sections


def literal_key(module: Path, node: ast.expr, item: str) -> str:
    """Read a key in the code, of which `item` may be a part."""
    match node:
        case ast.Constant(value=str(key)):
            return key
        case ast.JoinedStr(values=parts):
            return "".join(str(p.value) if isinstance(p, ast.Constant) else item for p in parts)
        case other:
            pytest.fail(f"{module}: {ast.unparse(other)} is no literal key")


@pytest.mark.parametrize("name", STAGES)
def test_declared_code_equals_imports(name: str) -> None:
    stage = STAGES[name]
    of_items = [each for each in STAGES.values() if foreach_of(each) == foreach_of(stage)]
    others = [ROOT / script_of(each) for each in of_items]
    assert declared_code(stage) == code_deps(ROOT / script_of(stage), others)


def test_tool_leaves_dvc_yaml_unchanged() -> None:
    text = DVC_YAML.read_text(encoding="utf-8")
    assert with_code_deps(text) == text


@pytest.mark.parametrize("name", [name for name in STAGES if not name.startswith("report_")])
def test_params_are_those_the_script_reads(name: str) -> None:
    stage = STAGES[name]
    item = name.rpartition("@")[2]
    modules = [ROOT / module for module in import_closure(ROOT / script_of(stage))]
    read = set().union(*(sections_read(module, item) for module in modules))
    assert declared_params(stage) == read


@pytest.mark.parametrize("name", STAGES)
def test_whatever_trains_depends_on_the_pinned_torch(name: str) -> None:
    stage = STAGES[name]
    pinned = any(
        dep.def_path == "pyproject.toml" and dep.params == ["tool.uv.constraint-dependencies"]
        for dep in stage.deps
        if isinstance(dep, ParamsDependency)
    )
    trains = "src/foolproof/training/loop.py" in import_closure(ROOT / script_of(stage))
    assert pinned == trains


def test_every_script_is_a_stage() -> None:
    scripts = {path.relative_to(ROOT).as_posix() for path in (ROOT / "stages").glob("*.py")}
    assert scripts == {script_of(stage) for stage in STAGES.values()}


def test_every_stage_has_a_description_of_its_own_that_dvc_shows_whole() -> None:
    descriptions = [stage.desc for stage in STAGES.values()]
    assert all(each and len(each) <= 80 for each in descriptions)
    assert len(set(descriptions)) == len(descriptions)


def is_table_of_names(node: ast.stmt) -> bool:
    """Tell whether a statement of a package belongs to the lazy import of its public names."""
    if isinstance(node, ast.Assign):
        named = {ast.unparse(target) for target in node.targets}
        is_literal = isinstance(node.value, ast.Constant | ast.Dict | ast.List | ast.Tuple)
        return is_literal and named <= {"_MODULES", "_PACKAGES", "__all__", "__version__"}
    if isinstance(node, ast.If):
        return ast.unparse(node.test) == "TYPE_CHECKING"
    if isinstance(node, ast.ImportFrom):
        return node.module in {"importlib", "typing"}
    return isinstance(node, ast.FunctionDef) and node.name in {"__dir__", "__getattr__"}


def test_package_files_hold_nothing_but_a_docstring_and_lazy_names() -> None:
    """Stages do not declare them, so that they hold nothing that could change a result."""
    for path in (ROOT / "src" / "foolproof").rglob("__init__.py"):
        docstring, *others = ast.parse(path.read_text(encoding="utf-8")).body
        assert isinstance(docstring, ast.Expr), path
        assert isinstance(docstring.value, ast.Constant), path
        assert [ast.unparse(node) for node in others if not is_table_of_names(node)] == [], path


def test_version_is_a_literal() -> None:
    """The build reads it without an import."""
    tree = ast.parse((ROOT / "src" / "foolproof" / "__init__.py").read_text(encoding="utf-8"))
    assigned = {
        ast.unparse(node.targets[0]): node.value
        for node in tree.body
        if isinstance(node, ast.Assign)
    }
    assert isinstance(assigned["__version__"], ast.Constant)


def test_long_stages_keep_every_out_in_the_cache() -> None:
    """One out outside the cache would switch off the run cache of its whole stage."""
    uncached = {
        name for name, stage in STAGES.items() if any(not out.use_cache for out in stage.outs)
    }
    assert uncached == {"describe_networks", "summarize"}

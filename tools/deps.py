"""The Python files that each stage depends on, written into dvc.yaml from the scripts' imports.

    python -m tools.deps          # rewrites dvc.yaml where it is out of date

A script's name may hold `${item}`; the stages of a `foreach` must then import the same files.
"""

import re

import yaml

from tests.pipeline.imports import ROOT, import_closure

DVC_YAML = ROOT / "dvc.yaml"
_CODE = re.compile(r"\s+- \S+\.py\n")


def first_item(text: str, name: str) -> str:
    """Name the first item of a stage's `foreach`; an empty string where it has none."""
    items = yaml.safe_load(text)["stages"][name].get("foreach", [""])
    return str(next(iter(items)))


def with_code_deps(text: str) -> str:
    """Replace the Python files under every stage's `deps:`, which they lead."""
    written, name, script = [], "", ""
    for line in text.splitlines(keepends=True):
        if declared := re.fullmatch(r"  (\w+):\n", line):
            name = declared[1]
        if called := re.fullmatch(r"\s+cmd: python (\S+).*\n", line):
            script = called[1].replace("${item}", first_item(text, name))
        if script and _CODE.fullmatch(line):
            continue
        written.append(line)
        if script and re.fullmatch(r"\s+deps:\n", line):
            indent = line[: line.index("deps")] + "  "
            files = import_closure(ROOT / script)
            written += [f"{indent}- {file}\n" for file in sorted(files - {script})]
            written += [f"{indent}- {script}\n"]
    return "".join(written)


def main() -> None:
    """Rewrite dvc.yaml."""
    DVC_YAML.write_text(with_code_deps(DVC_YAML.read_text(encoding="utf-8")), encoding="utf-8")


if __name__ == "__main__":
    main()

"""No key of params.yaml is one that DVC leaves out of its run-cache hash.

DVC hashes a stage's params together with the sizes of its files, and leaves out every key that is
called as it calls these (dvc issue 10296). It would not notice a change of such a parameter, and
say "cached - skipping run".
"""

from collections.abc import Iterator
from typing import Any, get_args

import pytest
import yaml
from dvc_data.hashfile.meta import Meta

from foolproof.core.params import Section
from foolproof.params.schema import Params
from tests.repository import ROOT

RESERVED = {Meta.PARAM_SIZE, Meta.PARAM_NFILES}


def keys_of_content(content: object, place: str = "") -> Iterator[str]:
    """List the dotted keys of plain data, however deep."""
    if isinstance(content, dict):
        for key, value in content.items():
            yield f"{place}{key}"
            yield from keys_of_content(value, f"{place}{key}.")
    elif isinstance(content, list):
        for index, value in enumerate(content):
            yield from keys_of_content(value, f"{place}{index}.")


def sections_in(annotation: Any) -> Iterator[type[Section]]:
    """List the sections that a type is, or is made of."""
    if isinstance(annotation, type) and issubclass(annotation, Section):
        yield annotation
    for part in get_args(annotation):
        yield from sections_in(part)


def keys_of_schema(section: type[Section], place: str = "") -> Iterator[str]:
    """List the dotted keys of a section and of all sections inside it."""
    for name, field in section.model_fields.items():
        yield f"{place}{name}"
        for inner in sections_in(field.annotation):
            yield from keys_of_schema(inner, f"{place}{name}.")


def reserved(keys: Iterator[str]) -> list[str]:
    return [key for key in keys if key.rpartition(".")[2] in RESERVED]


def test_params_yaml_has_no_key_that_the_run_cache_ignores() -> None:
    keys = keys_of_content(yaml.safe_load((ROOT / "params.yaml").read_text(encoding="utf-8")))
    assert reserved(keys) == [], "DVC would not run the stage again after a change of these"


def test_the_schema_has_no_key_that_the_run_cache_ignores() -> None:
    assert reserved(keys_of_schema(Params)) == [], "DVC would not see a change of these"


class Inner(Section):
    """Stands for a nested section with a reserved key."""

    size: int


class Outer(Section):
    """Stands for a section that holds others in every way that the schema knows."""

    one: Inner
    many: list[Inner]
    maybe: Inner | None
    by_name: dict[str, Inner]


@pytest.mark.parametrize("key", sorted(RESERVED))
def test_a_reserved_key_is_found_in_content_however_deep(key: str) -> None:
    content = {key: 1, "a": {"b": [{"c": 1}, {key: 2}]}, "sizes": [1]}
    assert reserved(keys_of_content(content)) == [key, f"a.b.1.{key}"]


def test_a_reserved_key_is_found_in_nested_sections() -> None:
    found = reserved(keys_of_schema(Outer))
    assert found == ["one.size", "many.size", "maybe.size", "by_name.size"]
    assert "occlude_photos.blocks.side" in set(keys_of_schema(Params))

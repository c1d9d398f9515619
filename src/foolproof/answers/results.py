"""Reading the results of the pipeline."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import yaml

from foolproof.core.files import read_csv, read_json


@dataclass(frozen=True)
class Results:
    """What the stages have written below a folder."""

    root: Path

    def metrics(self, path: str) -> Any:
        """Read metrics/<path>.json."""
        return read_json(self.root / "metrics" / f"{path}.json")

    def gathered(self, folder: str, *names: str) -> dict[str, Any]:
        """Read metrics/<folder>/<name>.json by name."""
        return {name: self.metrics(f"{folder}/{name}") for name in names}

    def asset(self, name: str) -> Any:
        """Read the record of an asset."""
        return read_json(self.root / "data" / f"{name}.json")

    def rows(self, path: str) -> list[dict[str, str]]:
        """Read plots/<path>.csv."""
        return self.table(f"plots/{path}.csv")

    def table(self, path: str) -> list[dict[str, str]]:
        """Read a CSV file."""
        return read_csv(self.root / path)

    @cached_property
    def params(self) -> Mapping[str, Any]:
        """What params.yaml has."""
        params: Mapping[str, Any] = yaml.safe_load(
            (self.root / "params.yaml").read_text(encoding="utf-8")
        )
        return params

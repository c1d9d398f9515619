"""Gather the numbers of a group's stages into one file that Git holds, and the assets' records."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from foolproof.files import read_json, write_json
from foolproof.stage import run_stage

# Metrics files by the names that their numbers have in metrics/<group>.json.
GROUPS: Mapping[str, Mapping[str, Any]] = {
    "assets": {"mnist": "data/mnist.json"},
    "mnist": {
        name: f"metrics/mnist/{name}.json"
        for name in ("nobn", "bn", "comparison", "best", "predictions", "activations", "occlusion")
    }
    | {"table1": {name: f"metrics/table1/{name}.json" for name in ("first", "second")}},
    "attacks": {
        name: f"metrics/attacks/{name}.json"
        for name in ("nontargeted", "targeted", "noise", "constrained")
    },
    "toys": {name: f"metrics/toys/{name}.json" for name in ("surfaces", "xor", "adder")},
}


def main() -> None:
    """Write metrics/<group>.json for every group, with each stage's numbers under its name."""
    for group, parts in GROUPS.items():
        write_json(Path("metrics", f"{group}.json"), gathered(parts))


def gathered(parts: Mapping[str, Any]) -> dict[str, Any]:
    """Read the files of a group, and of the groups within it."""
    return {
        name: gathered(part) if isinstance(part, Mapping) else read_json(Path(part))
        for name, part in parts.items()
    }


if __name__ == "__main__":
    run_stage(main)

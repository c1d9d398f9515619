"""Gather the numbers of a group's stages into one file that Git holds, and the assets' records."""

from pathlib import Path

from foolproof.files import read_json, write_json
from foolproof.stage import run_stage

GROUPS = {
    "assets": {"mnist": "data/mnist.json"},
    "mnist": {
        name: f"metrics/mnist/{name}.json"
        for name in ("nobn", "bn", "comparison", "best", "predictions", "activations", "occlusion")
    },
    "attacks": {
        name: f"metrics/attacks/{name}.json" for name in ("nontargeted", "targeted", "noise")
    },
}


def main() -> None:
    """Write metrics/<group>.json for every group, with each stage's numbers under its name."""
    for group, parts in GROUPS.items():
        write_json(
            Path("metrics", f"{group}.json"),
            {name: read_json(Path(path)) for name, path in parts.items()},
        )


if __name__ == "__main__":
    run_stage(main)

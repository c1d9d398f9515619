"""Gather the numbers of a group's stages into one file that Git holds, and the assets' records."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from foolproof.core.files import read_json, write_json
from foolproof.core.params import load_section
from foolproof.core.stage import run_stage
from foolproof.params.feature_visualization import FeatureVisualization
from foolproof.params.pretrained import Pretrained

# Metrics files by the names that their numbers have in metrics/<group>.json.
GROUPS: Mapping[str, Any] = {
    "neurons": "metrics/neurons/feature_visualization.json",
    "assets": {name: f"data/{name}.json" for name in ("mnist", "cifar10", "pets", "photos")},
    "mnist": {
        name: f"metrics/mnist/{name}.json"
        for name in (
            "nobn",
            "bn",
            "comparison",
            "robustness_comparison",
            "best",
            "predictions",
            "activations",
            "occlusion",
            "robust",
            "robust_comparison",
        )
    }
    | {"cis680": {name: f"metrics/cis680/{name}.json" for name in ("first", "second")}},
    "cifar10": {
        name: f"metrics/cifar10/{name}.json"
        for name in (
            "nobn",
            "bn",
            "deep",
            "deep_views",
            "comparison",
            "deep_comparison",
            "filters",
        )
    },
    "photos": {
        name: f"metrics/photos/{name}.json"
        for name in ("classification", "feature_maps", "occlusion")
    },
    "pets": {name: f"metrics/pets/{name}.json" for name in ("features", "classifiers")},
    "attacks": {
        name: f"metrics/attacks/{name}.json"
        for name in (
            "nontargeted",
            "targeted",
            "noise",
            "one_sided",
            "linf",
            "robustness",
            "minimal",
        )
    }
    | {
        "robust_accuracy": {
            name: f"metrics/robust_accuracy/{name}.json" for name in ("mnist", "cis680", "cifar10")
        }
    },
    "explain": {name: f"metrics/explain/{name}.json" for name in ("mnist", "photos")},
    "toys": {
        name: f"metrics/toys/{name}.json"
        for name in ("surfaces", "xor", "adder", "receptive_fields", "shallow_as_deep")
    },
}


def main() -> None:
    """Write metrics/<group>.json for every group, with each stage's numbers under its name."""
    neurons = load_section("feature_visualization", FeatureVisualization)
    networks = {
        "network": load_section("pretrained", Pretrained).network,
        "visualized_network": neurons.network,
        "transfer_network": neurons.transfer_network,
    }
    records = {role: f"data/{network}.json" for role, network in networks.items()}
    groups = {**GROUPS, "assets": GROUPS["assets"] | records}
    for group, parts in groups.items():
        write_json(Path("metrics", f"{group}.json"), gathered(parts))


def gathered(parts: Mapping[str, Any] | str) -> dict[str, Any]:
    """Read a file, or the files of a group and of the groups within it."""
    if isinstance(parts, str):
        content: dict[str, Any] = read_json(Path(parts))
        return content
    return {name: gathered(part) for name, part in parts.items()}


if __name__ == "__main__":
    run_stage(main)

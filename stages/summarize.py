"""Gather the numbers of each group of stages into a file that Git holds, and the main ones of all.

metrics/summary.json has the main ones, by sheet: it is what `dvc metrics` and `dvc exp` show. The
files of the groups have all: `dvc metrics diff --targets metrics/mnist.json` compares them.
"""

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

SUMMARY: Mapping[str, Mapping[str, str]] = {
    "ee6132": {
        "nobn_accuracy": "mnist.nobn.test_accuracy.mean",
        "bn_accuracy": "mnist.bn.test_accuracy.mean",
        "bn_gain": "mnist.comparison.test_accuracy_difference.mean",
        "edge_energy": "mnist.activations.filters.layers.conv1.gradient.mean",
        "occlusion_drop": "mnist.occlusion.largest.difference.mean",
        "nontargeted": "attacks.nontargeted.success_rate.value",
        "targeted": "attacks.targeted.success_rate.value",
        "noise": "attacks.noise.success_rate.value",
        "noise_transfer": "attacks.noise.transfer_rate.value",
        "robust_accuracy": "mnist.robust.test_accuracy.value",
        "robust_pgd": "mnist.robust.test_pgd.value",
    },
    "cis680": {
        "xor_success": "toys.xor.success_rate.value",
        "accuracy": "mnist.cis680.first.test_accuracy.mean",
        "one_sided": "attacks.one_sided.success_rate.value",
        "one_sided_transfer": "attacks.one_sided.transfer_rate.value",
    },
    "cs5787": {
        "nobn_accuracy": "cifar10.nobn.test_accuracy.mean",
        "bn_accuracy": "cifar10.bn.test_accuracy.mean",
        "bn_gain": "cifar10.comparison.test_accuracy_difference.mean",
        "deep_accuracy": "cifar10.deep.test_accuracy.mean",
        "pets_accuracy": "pets.classifiers.mean_per_class_accuracy.value",
        "linf": "attacks.linf.success_rate.value",
        "eot_rotated": "attacks.robustness.rotation.eot.top1_rate.value",
    },
    "huji67103": {
        "units_above": "neurons.units_above_photos.value",
        "class_transfer": "neurons.transfer_top5.value",
        "minimal_l2": "attacks.minimal.median_l2.value",
    },
}
"""The main numbers by sheet: the place of each in metrics/<group>.json."""


def main() -> None:
    """Write metrics/<group>.json, with each stage's numbers under its name, and the summary."""
    neurons = load_section("feature_visualization", FeatureVisualization)
    networks = {
        "network": load_section("pretrained", Pretrained).network,
        "visualized_network": neurons.network,
        "transfer_network": neurons.transfer_network,
    }
    records = {role: f"data/{network}.json" for role, network in networks.items()}
    groups = {**GROUPS, "assets": GROUPS["assets"] | records}
    found = {group: gathered(parts) for group, parts in groups.items()}
    for group, numbers in found.items():
        write_json(Path("metrics", f"{group}.json"), numbers)
    write_json(Path("metrics/summary.json"), summary(found))


def summary(found: Mapping[str, Any]) -> dict[str, dict[str, float | None]]:
    """Pick the main numbers; None for what no attack, image or class has."""
    return {
        sheet: {name: number_at(found, place) for name, place in places.items()}
        for sheet, places in SUMMARY.items()
    }


def number_at(found: Mapping[str, Any], place: str) -> float | None:
    """Find a number by its dotted place; None where a part of it is null."""
    number: Any = found
    for key in place.split("."):
        number = None if number is None else number[key]
    return None if number is None else float(number)


def gathered(parts: Mapping[str, Any] | str) -> dict[str, Any]:
    """Read a file, or the files of a group and of the groups within it."""
    if isinstance(parts, str):
        content: dict[str, Any] = read_json(Path(parts))
        return content
    return {name: gathered(part) for name, part in parts.items()}


if __name__ == "__main__":
    run_stage(main)

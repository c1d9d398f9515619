"""Run the whole pipeline with light settings on the embedded data, in the folder tour/.

    python -m tools.tour

That folder has its own code, settings, results and DVC cache; the rest of the workspace stays
unchanged. A second tour updates the code and resumes where the first one stopped.
"""

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from contextlib import chdir
from pathlib import Path
from typing import Any

import yaml

from foolproof.core.files import atomic_write
from foolproof.core.params import read_params, validate
from foolproof.core.stage import run_tool
from foolproof.params.schema import Params
from tools.announce import pending_stages
from tools.repro import reproduce

ROOT = Path(__file__).parents[1]
FOLDER = "tour"

# Large enough for readable figures and tables, small enough that imports dominate the time.
LIGHT: dict[str, Any] = {
    "data": {"sources": ["embedded"]},
    "compute": {"threads": 2},
    "train": {
        "mnist": {"seeds": [0, 1], "epochs": 2, "min_steps": 250},
        "cis680": {"epochs": 2, "min_steps": 250, "evaluations_per_epoch": 2},
        "cifar10": {"seeds": [0, 1], "epochs": 2},
        "deep": {"epochs": 1, "min_steps": 8, "evaluations_per_epoch": 2},
        "robust": {"epochs": 4, "min_steps": 250, "attack_curve": {"images": 100, "steps": 10}},
    },
    "time_batchnorm": {"pairs": 2},
    "visualize": {"statistics_images": 200},
    "occlude": {"images": 3, "measured": {"images": 10, "stride": 4}, "sizes": [4, 8]},
    "explain": {
        "mnist": {
            "images_per_class": 3,
            "methods": {"smoothgrad": {"samples": 10}, "integrated_gradients": {"steps": 16}},
            "scores": {"steps": 14, "random_maps": 1},
        },
        "photos": {
            "methods": {
                "smoothgrad": {"samples": 2},
                "integrated_gradients": {"steps": 4},
                "occlusion": {"side": 63, "stride": 32},
            },
            "scores": {"steps": 4, "tile": 56, "random_maps": 1},
        },
    },
    "attack_nontargeted": {"starts_per_class": 1, "steps": [50, 100]},
    "attack_targeted": {"betas": [160, 40], "steps": 40, "comparisons": 20},
    "attack_noise": {"steps": 200},
    "attack_one_sided": {
        "confidence": 0.5,
        "steps": 20,
        "step_size": 0.05,
        "targeted_images": 1,
        "transfer": {"images": 20, "confidences": [0.5, 0.9], "steps": [5, 10]},
    },
    "evaluate_robustness": {
        "mnist": {"images": 100},
        "cifar10": {"images": 25},
        "steps": 10,
        "targets": 2,
        "queries": 50,
    },
    "compare_robustness": {"images": 50, "steps": 10, "targets": 2, "queries": 20},
    "compare_robust_network": {
        "digits_per_class": 1,
        "class_images": {"starts_per_class": 2, "steps": 100},
        "targeted": {"betas": [320, 80, 20, 5], "steps": 40},
        "noise": {"steps": 30},
    },
    "surfaces": {"points": 41, "max_steps": 1000},
    "adder": {"bits": 6, "long_bits": 200, "long_count": 50},
    "show_feature_maps": {"maps": 3},
    "logistic_regression": {"folds": 3, "C_values": [0.1, 10, 1000], "neighbours": [1, 5]},
    "attack_linf": {
        "steps": 20,
        "examples": [
            {"photo": "peppers.png", "target": "space shuttle"},
            {"photo": "flamingo.jpg", "target": "castle"},
        ],
        "pairs": 8,
        "epsilons": [1, 4],
    },
    "attack_eot": {"steps": 8, "samples": 2},
    "robustness": {
        "strengths": {
            "rotation": [0, 30],
            "crop": [1, 0.6],
            "jpeg": [95, 10],
            "blur": [0, 2],
            "noise": [0, 0.1],
        },
    },
    "attack_minimal": {
        "ranks": [10],
        "normalized_steps": {"steps": 15},
        "ddn_steps": 10,
        "shown": 2,
    },
    "feature_visualization": {"classes": 3, "steps": 8, "prior": {"classes": 2}},
    "occlude_photos": {
        "photos": ["golden_retriever.jpg"],
        "blocks": [{"side": 31, "stride": 32}, {"side": 63, "stride": 32}],
        "tile": 56,
        "random_orders": 1,
    },
    "receptive_fields": {"layers": 5},
    "shallow_as_deep": {"neurons": [4], "inputs": [1, 2], "networks": 3, "points": 100},
    "xor": {"seeds": 20, "steps": 500, "other_stds": [1], "snapshots": [60, 120]},
}

# The files of the pipeline besides params.yaml.
_CODE = ("src", "stages", ".dvc/plots", "benchmarks/recipes")
_FILES = ("dvc.yaml", "pyproject.toml", ".dvcignore", ".dvc/config", ".dvc/plots_page.html")

# A cache of its own, never the user's shared one; without Git, which the tour does not need.
_OWN_CONFIG = "[core]\n    no_scm = true\n[cache]\n    dir = cache\n"


def merged(base: Mapping[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    """Override `base` by `changes`, recursively; lists are replaced."""
    result = dict(base)
    for key, value in changes.items():
        nested = isinstance(value, dict) and key in base
        result[key] = merged(base[key], value) if nested else value
    return result


def light_params(path: Path) -> dict[str, Any]:
    """Read a params.yaml and override it by the light settings.

    Raises:
        ParamsError: when the result violates the schema.
    """
    params = merged(read_params(path), LIGHT)
    validate(Params, params, path=path)
    return params


def prepare(root: Path) -> Path:
    """Bring the tour's folder up to date with the code and the settings of a workspace.

    Args:
        root: of the workspace.

    Returns:
        The folder; results of an earlier tour are kept.
    """
    params = light_params(root / "params.yaml")
    folder = root / FOLDER
    for name in _CODE:
        # Removed first, so that no renamed or deleted file remains.
        shutil.rmtree(folder / name, ignore_errors=True)
        ignored = shutil.ignore_patterns("__pycache__", "*.egg-info")
        shutil.copytree(root / name, folder / name, ignore=ignored)
    for name in _FILES:
        shutil.copy2(root / name, folder / name)
    (folder / "photos").mkdir(exist_ok=True)
    (folder / ".dvc" / "config.local").write_text(_OWN_CONFIG, encoding="utf-8")
    with atomic_write(folder / "params.yaml") as temporary:
        temporary.write_text(yaml.safe_dump(params, sort_keys=False), encoding="utf-8")
    return folder


def run(folder: Path) -> int:
    """Run the pipeline of the folder with the folder's code; return DVC's exit status."""
    with chdir(folder):  # DVC names stages as they are seen from here
        return reproduce(pending_stages(), PYTHONPATH=str(folder / "src"))


def show(reports: list[Path]) -> None:
    """Print the paths of the reports, and open them in an interactive session with a display."""
    print("The reports of the tour:", *(f"  {report}" for report in reports), sep="\n")
    opener = "open" if sys.platform == "darwin" else "xdg-open"
    screen = sys.platform == "darwin" or {"DISPLAY", "WAYLAND_DISPLAY"} & os.environ.keys()
    if sys.stdout.isatty() and screen and shutil.which(opener):
        for report in reports:
            subprocess.run([opener, report], check=False)


def main() -> None:
    """Run the tour and show its reports."""
    folder = prepare(ROOT)
    status = run(folder)
    if status:
        sys.exit(status)
    show(sorted((folder / "reports").glob("*.pdf")))


if __name__ == "__main__":
    run_tool(main)

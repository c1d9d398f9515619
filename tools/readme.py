"""The README's table and pictures, taken from the results of the last run.

`python -m tools.readme` brings them up to date.
"""

import re
import shutil
from pathlib import Path
from typing import Any

from PIL import Image

from foolproof.core.files import atomic_write, read_json

README = Path("README.md")
PICTURES = {
    "plots/compare_batchnorm/curves.png": "docs/curves.png",
    "plots/occlude/black.png": "docs/occlusion.png",
    "plots/attack_nontargeted/class_images.png": "docs/class_images.png",
    "plots/attack_targeted/from_noise.png": "docs/targeted.png",
    "plots/attack_noise/noise.png": "docs/noise.png",
    "plots/evaluate_one_sided/examples.png": "docs/ink.png",
    "plots/xor/xor.png": "docs/xor.png",
    "plots/attack_linf/examples.png": "docs/photos.jpg",
    "plots/robustness/manipulations_eot.png": "docs/every_view.jpg",
    "plots/feature_visualization/classes_natural.png": "docs/neurons.jpg",
    "plots/occlude_photos/maps.png": "docs/heat.jpg",
}
GROUPS = ("mnist", "attacks", "networks", "toys", "cifar10", "pets", "neurons")
ATTACKS = ("nontargeted", "targeted", "noise", "one_sided", "linf", "robustness", "minimal")
WIDTH = 1000
TABLE = re.compile(r"(<!-- results -->\n).*?(<!-- end of results -->\n)", re.DOTALL)


def results_table(metrics: Path) -> str:
    """Build a Markdown table of the main results from the metrics files in a folder."""
    mnist, attacks, networks, toys, cifar10, pets, neurons = (
        read_json(metrics / f"{group}.json") for group in GROUPS
    )
    nontargeted, targeted, noise, one_sided, linf, robustness, minimal = (
        attacks[key] for key in ATTACKS
    )
    rows = {
        f"Test accuracy without batch norm, {mnist['nobn']['test_accuracy']['n']} seeds": _interval(
            mnist["nobn"]["test_accuracy"]
        ),
        f"Test accuracy with batch norm, {mnist['bn']['test_accuracy']['n']} seeds": _interval(
            mnist["bn"]["test_accuracy"]
        ),
        "Parameters, neurons (without batch norm)": "{parameters:,}, {neurons:,}".format(
            **networks["mnist_nobn"]
        ),
        "Class images from noise seen as their class": (
            f"{_percent(nontargeted['success_rate'])} of {nontargeted['images']}, "
            f"least confidence {_percent(nontargeted['min_confidence'])}"
        ),
        "Seen as one digit while looking like another": (
            f"{_percent(targeted['success_rate'])} of {targeted['by_start']['noise']['cells']} "
            "pairs from the harder start"
        ),
        "Small noise reaches its class": _percent(noise["success_rate"]),
        "The same noise takes other images there": _percent(noise["transfer_rate"]),
        "Network of CIS680, two trainings": " and ".join(
            _percent(training["test_accuracy"]) for training in mnist["cis680"].values()
        ),
        "Test images that added ink alone turns into another digit, 90 % sure": (
            f"{_percent(one_sided['success_rate'])} of {one_sided['correct']:,}"
        ),
        "Of these, misread by the network trained anew": _percent(one_sided["transfer_rate"]),
        "Random starts from which a perceptron learns XOR; without activation": (
            f"{_percent(toys['xor']['solved'])}; {_percent(toys['xor']['solved_linear'])}"
        ),
        "CIFAR-10: network of CS5787 without, with batch norm; a better one": "; ".join(
            _percent(cifar10[name]["test_accuracy"]) for name in ("nobn", "bn", "deep")
        ),
        "Breeds of pets by deep features, mean-per-class accuracy (95 % interval)": (
            "{value} ({low} to {high})".format(
                **{
                    k: _percent(v)
                    for k, v in pets["classifiers"]["mean_per_class_accuracy"].items()
                }
            )
        ),
        f"Photo of {linf['peppers']['label']} as {linf['peppers']['target']}, "
        f"no pixel off by more than {robustness['epsilon']['plain']:g}/255": (
            f"{_percent(linf['peppers']['confidence'])} sure"
        ),
        "The same rotated by 30°; made for every view": "; ".join(
            _percent(robustness["photos"][0]["rotation"][kind]["target_probability"])
            for kind in ("plain", "eot")
        ),
        "The smallest change that makes a chosen class the likeliest, median L2 norm": (
            f"{minimal['median_l2']:.2f} ({_percent(minimal['success_rate'])} of "
            f"{minimal['pairs']} pairs)"
        ),
        f"Class images that {neurons['judge']}, too, has among its five likeliest; without prior": (
            f"{_percent(neurons['transfer_top5'])}; "
            f"{_percent(neurons['transfer_top5_by_method']['none'])}"
        ),
    }
    lines = ["| what | result |", "|---|---|", *(f"| {k} | {v} |" for k, v in rows.items())]
    return "\n".join(lines) + "\n"


def with_table(text: str, table: str) -> str:
    """Put the table between the two marks in the README's text."""
    return TABLE.sub(lambda match: match[1] + table + match[2], text)


def copy_picture(source: Path, copy: Path) -> None:
    """Copy a PNG as it is, or as a smaller JPEG where the copy is one: photos make large PNGs."""
    with atomic_write(copy) as temporary:
        if copy.suffix == ".png":
            shutil.copyfile(source, temporary)
            return
        with Image.open(source) as picture:
            picture.thumbnail((WIDTH, 2 * WIDTH))
            picture.convert("RGB").save(temporary, "JPEG", quality=85)


def _percent(fraction: float) -> str:
    return f"{100 * fraction:.2f} %"


def _interval(value: dict[str, Any]) -> str:
    half_width = "" if value["ci95"] is None else f" ± {100 * value['ci95']:.2f}"
    return f"{100 * value['mean']:.2f}{half_width} %"


if __name__ == "__main__":
    updated = with_table(README.read_text(encoding="utf-8"), results_table(Path("metrics")))
    with atomic_write(README) as temporary:
        temporary.write_text(updated, encoding="utf-8")
    for picture, copy in PICTURES.items():
        copy_picture(Path(picture), Path(copy))

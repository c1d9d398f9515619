"""Update the README's table and pictures from the results of the last run.

python -m tools.readme
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
    "plots/evaluate_linf/examples.png": "docs/photos.jpg",
    "plots/robustness/manipulations_eot.png": "docs/every_view.jpg",
    "plots/evaluate_feature_visualization/classes_fourier.png": "docs/neurons.jpg",
    "plots/occlude_photos/maps.png": "docs/heat.jpg",
}
GROUPS = ("mnist", "attacks", "networks", "toys", "cifar10", "pets", "neurons")
WIDTH = 1000
TABLE = re.compile(r"(<!-- results -->\n).*?(<!-- end of results -->\n)", re.DOTALL)
MISSING = "–"
"""In place of a number that is null, such as the mean over no successful attack."""

Rows = dict[str, str]
"""Results by what they are."""


def results_table(metrics: Path) -> str:
    """Build a Markdown table of the main results from the metrics files in a folder."""
    group = {name: read_json(metrics / f"{name}.json") for name in GROUPS}
    rows = (
        _mnist_rows(group["mnist"], group["networks"]["mnist_nobn"])
        | _mnist_attack_rows(group["attacks"])
        | _cis680_rows(
            group["mnist"]["cis680"], group["attacks"]["one_sided"], group["toys"]["xor"]
        )
        | _cs5787_rows(group["cifar10"], group["pets"]["classifiers"])
        | _photo_attack_rows(group["attacks"])
        | _neuron_rows(group["neurons"])
    )
    lines = ["| what | result |", "|---|---|", *(f"| {k} | {v} |" for k, v in rows.items())]
    return "\n".join(lines) + "\n"


def _mnist_rows(mnist: Any, network: Any) -> Rows:
    accuracies = {
        f"Test accuracy {words} batch norm, {mnist[name]['test_accuracy']['n']} seeds": _interval(
            mnist[name]["test_accuracy"]
        )
        for name, words in (("nobn", "without"), ("bn", "with"))
    }
    counts = f"{network['parameters']:,}, {network['neurons']:,}"
    return {**accuracies, "Parameters, neurons (without batch norm)": counts}


def _mnist_attack_rows(attacks: Any) -> Rows:
    nontargeted, targeted, noise = (attacks[key] for key in ("nontargeted", "targeted", "noise"))
    return {
        "Class-maximizing images from noise, classified as their class": (
            f"{_percent(nontargeted['success_rate'])} of {nontargeted['images']}, "
            f"min. confidence {_percent(nontargeted['min_confidence'])}"
        ),
        "Class-maximizing images that resemble another digit, success": (
            f"{_percent(targeted['success_rate'])} of {targeted['by_start']['noise']['cells']} "
            "pairs from the harder start"
        ),
        "Additive noise, success": _percent(noise["success_rate"]),
        "Transfer of the same noise to other images": _percent(noise["transfer_rate"]),
    }


def _cis680_rows(trainings: Any, one_sided: Any, xor: Any) -> Rows:
    return {
        "Network of CIS680, two trainings": " and ".join(
            _percent(training["test_accuracy"]) for training in trainings.values()
        ),
        "One-sided attack on test images, success": (
            f"{_percent(one_sided['success_rate'])} of {one_sided['correct']:,}"
        ),
        "Transfer of these images to a retrained network": _percent(one_sided["transfer_rate"]),
        "Random starts that learn XOR; without hidden activation": (
            f"{_percent(xor['success_rate'])}; {_percent(xor['success_rate_linear'])}"
        ),
    }


def _cs5787_rows(cifar10: Any, classifiers: Any) -> Rows:
    pets = {k: _percent(v) for k, v in classifiers["mean_per_class_accuracy"].items()}
    return {
        "CIFAR-10: network of CS5787 without, with batch norm; deep network": "; ".join(
            _percent(cifar10[name]["test_accuracy"]) for name in ("nobn", "bn", "deep")
        ),
        "Breeds of pets by deep features, mean-per-class accuracy (95 % interval)": (
            "{value} ({low} to {high})".format(**pets)
        ),
    }


def _photo_attack_rows(attacks: Any) -> Rows:
    photo, robustness, minimal = (
        attacks["linf"]["first_example"],
        attacks["robustness"],
        attacks["minimal"],
    )
    degrees = robustness["shown_strengths"]["rotation"]
    epsilon, gradients = robustness["epsilon"]["eot"], robustness["gradients"]["eot"]
    return {
        f"{photo['label']} as {photo['target']} by targeted PGD, "
        f"epsilon {photo['epsilon']:g}/255, confidence": f"{100 * photo['confidence']:.1f} %",
        f"Photos classified as their target when rotated by {degrees:g}°: PGD; PGD with EOT, both "
        f"with epsilon {epsilon:g}/255 and {gradients} gradients": "; ".join(
            _rate(robustness["rotation"][kind]["top1_rate"]) for kind in ("plain_large", "eot")
        ),
        "Minimal perturbation of 8-bit photos to a target class, median L2 norm; success": (
            f"{_median(minimal['median_l2'])}; {_rate(minimal['success_rate'])}"
        ),
    }


def _neuron_rows(neurons: Any) -> Rows:
    return {
        f"Class images, top-5 accuracy of {neurons['transfer_network']}; without prior": (
            f"{_percent(neurons['transfer_top5'])}; "
            f"{_percent(neurons['transfer_top5_by_method']['none'])}"
        ),
    }


def with_table(text: str, table: str) -> str:
    """Replace the table between the two marks in the README's text."""
    return TABLE.sub(lambda match: match[1] + table + match[2], text)


def copy_picture(source: Path, copy: Path) -> None:
    """Copy a PNG, or convert it to a smaller JPEG by the suffix of `copy`."""
    with atomic_write(copy) as temporary:
        if copy.suffix == ".png":
            shutil.copyfile(source, temporary)
            return
        with Image.open(source) as picture:
            picture.thumbnail((WIDTH, 2 * WIDTH))
            picture.convert("RGB").save(temporary, "JPEG", quality=85)


def _percent(fraction: float | None) -> str:
    return MISSING if fraction is None else f"{100 * fraction:.2f} %"


def _rate(rate: dict[str, Any] | None) -> str:
    if rate is None:
        return MISSING
    return f"{rate['count']} of {rate['n']} ({100 * rate['low']:.0f} to {100 * rate['high']:.0f} %)"


def _median(median: dict[str, Any] | None) -> str:
    if median is None:
        return MISSING
    limits = "" if median["low"] is None else f" ({median['low']:.2f} to {median['high']:.2f})"
    return f"{median['value']:.2f}{limits}"


def _interval(value: dict[str, Any]) -> str:
    half_width = "" if value["ci95"] is None else f" ± {100 * value['ci95']:.2f}"
    return f"{100 * value['mean']:.2f}{half_width} %"


if __name__ == "__main__":
    updated = with_table(README.read_text(encoding="utf-8"), results_table(Path("metrics")))
    with atomic_write(README) as temporary:
        temporary.write_text(updated, encoding="utf-8")
    for picture, copy in PICTURES.items():
        copy_picture(Path(picture), Path(copy))

"""Update the README's results and pictures from the last run.

    python -m tools.readme [--experiment NAME]

NAME is an experiment of `dvc exp run` with another number of epochs on MNIST. Its difference
between the networks without and with batch norm is kept in docs/experiment.json.
"""

import argparse
import json
import re
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from PIL import Image

from foolproof.compute.intervals import sign_of
from foolproof.compute.words import (
    median_in_words,
    percent_in_words,
    points_in_words,
    rate_in_words,
    share_in_words,
)
from foolproof.core.files import atomic_write, read_json, write_json

README = Path("README.md")
EXPERIMENT = Path("docs/experiment.json")
PICTURES = {
    "plots/compare_batchnorm/mnist.png": "docs/curves.png",
    "plots/occlude/maps.png": "docs/occlusion.png",
    "plots/attack_nontargeted/class_images.png": "docs/class_images.png",
    "plots/attack_targeted/from_noise.png": "docs/targeted.png",
    "plots/attack_noise/noise.png": "docs/noise.png",
    "plots/evaluate_one_sided/examples.png": "docs/ink.png",
    "plots/xor/xor.png": "docs/xor.png",
    "plots/evaluate_linf/examples.png": "docs/photos.jpg",
    "plots/robustness/manipulations_eot.png": "docs/every_view.jpg",
    "plots/evaluate_feature_visualization/classes.png": "docs/neurons.jpg",
    "plots/occlude_photos/maps.png": "docs/heat.jpg",
}
GROUPS = ("mnist", "attacks", "toys", "cifar10", "pets", "neurons")
WIDTH = 1000
"""Images of class 0 to 9 that a noise is made for."""

Rows = dict[str, str]
"""Results by what they are."""


def results_table(metrics: Path) -> str:
    """Build a Markdown table of the main results from the metrics files in a folder."""
    group = {name: read_json(metrics / f"{name}.json") for name in GROUPS}
    rows = (
        _batch_norm_rows("MNIST", group["mnist"])
        | _mnist_attack_rows(group["attacks"])
        | _cis680_rows(group["mnist"]["cis680"], group["attacks"]["one_sided"])
        | _xor_rows(group["toys"]["xor"])
        | _batch_norm_rows("CIFAR-10", group["cifar10"])
        | _deep_rows(group["cifar10"])
        | _pet_rows(group["pets"]["classifiers"])
        | _photo_rows(group["attacks"])
        | _neuron_rows(group["neurons"])
    )
    lines = ["| what | result |", "|---|---|", *(f"| {k} | {v} |" for k, v in rows.items())]
    return "\n".join(lines) + "\n"


def _batch_norm_rows(data: str, results: Any) -> Rows:
    return {
        f"{data}, test accuracy without batch norm": _accuracy(results["nobn"]),
        f"{data}, test accuracy with batch norm": _accuracy(results["bn"]),
        f"{data}, gain by batch norm, paired by seed": points_in_words(
            results["comparison"]["test_accuracy_difference"]
        ),
    }


def _mnist_attack_rows(attacks: Any) -> Rows:
    nontargeted, targeted, noise = (attacks[key] for key in ("nontargeted", "targeted", "noise"))
    return {
        "Class-maximizing images from noise, classified as their class": rate_in_words(
            nontargeted["success_rate"]
        ),
        "Class-maximizing images that resemble another digit, success from the harder start": (
            rate_in_words(targeted["success_rate"])
        ),
        "Additive noise, success": rate_in_words(noise["success_rate"]),
        "Transfer of the same noise to images of other classes": rate_in_words(
            noise["transfer_rate"]
        ),
    }


def _cis680_rows(trainings: Any, one_sided: Any) -> Rows:
    return {
        "Network of CIS680, test accuracy of two trainings": "; ".join(
            map(_accuracy, trainings.values())
        ),
        "One-sided attack on test images, success": rate_in_words(one_sided["success_rate"]),
        "Misclassified by a retrained network, of these images": rate_in_words(
            one_sided["transfer_rate"]
        ),
    }


def _xor_rows(xor: Any) -> Rows:
    return {
        "Random starts that learn XOR": rate_in_words(xor["success_rate"]),
        "The same without hidden activation": rate_in_words(xor["success_rate_linear"]),
    }


def _deep_rows(cifar10: Any) -> Rows:
    views = cifar10["deep_views"]
    return {
        "CIFAR-10, test accuracy of the deep network": _accuracy(cifar10["deep"]),
        "The same with six views of each image": _accuracy(views),
    }


def _pet_rows(classifiers: Any) -> Rows:
    accuracy = classifiers["mean_per_class_accuracy"]
    return {
        "Breeds of pets by deep features, mean-per-class accuracy": (
            f"{share_in_words(accuracy)}, n = {classifiers['test_images']} images"
        ),
    }


def _photo_rows(attacks: Any) -> Rows:
    linf, robustness, minimal = (attacks[key] for key in ("linf", "robustness", "minimal"))
    degrees = robustness["shown_strengths"]["rotation"]
    epsilon, gradients = robustness["epsilon"]["eot"], robustness["gradients"]["eot"]
    same = f"epsilon {epsilon:g}/255, {gradients} gradients, success after rotation by {degrees:g}°"
    return {
        f"Targeted PGD on photos, epsilon {linf['success_epsilon']:g}/255, success": rate_in_words(
            linf["success_rate"]
        ),
        f"PGD, {same}": rate_in_words(robustness["rotation"]["plain_large"]["top1_rate"]),
        f"PGD with EOT, {same}": rate_in_words(robustness["rotation"]["eot"]["top1_rate"]),
        "Minimal perturbation of 8-bit photos to a target class, success": rate_in_words(
            minimal["success_rate"]
        ),
        "The same, median L2 norm (95 % interval over photos)": median_in_words(
            minimal["median_l2"]
        ),
    }


def _neuron_rows(neurons: Any) -> Rows:
    rates, other = neurons["transfer_top5_by_method"], neurons["transfer_network"]
    return {
        f"Class-maximizing images in the top 5 of {other}, Fourier with random views": (
            rate_in_words(rates["fourier_views"])
        ),
        "The same by pixels without random views": rate_in_words(rates["pixels"]),
    }


def _accuracy(result: Any) -> str:
    """Format a mean over several seeds, or the rate of the only one over the images."""
    mean = result["test_accuracy"]
    if mean["ci95"] is None:
        return rate_in_words(result["first_seed_test_accuracy"])
    return percent_in_words(mean)


def batch_norm_text(runs: Sequence[Any]) -> str:
    """Say what batch norm is worth after each run's number of epochs, by the paired interval.

    Args:
        runs: what `batch_norm_of` gives.
    """
    return "".join(f"{_batch_norm_sentence(run)}\n" for run in runs)


def _batch_norm_sentence(run: Any) -> str:
    epochs, difference = run["epochs"], run["test_accuracy_difference"]
    after = f"With {epochs} epoch{'s' if epochs > 1 else ''}"
    found = points_in_words(difference)
    if difference["ci95"] is None:
        return f"{after} a single seed gives no interval: {found}."
    sign = sign_of(difference)
    if not sign:
        return f"{after} the effect of batch norm on the test accuracy is not significant: {found}."
    return f"{after} batch norm {'improves' if sign > 0 else 'lowers'} the test accuracy: {found}."


def batch_norm_of(mnist: Any) -> dict[str, Any]:
    """Take the number of epochs and the effect of batch norm from metrics/mnist.json."""
    difference = mnist["comparison"]["test_accuracy_difference"]
    return {"epochs": mnist["nobn"]["epochs"], "test_accuracy_difference": difference}


def with_block(text: str, name: str, content: str) -> str:
    """Replace what stands between `<!-- name -->` and `<!-- end of name -->`."""
    block = re.compile(rf"(<!-- {name} -->\n).*?(<!-- end of {name} -->\n)", re.DOTALL)
    return block.sub(lambda match: match[1] + content + match[2], text)


def copy_picture(source: Path, copy: Path) -> None:
    """Copy a PNG, or convert it to a smaller JPEG by the suffix of `copy`."""
    with atomic_write(copy) as temporary:
        if copy.suffix == ".png":
            shutil.copyfile(source, temporary)
            return
        with Image.open(source) as picture:
            picture.thumbnail((WIDTH, 2 * WIDTH))
            picture.convert("RGB").save(temporary, "JPEG", quality=85)


def main() -> None:
    """Update README.md and the pictures in docs."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--experiment")
    if name := parser.parse_args().experiment:
        shown = subprocess.run(
            ["git", "show", f"{name}:metrics/mnist.json"], capture_output=True, check=True
        )
        write_json(EXPERIMENT, batch_norm_of(json.loads(shown.stdout)))
    runs = [read_json(EXPERIMENT)] if EXPERIMENT.exists() else []
    runs.append(batch_norm_of(read_json(Path("metrics/mnist.json"))))
    text = with_block(README.read_text(encoding="utf-8"), "batch norm", batch_norm_text(runs))
    text = with_block(text, "results", results_table(Path("metrics")))
    with atomic_write(README) as temporary:
        temporary.write_text(text, encoding="utf-8")
    for picture, copy in PICTURES.items():
        copy_picture(Path(picture), Path(copy))


if __name__ == "__main__":
    main()

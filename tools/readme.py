"""Update the README's results and pictures from the last run.

python -m tools.readme
"""

import re
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from PIL import Image

from foolproof.compute.words import (
    median_in_words,
    percent_in_words,
    points_in_words,
    rate_in_words,
    share_in_words,
)
from foolproof.core.files import atomic_write, read_json
from tools.estimate import Record, read_records
from tools.plots_page import SHEETS

README = Path("README.md")
PICTURES = {
    "plots/compare_batchnorm/mnist.png": "docs/curves.png",
    "plots/occlude/maps.png": "docs/occlusion.png",
    "plots/attack_nontargeted/class_images.png": "docs/class_images.png",
    "plots/attack_targeted/from_noise.png": "docs/targeted.png",
    "plots/attack_noise/noise.png": "docs/noise.png",
    "plots/evaluate_one_sided/examples.png": "docs/ink.png",
    "plots/xor/xor.png": "docs/xor.png",
    "plots/evaluate_linf/example.png": "docs/fooled.jpg",
    "plots/robustness/manipulations_eot.png": "docs/every_view.jpg",
    "plots/evaluate_feature_visualization/classes.png": "docs/neurons.jpg",
    "plots/occlude_photos/maps.png": "docs/occlusion_photos.jpg",
}
GROUPS = ("mnist", "attacks", "toys", "cifar10", "pets", "neurons")
WIDTH = 1000
TOPICS = {
    "ee6132": "batch norm, filters, occlusion, adversarial digits, a robust network",
    "cis680": "loss surfaces, XOR, digits that fool by added ink, transfer",
    "cs5787": "CIFAR-10, pets by deep features, photos that fool in every view, an adder",
    "huji67103": "what neurons respond to, minimal perturbations, occlusion maps, receptive fields",
}
"""By sheet."""

DATA = {
    "mnist": "MNIST",
    "cifar10": "CIFAR-10",
    "pets": "Oxford-IIIT Pets",
    "photos": "ImageNet photos",
}
"""Names of the data sets."""

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


def reports_table(minutes: Mapping[str, float], machine: Mapping[str, Any]) -> str:
    """Build a Markdown table of the reports, with the time that each takes alone.

    Args:
        minutes: by sheet.
        machine: on which, as in a record.
    """
    where = f"{machine['threads']} cores, {machine['instruction_set']}, {machine['precision']}"
    lines = [f"| report | answers the sheet of | about | alone ({where}) |", "|---|---|---|---|"]
    for sheet, course in SHEETS.items():
        time = f"{max(1, round(minutes[sheet]))} min"
        lines.append(f"| [PDF](docs/{sheet}.pdf) | {course} | {TOPICS[sheet]} | {time} |")
    return "\n".join(lines) + "\n"


def report_minutes(record: Record) -> dict[str, float]:
    """Add up the recorded times of all stages that a report needs, in minutes by sheet."""
    from dvc.repo import Repo  # noqa: PLC0415 (takes a second)

    index = Repo().index
    found = {}
    for stage in index.stages:
        sheet = stage.addressing.removeprefix("report_")
        if sheet in SHEETS:
            needed, found_last = {stage}, {stage}
            while found_last:
                # Edges point from a stage to its dependencies.
                found_last = {each for one in found_last for each in index.graph.successors(one)}
                found_last -= needed
                needed |= found_last
            found[sheet] = sum(record.stages[each.addressing] for each in needed) / 60
    return found


def data_sentence(records: Mapping[str, Any]) -> str:
    """Say which data the results are of, by the records of the assets."""
    named = []
    for record in {each["asset"]: each for each in records.values()}.values():
        if record["asset"] not in DATA:
            continue
        remarks = [f"{record['items']:,} images"]
        if record["stand_in"]:
            remarks.append("**stand-ins**")
        elif not record["exact"]:
            remarks.append("re-encoded or a part of the official files")
        named.append(f"{DATA[record['asset']]} ({', '.join(remarks)})")
    return f"All of one run, on {', '.join(named)}; 95 % intervals in brackets or after ±.\n"


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
    """Update README.md, and pictures and reports in docs."""
    (record,) = list(read_records()["real"].values())[:1]
    text = README.read_text(encoding="utf-8")
    for name, content in (
        ("reports", reports_table(report_minutes(record), record.machine)),
        ("results", results_table(Path("metrics"))),
        ("data", data_sentence(read_json(Path("metrics/assets.json")))),
    ):
        text = with_block(text, name, content)
    with atomic_write(README) as temporary:
        temporary.write_text(text, encoding="utf-8")
    for picture, copy in PICTURES.items():
        copy_picture(Path(picture), Path(copy))
    for sheet in SHEETS:
        shutil.copyfile(f"reports/{sheet}.pdf", f"docs/{sheet}.pdf")


if __name__ == "__main__":
    main()

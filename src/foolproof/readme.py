"""The README's table and pictures, taken from the results of the last run.

`python -m foolproof.readme` brings them up to date.
"""

import re
import shutil
from pathlib import Path
from typing import Any

from foolproof.files import read_json, replacing

README = Path("README.md")
PICTURES = {
    "plots/mnist/curves.png": "docs/curves.png",
    "plots/mnist/occlusion_black.png": "docs/occlusion.png",
    "plots/attacks/class_images.png": "docs/class_images.png",
    "plots/attacks/targeted_from_noise.png": "docs/targeted.png",
    "plots/attacks/noise.png": "docs/noise.png",
    "plots/attacks/constrained_examples.png": "docs/ink.png",
    "plots/toys/xor.png": "docs/xor.png",
}
TABLE = re.compile(r"(<!-- results -->\n).*?(<!-- end of results -->\n)", re.DOTALL)


def results_table(metrics: Path) -> str:
    """Build a Markdown table of the main results from the metrics files in a folder."""
    mnist, attacks, networks, toys = (
        read_json(metrics / f"{group}.json") for group in ("mnist", "attacks", "networks", "toys")
    )
    nontargeted, targeted, noise, constrained = (
        attacks[key] for key in ("nontargeted", "targeted", "noise", "constrained")
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
            _percent(training["test_accuracy"]) for training in mnist["table1"].values()
        ),
        "Test images that added ink alone turns into another digit, 90 % sure": (
            f"{_percent(constrained['success_rate'])} of {constrained['correct']:,}"
        ),
        "Of these, misread by the network trained anew": _percent(constrained["transfer_rate"]),
        "Random starts from which a perceptron learns XOR; without activation": (
            f"{_percent(toys['xor']['solved'])}; {_percent(toys['xor']['solved_linear'])}"
        ),
    }
    lines = ["| what | result |", "|---|---|", *(f"| {k} | {v} |" for k, v in rows.items())]
    return "\n".join(lines) + "\n"


def with_table(text: str, table: str) -> str:
    """Put the table between the two marks in the README's text."""
    return TABLE.sub(lambda match: match[1] + table + match[2], text)


def _percent(fraction: float) -> str:
    return f"{100 * fraction:.2f} %"


def _interval(value: dict[str, Any]) -> str:
    half_width = "" if value["ci95"] is None else f" ± {100 * value['ci95']:.2f}"
    return f"{100 * value['mean']:.2f}{half_width} %"


if __name__ == "__main__":
    updated = with_table(README.read_text(encoding="utf-8"), results_table(Path("metrics")))
    with replacing(README) as temporary:
        temporary.write_text(updated, encoding="utf-8")
    for picture, copy in PICTURES.items():
        with replacing(Path(copy)) as temporary:
            shutil.copyfile(picture, temporary)

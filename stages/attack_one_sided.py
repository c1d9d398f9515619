"""Fool a network with images that only add ink, and show them to networks that never saw them."""

import logging
import math
import time
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from pathlib import Path
from typing import Any

import torch
from matplotlib.figure import Figure
from numpy.typing import NDArray
from torch import Tensor, nn

from foolproof.attacks.one_sided import targeted, untargeted
from foolproof.attacks.perturbation import greatest_violation
from foolproof.attacks.result import (
    AttackResult,
    count_pairs,
    effort,
    evaluate,
    mean_by_pair,
    most_common,
    summarize,
)
from foolproof.attacks.selection import choose, choose_pairs
from foolproof.attacks.transfer import by_confidence, by_steps, transfer
from foolproof.compute.device import prepare_device
from foolproof.compute.seeds import new_generator
from foolproof.core.files import write_csv, write_json
from foolproof.core.params import load_section
from foolproof.core.provenance import source_line
from foolproof.core.stage import run_stage
from foolproof.data.arrays import read_arrays, write_arrays
from foolproof.data.datasets import load_dataset
from foolproof.figures.attack_one_sided import (
    draw_classes,
    draw_examples,
    draw_grid,
    draw_ink,
    draw_transfer,
    transfer_rows,
)
from foolproof.figures.style import save_figures
from foolproof.networks import cis680, mnist
from foolproof.networks.folding import fold_batch_norm
from foolproof.networks.inference import predict_logits, to_pixels
from foolproof.networks.weights import load_network, unchanged_weights
from foolproof.optimize.loop import OptimizationResult
from foolproof.params.attack_one_sided import AttackOneSided
from foolproof.params.data import Compute

CLASSES = cis680.CLASSES
ARRAYS = Path("data/attacks/one_sided.npz")
PLOTS = Path("plots/attack_one_sided")
# The sheet's pixels go from -1 to 1: what is 1 with ours is 2 with them.
SHEET_UNITS = 2


def main() -> None:
    """Attack every test image, and some towards every class; measure what was saved of that."""
    settings = load_section("attack_one_sided", AttackOneSided)
    device = prepare_device(load_section("compute", Compute).threads)
    networks = load_networks(device)
    network = networks["first"]
    attacked = fold_batch_norm(network)
    test = load_dataset(Path("data/mnist.npz"), device).test
    pixels, labels = to_pixels(test.images), test.labels
    correct = predict_logits(network, pixels).argmax(1) == labels
    generator = new_generator(settings.seed)
    rows, targets = choose_pairs(labels, correct, settings.targeted_images, CLASSES, generator)
    sample = choose(correct, settings.transfer.images, generator)
    how: Any = {"steps": settings.steps, "step_size": settings.step_size}
    until: Any = {"confidence": settings.confidence, **how}
    with unchanged_weights(network) as digest:
        any_class = timed("any class", partial(untargeted, attacked, pixels, labels, **until))
        target = timed("target", partial(targeted, attacked, pixels[rows], targets, **until))
        made = {
            "any_class": evaluate(network, any_class, pixels, labels),
            "target": evaluate(network, target, pixels[rows], labels[rows], targets),
        }
        some = (networks, attacked, pixels[sample], labels[sample], generator)
        strengths = {
            "confidence": by_confidence(*some, settings.transfer.confidences, **how),
            "steps": by_steps(*some, settings.transfer.steps, step_size=settings.step_size),
        }
    save(made, {"any_class": torch.arange(len(labels)), "target": rows}, settings.confidence)
    saved = load(made, pixels)
    outcomes = {"any_class": saved["any_class"].take(correct), "target": saved["target"]}
    fooled = {
        name: tried.take(tried.confidences >= settings.confidence)
        for name, tried in outcomes.items()
    }
    tables = count(outcomes, fooled, settings.confidence)
    measured: dict[str, Any] = {
        name: summarize(tried, fooled[name])
        | {"transfer": transfer(networks, fooled[name], generator)}
        for name, tried in outcomes.items()
    }
    measured["any_class"] |= {
        "changes": tables["changes"].tolist(),
        "most_common_changes": most_common(tables["changes"], 5),
    }
    measured["target"] |= {
        "images_by_class": count_pairs(outcomes["target"], CLASSES).amax(1).tolist(),
        "success_by_pair": without_nan(tables["success"]),
        "mean_steps_by_pair": without_nan(tables["steps"]),
    }
    violation = max(greatest_violation(every.originals, every.images) for every in saved.values())
    write_json(
        Path("metrics/attacks/one_sided.json"),
        {
            "success_rate": measured["any_class"]["success_rate"],
            "median_steps": measured["any_class"]["steps"]["median"],
            "max_violation": SHEET_UNITS * violation,
            "transfer_rate": measured["any_class"]["transfer"]["networks"]["second"]["error_rate"],
            "images": len(labels),
            "correct": int(correct.sum()),
            **measured,
            "transfer_by_strength": strengths,
            "weights_sha256": digest,
        },
    )
    for name, points in strengths.items():
        write_csv(Path(f"plots/attack_one_sided_transfer_{name}.csv"), transfer_rows(name, points))
    figures = {
        "examples": examples(network, fooled, generator),
        "classes": draw_classes(**{name: table.cpu().numpy() for name, table in tables.items()}),
        "ink": draw_ink({name: efforts(made) for name, made in fooled.items()}),
        "grid": draw_grid(**arrays_of(outcomes["target"]), confidence=settings.confidence),
        "transfer": draw_transfer(
            {name: found["transfer"] for name, found in measured.items()}, strengths
        ),
    }
    save_figures(figures, PLOTS, source=source_line("mnist"))


def load_networks(device: torch.device) -> dict[str, nn.Sequential]:
    """Load the network that is attacked, `first`, and those that only see the results."""
    constructors = {"cis680": cis680.NETWORKS, "mnist": mnist.NETWORKS}
    files = ("cis680/first", "cis680/second", "mnist/nobn", "mnist/bn")
    paths = [Path("models", f"{file}.safetensors") for file in files]
    return dict(load_network(path, constructors[path.parent.name], device) for path in paths)


def timed(name: str, attack: Callable[[], OptimizationResult]) -> OptimizationResult:
    """Run an attack and log its speed."""
    start = time.perf_counter()
    trace = attack()
    seconds = time.perf_counter() - start
    count = len(trace.steps)
    logging.info("%s: %d images, %.0f s, %.0f images/s", name, count, seconds, count / seconds)
    return trace


def save(made: Mapping[str, AttackResult], rows: Mapping[str, Tensor], confidence: float) -> None:
    """Save outcomes with the row numbers of their originals in the test images."""
    arrays: dict[str, NDArray[Any]] = {}
    for name, outcome in made.items():
        solved = outcome.confidences >= confidence
        parts = {**outcome._asdict(), "originals": rows[name], "solved": solved}
        arrays |= {f"{name}_{part}": values.cpu().numpy() for part, values in parts.items()}
    write_arrays(ARRAYS, **arrays)


def load(names: Iterable[str], pixels: Tensor) -> dict[str, AttackResult]:
    """Load what `save` saved, with originals out of the test images (N, 1, 28, 28)."""
    arrays = {
        name: torch.from_numpy(values).to(pixels.device)
        for name, values in read_arrays(ARRAYS).items()
    }
    outcomes = {}
    for name in names:
        parts = {part: arrays[f"{name}_{part}"] for part in AttackResult._fields}
        outcomes[name] = AttackResult(**{**parts, "originals": pixels[parts["originals"]]})
    return outcomes


def count(
    outcomes: Mapping[str, AttackResult], fooled: Mapping[str, AttackResult], confidence: float
) -> dict[str, Tensor]:
    """Count changes of any class, and success and mean steps of targets, by pairs of classes."""
    target = outcomes["target"]
    return {
        "changes": count_pairs(fooled["any_class"], CLASSES),
        "success": mean_by_pair(target, target.confidences >= confidence, CLASSES),
        "steps": mean_by_pair(fooled["target"], fooled["target"].steps, CLASSES),
    }


def without_nan(table: Tensor) -> list[list[float | None]]:
    """Make nested lists of a table, None where it is NaN, which JSON does not have."""
    return [[None if math.isnan(value) else value for value in row] for row in table.tolist()]


def examples(
    network: nn.Module, fooled: Mapping[str, AttackResult], generator: torch.Generator
) -> Figure:
    """Draw two random successes of each attack, or as many as there are."""
    chosen = [made.take(choose(made.labels >= 0, 2, generator)) for made in fooled.values()]
    both = AttackResult(*map(torch.cat, zip(*chosen, strict=True)))
    before = predict_logits(network, both.originals).softmax(1).gather(1, both.labels[:, None])
    attacks = [name for name, made in zip(fooled, chosen, strict=True) for _ in made.labels]
    return draw_examples(**arrays_of(both), before=before[:, 0].cpu().numpy(), attacks=attacks)


def efforts(outcome: AttackResult) -> dict[str, NDArray[Any]]:
    """Measure the steps and the ink of every image, for a figure."""
    return {name: values.cpu().numpy() for name, values in effort(outcome).items()}


def arrays_of(outcome: AttackResult) -> dict[str, NDArray[Any]]:
    """Take out of an outcome what can be drawn, the images as (N, H, W)."""
    return {
        "originals": outcome.originals[:, 0].cpu().numpy(),
        "images": outcome.images[:, 0].cpu().numpy(),
        "labels": outcome.labels.cpu().numpy(),
        "goals": outcome.goals.cpu().numpy(),
        "confidences": outcome.confidences.cpu().numpy(),
    }


if __name__ == "__main__":
    run_stage(main)

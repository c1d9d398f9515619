"""Change photos as little as possible until the network takes them for a target of a given rank."""

import logging
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from foolproof.attacks.correctly_classified import ClassifiedPhotos, correctly_classified
from foolproof.attacks.minimal import ddn, few_steps
from foolproof.core.files import write_csv, write_json
from foolproof.core.params import load_section
from foolproof.core.provenance import source_line
from foolproof.core.stage import run_stage
from foolproof.data.arrays import read_arrays, write_arrays
from foolproof.figures.attack_linf import see
from foolproof.figures.attack_minimal import draw_changes, draw_norms
from foolproof.figures.style import save_figures
from foolproof.networks.weights import unchanged_weights
from foolproof.params.attack_minimal import AttackMinimal
from foolproof.pretrained.chosen import load_network_and_photos
from foolproof.pretrained.load import Pretrained as Classifier
from foolproof.pretrained.load import predict
from foolproof.trained.folding import fold_batch_norm

ARRAYS = Path("data/attacks/minimal.npz")
PLOTS = Path("plots/attack_minimal")

# What the figures and reports call the two methods.
METHODS = {"few_steps": "few steps of one length", "search": "search for the smallest change"}

Arrays = Mapping[str, NDArray[Any]]


def main() -> None:
    """Attack every photo that is classified correctly, towards targets of all ranks."""
    settings = load_section("attack_minimal", AttackMinimal)
    name, pretrained, device, candidates = load_network_and_photos()
    photos = correctly_classified(candidates, pretrained)
    ranks = possible_ranks(settings.ranks, len(pretrained.classes))
    with unchanged_weights(pretrained.network) as digest:
        write_arrays(ARRAYS, **attack(pretrained, photos, ranks, settings))
    saved = read_arrays(ARRAYS)
    rows = measure(pretrained, saved, device)
    found = {method: [row for row in rows if row["method"] == method] for method in METHODS}
    search = summarize(found["search"])
    write_json(
        Path("metrics/attacks/minimal.json"),
        {
            "network": name,
            "architecture": pretrained.architecture,
            "classes": len(pretrained.classes),
            "photos": len(photos.names),
            **photos.describe(),
            "ranks_left_out": sorted(set(settings.ranks) - set(ranks)),
            "pairs": len(saved["rows"]),
            "success_rate": search["success_rate"],
            "median_l2": search["median_l2"],
            "methods": {method: summarize(of_method) for method, of_method in found.items()},
            "by_rank": {
                str(rank): {
                    method: summarize([row for row in of_method if row["rank"] == rank])
                    for method, of_method in found.items()
                }
                for rank in sorted({int(rank) for rank in saved["ranks"]})
            },
            "weights_sha256": digest,
        },
    )
    write_csv(Path("plots/attack_minimal_norms.csv"), rows)
    figures = {
        "norms": draw_norms(rows, METHODS, title=pretrained.architecture),
        "changes": draw_shown(pretrained, saved, device, settings.shown),
    }
    save_figures(figures, PLOTS, source=source_line("photos", name))


def possible_ranks(ranks: Sequence[int], classes: int) -> list[int]:
    """Leave out ranks that so few classes do not have; where none is left, take the last one."""
    possible = [rank for rank in ranks if rank <= classes] or [classes]
    if missing := sorted(set(ranks) - set(possible)):
        logging.warning(
            "%d classes have no rank %s: the targets are of rank %s",
            classes,
            ", ".join(map(str, missing)),
            ", ".join(map(str, possible)),
        )
    return possible


def attack(
    pretrained: Classifier, photos: ClassifiedPhotos, ranks: Sequence[int], settings: AttackMinimal
) -> dict[str, Any]:
    """Attack each photo towards the target of each rank by both methods.

    Returns:
        `originals` (N, 3, S, S); and for P pairs of photo and target the `rows` of the photos, the
        `ranks` and classes (`targets`) of the targets, and by method the images, (P, 3, S, S).
    """
    network = fold_batch_norm(pretrained.network)
    order = predict(pretrained, photos.pixels).argsort(dim=1, descending=True, stable=True)
    rows = torch.arange(len(photos.names)).repeat_interleave(len(ranks))
    each_rank = torch.tensor(ranks).repeat(len(photos.names))
    targets = order[rows, each_rank - 1]
    images = photos.pixels[rows]
    start = time.perf_counter()
    plain = few_steps(network, images, targets, **settings.few_steps.model_dump())
    middle = time.perf_counter()
    searched, _ = ddn(network, images, targets, steps=settings.search_steps)
    end = time.perf_counter()
    logging.info("%d pairs: %.1f s and %.1f s", len(rows), middle - start, end - middle)
    return {
        "names": np.array(photos.names),
        "labels": photos.labels.cpu().numpy(),
        "originals": photos.pixels.cpu().numpy(),
        "rows": rows.numpy(),
        "ranks": each_rank.numpy(),
        "targets": targets.cpu().numpy(),
        "few_steps": plain.inputs.cpu().numpy(),
        "search": searched.cpu().numpy(),
    }


def measure(pretrained: Classifier, saved: Arrays, device: torch.device) -> list[dict[str, Any]]:
    """Measure every pair and method on the arrays as saved: a row for each."""
    rows, targets = saved["rows"], saved["targets"]
    before = probabilities(pretrained, saved["originals"], device)
    table = []
    for method in METHODS:
        changes = (saved[method] - saved["originals"][rows]).astype(np.float64)
        after = probabilities(pretrained, saved[method], device)
        for pair, (row, target) in enumerate(zip(rows, targets, strict=True)):
            mean_square = float(np.square(changes[pair]).mean())
            table.append(
                {
                    "method": method,
                    "photo": str(saved["names"][row]),
                    "target": pretrained.classes[target],
                    "rank": int(saved["ranks"][pair]),
                    "target_before": float(before[row, target]),
                    "target_after": float(after[pair, target]),
                    "true_before": float(before[row, saved["labels"][row]]),
                    "true_after": float(after[pair, saved["labels"][row]]),
                    "success": bool(after[pair].argmax() == target),
                    "l2": float(np.sqrt(np.square(changes[pair]).sum())),
                    "linf": float(np.abs(changes[pair]).max()),
                    "psnr": float(-10 * np.log10(mean_square)) if mean_square else None,
                }
            )
    return table


def probabilities(
    pretrained: Classifier, images: NDArray[Any], device: torch.device
) -> NDArray[Any]:
    """Compute the probabilities of all classes, (N, K)."""
    return predict(pretrained, torch.from_numpy(images).to(device)).softmax(1).cpu().numpy()


def summarize(rows: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Average over pairs; norms and peak signal-to-noise ratios over those that succeed."""
    reached = [row for row in rows if row["success"]]

    def median(quantity: str) -> float | None:
        values = [row[quantity] for row in reached if row[quantity] is not None]
        return float(np.median(values)) if values else None

    return {
        "pairs": len(rows),
        "success_rate": len(reached) / len(rows) if rows else None,
        **{f"median_{name}": median(name) for name in ("l2", "linf", "psnr")},
        "median_target_before": median("target_before"),
        "median_target_after": median("target_after"),
    }


def draw_shown(pretrained: Classifier, saved: Arrays, device: torch.device, count: int) -> Any:
    """Draw the searched changes of the first photos, for the targets of best and worst rank."""
    ranks = saved["ranks"]
    ends = [ranks.min(), ranks.max()]
    pairs = [
        pair for pair in range(len(ranks)) if saved["rows"][pair] < count and ranks[pair] in ends
    ]
    originals = saved["originals"][saved["rows"][pairs]]
    results = saved["search"][pairs]
    return draw_changes(
        see(originals, probabilities(pretrained, originals, device), pretrained.classes),
        see(results, probabilities(pretrained, results, device), pretrained.classes),
        [int(rank) for rank in ranks[pairs]],
        title=pretrained.architecture,
    )


if __name__ == "__main__":
    run_stage(main)

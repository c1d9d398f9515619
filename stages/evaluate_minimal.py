"""Evaluate the saved minimal perturbations: norms and success by the rank of the target."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import torch
from matplotlib.figure import Figure
from numpy.typing import NDArray

from foolproof.attacks.correctly_classified import description
from foolproof.attacks.evaluate_minimal import (
    METHODS,
    PairMeasures,
    measure_pairs,
    norm_ratio,
    of_method,
    of_rank,
    summarize_by_method,
)
from foolproof.compute.words import median_in_words, rate_in_words
from foolproof.core.files import write_csv, write_json
from foolproof.core.provenance import source_line
from foolproof.core.stage import run_stage
from foolproof.data.arrays import read_arrays
from foolproof.data.levels import LEVELS
from foolproof.figures.evaluate_minimal import draw_changes, draw_norms
from foolproof.figures.predicted_image import predicted_images
from foolproof.figures.style import save_figures
from foolproof.networks.inference import to_pixels
from foolproof.params.attack_minimal import AttackMinimal
from foolproof.pretrained.load import predict
from foolproof.pretrained.stage import PhotoStage, photo_stage

# Names of the methods in figures.
NAMES = {"normalized_steps": "normalized gradient steps", "ddn": "DDN"}

Arrays = Mapping[str, NDArray[Any]]


def main() -> str:
    """Measure and draw the perturbations of `attack_minimal`."""
    arrays = read_arrays(Path("data/attacks/minimal.npz"))
    with photo_stage(AttackMinimal) as s:
        before = probabilities(s, arrays["originals"])
        after = {method: probabilities(s, arrays[method]) for method in METHODS}
    classes, ranks = s.pretrained.classes, sorted(set(arrays["ranks"].tolist()))
    measures = measure_pairs(
        arrays, before, after, classes, confidence=s.settings.normalized_steps.confidence
    )
    found = numbers(measures, ranks)
    write_json(
        Path("metrics/attacks/minimal.json"),
        {
            "network": s.name,
            "architecture": s.pretrained.architecture,
            "classes": len(classes),
            **description(arrays),
            "ranks_left_out": sorted(set(s.settings.ranks) - set(ranks)),
            "pairs": len(arrays["targets"]),
            **found,
            "weights_sha256": s.weights_sha256,
        },
    )
    write_csv(Path("plots/evaluate_minimal_norms.csv"), [each._asdict() for each in measures])
    figures = {
        "norms": draw_norms(measures, NAMES, title=s.pretrained.architecture),
        "changes": draw_shown(s, arrays, before, after),
    }
    save_figures(figures, Path("plots/evaluate_minimal"), source=source_line("photos", s.name))
    return f"DDN: success {rate_in_words(found['success_rate'])}, median L2 norm " + (
        median_in_words(found["median_l2"])
    )


def numbers(measures: Sequence[PairMeasures], ranks: Sequence[int]) -> dict[str, Any]:
    """Summarize all pairs and those of each rank, and compare the methods and the ranks.

    Args:
        measures: of each pair and method.
        ranks: of the targets, ascending.
    """
    methods = summarize_by_method(measures)
    stepped, ddn, confident = (of_method(measures, method) for method in METHODS)
    return {
        "success_rate": methods["ddn"]["success_rate"],
        "median_l2": methods["ddn"]["median_l2"],
        "methods": methods,
        "by_rank": {str(rank): summarize_by_method(of_rank(measures, rank)) for rank in ranks},
        "normalized_steps_over_ddn": norm_ratio(stepped, ddn),
        "confident_over_normalized_steps": norm_ratio(confident, stepped),
        "last_rank_over_first": norm_ratio(of_rank(ddn, ranks[-1]), of_rank(ddn, ranks[0])),
    }


def probabilities(s: PhotoStage[AttackMinimal], images: NDArray[Any]) -> NDArray[Any]:
    """Compute the probabilities of all classes, (N, K), for uint8 images."""
    pixels = to_pixels(torch.from_numpy(images).to(s.device))
    return predict(s.pretrained, pixels).softmax(1).cpu().numpy()


def draw_shown(
    s: PhotoStage[AttackMinimal],
    arrays: Arrays,
    before: NDArray[Any],
    after: Mapping[str, NDArray[Any]],
) -> Figure:
    """Draw the perturbations of the first photos, for the targets of lowest and highest rank.

    Those of DDN, and below them those of the confident steps for the first photo.

    Args:
        s: the stage.
        arrays: of the stage `attack_minimal`.
        before: probabilities of the originals, (N, K).
        after: probabilities of the results, (P, K), by method.
    """
    ranks, classes = arrays["ranks"], s.pretrained.classes
    confidence = s.settings.normalized_steps.confidence
    shown = [*range(min(s.settings.shown, len(arrays["originals"])))]
    rows = [(photo, "ddn", "DDN") for photo in shown]
    rows.append((shown[0], "confident_steps", f"to {100 * confidence:g} %"))
    originals = predicted_images(arrays["originals"] / LEVELS, before, classes)
    results = {
        method: predicted_images(arrays[method] / LEVELS, after[method], classes)
        for method in ("ddn", "confident_steps")
    }
    return draw_changes(
        [originals[photo] for photo, *_ in rows],
        [
            {
                f"{name}, rank {rank}": result
                for of, rank, result in zip(
                    arrays["photos"].tolist(), ranks.tolist(), results[method], strict=True
                )
                if of == photo and rank in (ranks.min(), ranks.max())
            }
            for photo, method, name in rows
        ],
        title=s.pretrained.architecture,
    )


if __name__ == "__main__":
    run_stage(main)

"""Manipulate adversarial photos: plain ones, and ones made to be adversarial in every view."""

import logging
import time
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import torch
from numpy.typing import NDArray
from torch import Tensor

from foolproof.attacks.linf import greatest_violation, pgd, pgd_eot, recognition
from foolproof.compute.seeds import new_generator
from foolproof.core.files import write_csv, write_json
from foolproof.core.params import load_section
from foolproof.core.provenance import source_line
from foolproof.core.stage import run_stage
from foolproof.data.arrays import read_arrays, write_arrays
from foolproof.figures.attack_linf import see
from foolproof.figures.robustness import draw_manipulations, draw_strengths, strength_rows
from foolproof.figures.style import save_figures
from foolproof.networks.weights import unchanged_weights
from foolproof.optimize.transforms import (
    Manipulation,
    crop,
    desaturate,
    graded,
    manipulate,
    mirror,
    random_views,
    rotate,
    unchanged,
)
from foolproof.params.attack_linf import AttackLinf
from foolproof.params.robustness import Robustness
from foolproof.pretrained.chosen import load_chosen_network
from foolproof.pretrained.load import Pretrained as Classifier
from foolproof.pretrained.load import predict
from foolproof.trained.folding import fold_batch_norm

ARRAYS = Path("data/attacks/robustness.npz")
PLOTS = Path("plots/robustness")
LEVEL = 1 / 255

# What is manipulated, and what figures call it: originals, adversarial photos in the ball of
# `attack_linf` and in that of this stage, and those over whose views the expectation went.
KINDS = {
    "clean": "original (its {origin} class)",
    "plain": "adversarial, ε = {plain:g}/255",
    "plain_large": "adversarial, ε = {plain_large:g}/255",
    "eot": "adversarial in every view, ε = {eot:g}/255",
}
MANIPULATIONS = {
    "none": "as it is",
    "mirror": "mirrored",
    "crop": "middle {crop:.0%} of each side",
    "rotation": "rotated by {rotation:g}°",
    "grey": "grey",
}

Images = Mapping[str, Tensor]
"""By their kind, (N, 3, side, side)."""


def main() -> None:
    """Make photos adversarial in every view; manipulate them, plain ones and the originals."""
    settings = load_section("robustness", Robustness)
    plainly = load_section("attack_linf", AttackLinf)
    name, pretrained, device = load_chosen_network()
    with unchanged_weights(pretrained.network) as digest:
        write_arrays(ARRAYS, **make_photos(pretrained, settings, plainly, device))
    saved = read_arrays(ARRAYS)
    images = {kind: torch.from_numpy(saved[kind]).to(device) for kind in KINDS}
    labels, goals = (torch.from_numpy(saved[each]).to(device) for each in ("labels", "goals"))
    photos_by = str(saved["photos_by"])
    origin = {"label": "true", "prediction": "predicted"}[photos_by]
    epsilons = {"plain": plainly.epsilon, "plain_large": settings.epsilon, "eot": settings.epsilon}
    manipulations: dict[str, Manipulation] = {
        "none": unchanged,
        "mirror": mirror,
        "crop": partial(crop, share=settings.crop),
        "rotation": partial(rotate, degrees=settings.rotation),
        "grey": desaturate,
    }
    probabilities = {each: classify(pretrained, images, how) for each, how in manipulations.items()}
    measure = partial(recognize, unchanged=probabilities["none"], labels=labels, goals=goals)
    curves = {
        each: {
            strength: measure(classify(pretrained, images, how(strength)))
            for strength in getattr(settings.strengths, each)
        }
        for each, how in graded(settings.seed).items()
    }
    write_json(
        Path("metrics/attacks/robustness.json"),
        {
            "network": name,
            "architecture": pretrained.architecture,
            "photos_by": photos_by,
            "epsilon": epsilons,
            "max_violation": {
                kind: greatest_violation(images["clean"], images[kind], epsilon * LEVEL)
                for kind, epsilon in epsilons.items()
            },
            **{each: measure(found) for each, found in probabilities.items()},
            "photos": describe(saved, probabilities, pretrained.classes),
            "weights_sha256": digest,
        },
    )
    series = {kind: text.format(origin=origin, **epsilons) for kind, text in KINDS.items()}
    write_csv(Path("plots/robustness_strength.csv"), strength_rows(curves, series))
    figures = {
        f"manipulations_{kind}": draw_manipulations(
            {
                text.format(**settings.model_dump()): see(
                    manipulate(images[kind], manipulations[each]).cpu().numpy(),
                    probabilities[each][kind].cpu().numpy(),
                    pretrained.classes,
                )
                for each, text in MANIPULATIONS.items()
            },
            [pretrained.classes[label] for label in saved["labels"]],
            None if kind == "clean" else [pretrained.classes[goal] for goal in saved["goals"]],
            title=f"{pretrained.architecture}: {series[kind]}",
            origin=origin,
        )
        for kind in KINDS
    }
    figures["strength"] = draw_strengths(
        curves, series, title=f"{pretrained.architecture}: manipulations from weak to strong"
    )
    save_figures(figures, PLOTS, source=source_line("photos", name))


def make_photos(
    pretrained: Classifier, settings: Robustness, plainly: AttackLinf, device: torch.device
) -> dict[str, NDArray[Any]]:
    """Take the photos of `attack_linf`, and make adversarial ones in a larger ball."""
    given = read_arrays(Path("data/attacks/linf.npz"))
    originals, goals = (torch.from_numpy(given[each]).to(device) for each in ("originals", "goals"))
    attacked = (fold_batch_norm(pretrained.network), originals, goals)
    epsilon = settings.epsilon * LEVEL
    how = plainly.model_dump(include={"objective", "step", "step_size", "steps"})
    view = partial(
        random_views, **settings.views.model_dump(), generator=new_generator(settings.seed)
    )
    start = time.perf_counter()
    large = pgd(*attacked, epsilon=epsilon, **how)
    in_every_view = pgd_eot(
        *attacked,
        epsilon=epsilon,
        view=view,
        **settings.model_dump(include={"step_size", "steps", "samples"}),
    )
    logging.info("%d photos, %.1f s", len(originals), time.perf_counter() - start)
    return {
        **{each: given[each] for each in ("names", "photos_by", "labels", "goals")},
        "clean": given["originals"],
        "plain": given["images"],
        "plain_large": large.inputs.cpu().numpy(),
        "eot": in_every_view.inputs.cpu().numpy(),
    }


def classify(pretrained: Classifier, images: Images, manipulation: Manipulation) -> Images:
    """Manipulate all pictures and compute the probabilities of all classes, (N, K) a kind."""
    manipulated = manipulate(torch.cat(list(images.values())), manipulation)
    probabilities = predict(pretrained, manipulated).softmax(1)
    return dict(zip(images, probabilities.chunk(len(images)), strict=True))


def recognize(
    found: Images, *, unchanged: Images, labels: Tensor, goals: Tensor
) -> dict[str, dict[str, float | None]]:
    """Measure for each kind of picture how often its class is still seen.

    Args:
        found: the probabilities of all classes, (N, K) a kind.
        unchanged: those without a manipulation.
        labels: the classes that the attack started from, (N,).
        goals: the targets, (N,), which count for adversarial photos.
    """
    return {
        kind: recognition(
            found[kind], labels if kind == "clean" else goals, unchanged[kind], labels
        )
        for kind in KINDS
    }


def describe(
    saved: Mapping[str, NDArray[Any]],
    probabilities: Mapping[str, Images],
    classes: Sequence[str],
) -> list[dict[str, Any]]:
    """List what each photo is taken for under each manipulation."""
    return [
        {
            "photo": str(name),
            "label": classes[label],
            "target": classes[goal],
            **{
                each: {
                    kind: {
                        "seen_as": classes[int(found[kind][row].argmax())],
                        "probability": found[kind][row].max().item(),
                        "target_probability": found[kind][row, goal].item(),
                        "true_probability": found[kind][row, label].item(),
                    }
                    for kind in KINDS
                }
                for each, found in probabilities.items()
            },
        }
        for row, (name, label, goal) in enumerate(
            zip(saved["names"], saved["labels"], saved["goals"], strict=True)
        )
    ]


if __name__ == "__main__":
    run_stage(main)

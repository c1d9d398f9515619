"""Have a pretrained network take photos for something else, within an L-infinity ball."""

import logging
import time
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from foolproof.attacks.correctly_classified import ClassifiedPhotos, correctly_classified
from foolproof.attacks.linf import (
    Attempt,
    choose_attempts,
    greatest_violation,
    pgd,
    random_attempts,
)
from foolproof.compute.seeds import new_generator
from foolproof.core.files import write_csv, write_json
from foolproof.core.params import load_section
from foolproof.core.provenance import source_line
from foolproof.core.stage import run_stage
from foolproof.data.arrays import read_arrays, write_arrays
from foolproof.figures.attack_linf import draw_examples, draw_sweep, see, sweep_rows
from foolproof.figures.style import save_figures
from foolproof.networks.inference import to_pixels
from foolproof.networks.weights import unchanged_weights
from foolproof.optimize.loop import OptimizationResult
from foolproof.optimize.transforms import to_8_bit
from foolproof.params.attack_linf import AttackLinf, Example
from foolproof.photos.names import nearest_names
from foolproof.pretrained.chosen import load_network_and_photos
from foolproof.pretrained.load import Pretrained as Classifier
from foolproof.pretrained.load import predict
from foolproof.trained.folding import fold_batch_norm

ARRAYS = Path("data/attacks/linf.npz")
PLOTS = Path("plots/attack_linf")
LEVEL = 1 / 255

Arrays = dict[str, NDArray[Any]]
Attack = Callable[..., OptimizationResult]
"""From images, target classes, `epsilon=` and what else `fool` may be told."""


def main() -> None:
    """Fool the network with a few photos, and with random pairs within balls of many sizes."""
    settings = load_section("attack_linf", AttackLinf)
    name, pretrained, device, candidates = load_network_and_photos()
    photos = correctly_classified(candidates, pretrained)
    generator = new_generator(settings.seed)
    names = [photo.name for photo in candidates]
    attempts = choose_examples(settings.examples, names, photos, pretrained.classes, generator)
    pairs = random_attempts(photos.labels, len(pretrained.classes), settings.pairs, generator)
    how = settings.model_dump(include={"objective", "step", "step_size", "steps"})
    attack = partial(pgd, fold_batch_norm(pretrained.network), **how)
    with unchanged_weights(pretrained.network) as digest:
        arrays = attack_examples(attack, photos, attempts, settings.epsilon)
        arrays |= attack_pairs(
            partial(attack, confidence=settings.confidence), pretrained, photos, pairs, settings
        )
    write_arrays(ARRAYS, **arrays)
    saved = read_arrays(ARRAYS)
    probabilities = judge_examples(saved, pretrained, device)
    examples = [
        describe(row, settings.examples[attempt.wish], saved, probabilities, pretrained.classes)
        for row, attempt in enumerate(attempts)
    ]
    rates = {
        epsilon: rates_of(saved, row, settings.confidence)
        for row, epsilon in enumerate(saved["epsilons"].tolist())
    }
    write_json(
        Path("metrics/attacks/linf.json"),
        {
            "network": name,
            "architecture": pretrained.architecture,
            "input_shape": list(photos.pixels.shape[1:]),
            "photos": len(candidates),
            "usable_photos": len(photos.names),
            **photos.describe(),
            "peppers": examples[0] | {"epsilon": settings.epsilon},
            "examples": examples,
            "pairs": len(pairs[0]),
            "success_epsilon": settings.success_epsilon,
            "success_rate": rates[settings.success_epsilon]["success_rate"],
            "by_epsilon": {f"{epsilon:g}": found for epsilon, found in rates.items()},
            **violations(saved, settings),
            "weights_sha256": digest,
        },
    )
    write_csv(Path("plots/attack_linf_sweep.csv"), sweep_rows(rates))
    figures = {
        "examples": draw_examples(
            see(saved["originals"], probabilities["original"], pretrained.classes),
            see(saved["images"], probabilities["image"], pretrained.classes),
            epsilon=settings.epsilon,
            architecture=pretrained.architecture,
        ),
        "sweep": draw_sweep(
            rates,
            saved["pairs_probabilities"],
            confidence=settings.confidence,
            title=f"{pretrained.architecture}: {len(pairs[0])} random pairs of photo and target",
        ),
    }
    save_figures(figures, PLOTS, source=source_line("photos", name))


def choose_examples(
    examples: Sequence[Example],
    names: Sequence[str],
    photos: ClassifiedPhotos,
    classes: Sequence[str],
    generator: torch.Generator,
) -> list[Attempt]:
    """Choose what params.yaml names; warn of what takes the place of what is not there.

    Args:
        examples: wanted photos and targets.
        names: of all photos.
        photos: those that are attacked.
        classes: of the network.
        generator: of random targets, on the CPU.
    """
    wanted = [(example.photo, example.target) for example in examples]
    attempts = choose_attempts(wanted, photos.names, photos.labels.tolist(), classes, generator)
    for attempt in attempts:
        photo, target = wanted[attempt.wish]
        chosen = photos.names[attempt.photo], classes[attempt.target]
        if chosen == (photo, target):
            continue
        reasons = []
        if photo not in names:
            reasons.append(f"no photo is named {photo}, the nearest: {nearest_names(photo, names)}")
        elif photo != chosen[0]:
            reasons.append(f"{photo} is not classified correctly")
        if target not in classes:
            reasons.append(
                f"no class is named {target}, the nearest: {nearest_names(target, classes)}"
            )
        elif target != chosen[1]:
            reasons.append(f"{target} is the predicted class")
        logging.warning(
            "%s -> %s in place of %s -> %s: %s", *chosen, photo, target, "; ".join(reasons)
        )
    if len(attempts) < len(wanted):
        logging.warning("photos for %d of %d examples", len(attempts), len(wanted))
    return attempts


def attack_examples(
    attack: Attack, photos: ClassifiedPhotos, attempts: Sequence[Attempt], epsilon: float
) -> Arrays:
    """Fool the network with single photos, taking all steps."""
    _, rows, goals = torch.tensor(attempts, device=photos.labels.device).unbind(1)
    originals = photos.pixels[rows]
    made = attack(originals, goals, epsilon=epsilon * LEVEL)
    arrays = {
        "originals": originals,
        "images": made.inputs,
        "labels": photos.labels[rows],
        "goals": goals,
    }
    return {
        "names": np.array([photos.names[row] for row in rows.tolist()]),
        "photos_by": np.array(photos.by),
        **{name: values.cpu().numpy() for name, values in arrays.items()},
    }


def attack_pairs(
    attack: Attack,
    pretrained: Classifier,
    photos: ClassifiedPhotos,
    pairs: tuple[Tensor, Tensor],
    settings: AttackLinf,
) -> Arrays:
    """Attack P pairs of photo and target in each of E balls, until the network is confident.

    The balls grow, and an image that has succeeded in a smaller one is in the larger ones too: its
    pair is not attacked again.

    Returns:
        What became of them as `pairs_...` arrays, (E, P), with the steps to each image; the
        pictures of one ball, at 8 bits.
    """
    rows, goals = pairs
    epsilons = sorted({*settings.epsilons, settings.success_epsilon})
    found: dict[str, list[Tensor]] = defaultdict(list)
    originals = photos.pixels[rows]
    made, steps = originals.clone(), torch.zeros_like(rows)
    left = torch.arange(len(rows), device=rows.device)
    for epsilon in epsilons:
        if len(left):
            start = time.perf_counter()
            attacked = attack(originals[left], goals[left], epsilon=epsilon * LEVEL)
            seconds = time.perf_counter() - start
            logging.info("epsilon %g: %d pairs, %.1f s", epsilon, len(left), seconds)
            made[left], steps[left] = attacked.inputs, attacked.steps
            left = left[~attacked.success]
        found["steps"].append(steps.clone())
        rounded = to_8_bit(made)
        for kept, images in (("", made), ("rounded_", to_pixels(rounded))):
            probabilities = predict(pretrained, images).softmax(1)
            found[f"{kept}probabilities"].append(probabilities.gather(1, goals[:, None])[:, 0])
            found[f"{kept}hits"].append(probabilities.argmax(1) == goals)
        if epsilon == settings.success_epsilon:
            pictures = rounded
    arrays = {
        "photos": to_8_bit(photos.pixels),
        "pairs_photos": rows,
        "pairs_goals": goals,
        "pairs_images": pictures,
        **{f"pairs_{name}": torch.stack(values) for name, values in found.items()},
    }
    return {
        "epsilons": np.array(epsilons),
        **{name: values.cpu().numpy() for name, values in arrays.items()},
    }


def judge_examples(
    saved: Mapping[str, NDArray[Any]], pretrained: Classifier, device: torch.device
) -> dict[str, NDArray[Any]]:
    """Classify the originals, the adversarial images, and those at 8 bits, (N, K) each."""
    originals, images = (
        torch.from_numpy(saved[name]).to(device) for name in ("originals", "images")
    )
    views = {"original": originals, "image": images, "rounded": to_pixels(to_8_bit(images))}
    return {
        name: predict(pretrained, pixels).softmax(1).cpu().numpy() for name, pixels in views.items()
    }


def describe(
    row: int,
    wanted: Example,
    saved: Mapping[str, NDArray[Any]],
    probabilities: Mapping[str, NDArray[Any]],
    classes: Sequence[str],
) -> dict[str, Any]:
    """Describe an example: what was wanted, what was chosen, and what came of it."""
    label, goal = int(saved["labels"][row]), int(saved["goals"][row])
    photo = str(saved["names"][row])
    after = probabilities["image"][row]
    return {
        "photo": photo,
        "label": classes[label],
        "target": classes[goal],
        "wanted": wanted.model_dump(),
        "replaced": (photo, classes[goal]) != (wanted.photo, wanted.target),
        "probability_before": float(probabilities["original"][row, label]),
        "seen_as": classes[int(after.argmax())],
        "confidence": float(after[goal]),
        "confidence_8_bit": float(probabilities["rounded"][row, goal]),
    }


def rates_of(saved: Mapping[str, NDArray[Any]], row: int, confidence: float) -> dict[str, float]:
    """Average over the pairs within the ball with that row number."""
    probabilities = saved["pairs_probabilities"][row].astype(float)
    return {
        "success_rate": float(saved["pairs_hits"][row].mean()),
        "success_rate_8_bit": float(saved["pairs_rounded_hits"][row].mean()),
        "confident_rate": float((probabilities >= confidence).mean()),
        "mean_confidence": float(probabilities.mean()),
        "mean_confidence_8_bit": float(saved["pairs_rounded_probabilities"][row].mean(dtype=float)),
        "mean_steps": float(saved["pairs_steps"][row].mean()),
    }


def violations(saved: Mapping[str, NDArray[Any]], settings: AttackLinf) -> dict[str, float]:
    """Find by how much the examples, and the pairs at 8 bits, leave their balls at the worst."""
    originals, images = (torch.from_numpy(saved[name]) for name in ("originals", "images"))
    photos = saved["photos"][saved["pairs_photos"]].astype(int)
    levels = int(np.abs(saved["pairs_images"] - photos).max())
    return {
        "max_violation": greatest_violation(originals, images, settings.epsilon * LEVEL),
        "max_violation_8_bit": max(0.0, levels - settings.success_epsilon) * LEVEL,
    }


if __name__ == "__main__":
    run_stage(main)

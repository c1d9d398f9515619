"""Targeted PGD on photos under an L-infinity constraint: each photo, and random pairs."""

import logging
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from foolproof.attacks.correctly_classified import ClassifiedPhotos, correctly_classified
from foolproof.attacks.linf import PgdConfig, pgd_in_growing_balls, targeted_pgd
from foolproof.attacks.perturbation import LEVEL
from foolproof.attacks.photo_pairs import (
    Example,
    choose_examples,
    one_target_each,
    random_pairs,
)
from foolproof.classifiers.classifier import Classifier
from foolproof.compute.seeds import new_generator
from foolproof.core.stage import run_stage
from foolproof.data.arrays import write_arrays
from foolproof.data.levels import to_8_bit
from foolproof.networks.inference import to_pixels
from foolproof.params.attack_linf import AttackLinf
from foolproof.photos.names import nearest_names
from foolproof.pretrained.load import Pretrained, predict
from foolproof.pretrained.stage import PhotoStage, photo_stage
from foolproof.trained.watched_classifier import watched_classifier

Arrays = dict[str, NDArray[Any]]


def main() -> None:
    """Attack each photo, those of the examples first, and random pairs in several balls."""
    with photo_stage(AttackLinf) as s:
        photos = correctly_classified(s.photos, s.pretrained)
        labels, classes = photos.labels, s.pretrained.classes
        requests = [(each.photo, each.target) for each in s.settings.examples]
        generator = new_generator(s.settings.seed)
        examples = choose_examples(requests, photos.names, labels.tolist(), classes, generator)
        names = [photo.name for photo in s.photos]
        warn_of_replacements(examples, requests, names, photos.names, classes)
        pairs = random_pairs(labels, len(classes), s.settings.pairs, generator)
        targeted = one_target_each(examples, labels, len(classes), generator)
        shape = tuple(photos.pixels.shape[1:])
        model = watched_classifier(s, s.pretrained.network, shape)
        arrays = {
            "requests": np.array([example.request for example in examples]),
            **attack_photos(s, model, photos, targeted),
            **attack_pairs(s, model, photos, pairs),
        }
    write_arrays(Path("data/attacks/linf.npz"), **arrays, **photos.describe())


def config_of(settings: AttackLinf) -> PgdConfig:
    """Take the settings of PGD from the section."""
    return PgdConfig(
        objective=settings.objective,
        step=settings.step,
        step_size=settings.step_size,
        steps=settings.steps,
    )


def warn_of_replacements(
    examples: Sequence[Example],
    requests: Sequence[tuple[str, str]],
    names: Sequence[str],
    attackable: Sequence[str],
    classes: Sequence[str],
) -> None:
    """Log each example that differs from its request, with the reason.

    Args:
        examples: the chosen ones.
        requests: names of photos and target classes.
        names: of all photos.
        attackable: names of the photos that can be attacked.
        classes: of the network.
    """
    for example in examples:
        photo, target = requests[example.request]
        chosen = attackable[example.photo], classes[example.target]
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
    if len(examples) < len(requests):
        logging.warning("photos for %d of %d examples", len(examples), len(requests))


def attack_photos(
    s: PhotoStage[AttackLinf],
    model: Classifier,
    photos: ClassifiedPhotos,
    targeted: tuple[Tensor, Tensor],
) -> Arrays:
    """Attack photos, given by index, towards one target each, with all steps."""
    indices, targets = targeted
    originals, labels = photos.pixels[indices], photos.labels[indices]
    result = targeted_pgd(
        model,
        originals,
        labels,
        targets,
        config_of(s.settings),
        epsilon=s.settings.epsilon * LEVEL,
        progress=True,
    )
    return {
        "names": np.array([photos.names[index] for index in indices.tolist()]),
        "labels": labels.cpu().numpy(),
        "targets": targets.cpu().numpy(),
        "originals": originals.cpu().numpy(),
        "images": result.x_adv.cpu().numpy(),
    }


def attack_pairs(
    s: PhotoStage[AttackLinf],
    model: Classifier,
    photos: ClassifiedPhotos,
    pairs: tuple[Tensor, Tensor],
) -> Arrays:
    """Attack P pairs of photo and target in each of E balls, until the network is confident.

    Returns:
        Arrays `pairs_...`, (E, P), also at 8 bits (`rounded`); and the images of one ball at 8
        bits.
    """
    indices, targets = pairs
    epsilons = sorted({*s.settings.epsilons, s.settings.success_epsilon})
    attack = pgd_in_growing_balls(
        model,
        photos.pixels[indices],
        photos.labels[indices],
        targets,
        config_of(s.settings),
        epsilons=[epsilon * LEVEL for epsilon in epsilons],
        confidence=s.settings.confidence,
        progress=True,
    )
    found: dict[str, list[Tensor]] = defaultdict(list)
    for epsilon, (images, steps) in zip(epsilons, attack, strict=True):
        rounded = to_8_bit(images)
        found["steps"].append(steps)
        for prefix, pixels in (("", images), ("rounded_", to_pixels(rounded))):
            confidences, success = evaluate(s.pretrained, pixels, targets)
            found[f"{prefix}probabilities"].append(confidences)
            found[f"{prefix}success"].append(success)
        if epsilon == s.settings.success_epsilon:
            saved = rounded
    stacked = {f"pairs_{name}": torch.stack(values) for name, values in found.items()}
    return {
        "epsilons": np.array(epsilons),
        "photos": to_8_bit(photos.pixels).cpu().numpy(),
        "pairs_photos": indices.cpu().numpy(),
        "pairs_targets": targets.cpu().numpy(),
        "pairs_images": saved.cpu().numpy(),
        **{name: values.cpu().numpy() for name, values in stacked.items()},
    }


def evaluate(pretrained: Pretrained, images: Tensor, targets: Tensor) -> tuple[Tensor, Tensor]:
    """Compute the probability of each target, and whether it is the top-1 class, both (N,)."""
    probabilities = predict(pretrained, images).softmax(1)
    confidences = probabilities.gather(1, targets[:, None])[:, 0]
    return confidences, probabilities.argmax(1) == targets


if __name__ == "__main__":
    run_stage(main)

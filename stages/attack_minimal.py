"""Minimal L2 perturbations of 8-bit photos that make a target of a given rank the top-1 class."""

from pathlib import Path
from typing import Any

import numpy as np

from foolproof.attacks.correctly_classified import correctly_classified
from foolproof.attacks.minimal import ddn, normalized_steps, possible_ranks, targets_of_ranks
from foolproof.compute.speed import logged_speed
from foolproof.compute.words import success_in_words
from foolproof.core.stage import run_stage
from foolproof.data.arrays import write_arrays
from foolproof.data.levels import to_8_bit
from foolproof.params.attack_minimal import AttackMinimal
from foolproof.pretrained.load import predict
from foolproof.pretrained.stage import photo_stage
from foolproof.trained.watched_classifier import watched_classifier


def main() -> str:
    """Attack each correctly classified photo towards the target of each rank, by both methods."""
    with photo_stage(AttackMinimal) as s:
        settings, crop = s.settings, s.pretrained.crop
        model = watched_classifier(s, s.pretrained.network, (3, crop, crop))
        photos = correctly_classified(s.photos, s.pretrained)
        possible = possible_ranks(settings.ranks, len(s.pretrained.classes))
        logits = predict(s.pretrained, photos.pixels)
        indices, ranks, targets = targets_of_ranks(logits, possible)
        images, labels = photos.pixels[indices], photos.labels[indices]
        options: dict[str, Any] = {"eight_bit": True, "progress": True}
        stepping = options | {
            "step_size": settings.normalized_steps.step_size,
            "steps": settings.normalized_steps.steps,
        }
        with logged_speed("normalized gradient steps", len(images)):
            stepped = normalized_steps(model, images, targets, **stepping)
        confidence = settings.normalized_steps.confidence
        with logged_speed(f"normalized gradient steps to {confidence:g}", len(images)):
            confident = normalized_steps(model, images, targets, confidence=confidence, **stepping)
        with logged_speed("DDN", len(images)):
            smallest = ddn(
                model, images, labels, targets=targets, steps=settings.ddn_steps, **options
            )
    write_arrays(
        Path("data/attacks/minimal.npz"),
        names=np.array(photos.names),
        labels=photos.labels.cpu().numpy(),
        originals=to_8_bit(photos.pixels).cpu().numpy(),
        photos=indices.numpy(),
        ranks=ranks.numpy(),
        targets=targets.cpu().numpy(),
        normalized_steps=to_8_bit(stepped.inputs).cpu().numpy(),
        ddn=smallest.x_adv_8_bit.cpu().numpy(),
        confident_steps=to_8_bit(confident.inputs).cpu().numpy(),
        **photos.describe(),
    )
    return (
        f"normalized steps {success_in_words(stepped.success.tolist())}; "
        f"DDN {success_in_words(smallest.success.tolist())}"
    )


if __name__ == "__main__":
    run_stage(main)

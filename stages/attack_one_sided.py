"""One-sided attacks on test images, untargeted and targeted, also at several strengths."""

from pathlib import Path

import numpy as np
from torch import Tensor, nn

from foolproof.attacks.attacked_images import AttackedImages, evaluate
from foolproof.attacks.one_sided import after_steps, at_confidences, one_sided_fgsm
from foolproof.attacks.selection import choose, choose_pairs, correct_or_all
from foolproof.classifiers.classifier import Classifier
from foolproof.compute.seeds import new_generator
from foolproof.compute.speed import logged_speed
from foolproof.core.stage import run_stage
from foolproof.data.arrays import write_arrays
from foolproof.networks.cis680 import CLASSES, NETWORKS
from foolproof.networks.inference import predict_logits, to_pixels
from foolproof.params.attack_one_sided import AttackOneSided
from foolproof.trained.stage import network_stage
from foolproof.trained.watched_classifier import watched_classifier


def main() -> None:
    """Attack every test image untargeted, and some of each class towards every other class."""
    with network_stage(AttackOneSided) as s:
        settings, network = s.settings, s.load("cis680/first", NETWORKS)
        attacked = watched_classifier(s, network, (1, 28, 28))
        test = s.dataset("mnist").test
        pixels, labels = to_pixels(test.images), test.labels
        predicted = predict_logits(network, pixels).argmax(1)
        correct, usable = predicted == labels, correct_or_all(labels, predicted)
        generator = new_generator(settings.seed)
        pairs, targets = choose_pairs(labels, usable, settings.targeted_images, CLASSES, generator)
        sample = choose(usable, settings.transfer.images, generator)
        every = correct.new_ones(len(labels)).nonzero()[:, 0]
        arrays = {
            **attack(network, attacked, pixels, labels, None, settings).arrays("untargeted", every),
            **attack(network, attacked, pixels[pairs], labels[pairs], targets, settings).arrays(
                "targeted", pairs
            ),
        }
        strengths = attack_at_strengths(attacked, pixels[sample], labels[sample], settings)
        for name, result in strengths.items():
            arrays |= result.arrays(name, sample)
    write_arrays(
        Path("data/attacks/one_sided.npz"),
        **arrays,
        correct=correct.cpu().numpy(),
        # The evaluation continues the random draws.
        generator_state=generator.get_state().numpy(),
        weights_sha256=np.array(s.weights_sha256),
    )


def attack(
    network: nn.Module,
    attacked: Classifier,
    pixels: Tensor,
    labels: Tensor,
    targets: Tensor | None,
    settings: AttackOneSided,
) -> AttackedImages:
    """Attack the folded network, untargeted without targets, and evaluate on the network itself."""
    with logged_speed("untargeted" if targets is None else "targeted", len(labels)):
        result = one_sided_fgsm(
            attacked,
            pixels,
            labels,
            targets=targets,
            confidence=settings.confidence,
            steps=settings.steps,
            step_size=settings.step_size,
            progress=True,
        )
    return evaluate(
        network,
        pixels,
        result.x_adv,
        labels,
        targets,
        steps=result.steps,
        success=settings.confidence,
    )


def attack_at_strengths(
    attacked: Classifier, pixels: Tensor, labels: Tensor, settings: AttackOneSided
) -> dict[str, AttackedImages]:
    """Attack untargeted up to each confidence, and for each number of steps.

    The results are named `confidence_<level>` and `steps_<count>`.
    """
    step_size = settings.step_size
    by_confidence = at_confidences(
        attacked,
        pixels,
        labels,
        settings.transfer.confidences,
        steps=settings.steps,
        step_size=step_size,
    )
    by_steps = after_steps(attacked, pixels, labels, settings.transfer.steps, step_size=step_size)
    return {
        f"{kind}_{level}": evaluate(
            attacked, pixels, result.inputs, labels, steps=result.steps, success=result.success
        )
        for kind, results in (("confidence", by_confidence), ("steps", by_steps))
        for level, result in results
    }


if __name__ == "__main__":
    run_stage(main)

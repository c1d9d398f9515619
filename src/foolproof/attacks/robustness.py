"""Robustness of adversarial photos to manipulations: probabilities and classification rates."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from numpy.typing import NDArray
from torch import Tensor

from foolproof.attacks.manipulations import Manipulation, manipulate
from foolproof.compute.clusters import rate_of
from foolproof.compute.intervals import mcnemar, mean_with_interval
from foolproof.compute.paired import paired_difference
from foolproof.pretrained.load import Pretrained, predict

KINDS = ("clean", "plain", "plain_large", "eot")
"""Originals, PGD at the epsilon of `attack_linf`, and PGD and PGD-EOT at that of `attack_eot`; the
last two with as many gradients."""

ByKind = Mapping[str, Tensor]
"""Images (N, 3, S, S), or probabilities of all classes (N, classes), by kind."""


@dataclass(frozen=True, eq=False)
class AttackedPhotos:
    """N photos of each kind, with the classes that count for them."""

    images: ByKind
    """(N, 3, S, S), pixels in [0, 1]."""

    labels: Tensor
    """Classes that the attacks start from, (N,); those in question for originals."""

    targets: Tensor
    """Target classes, (N,); those in question for adversarial photos."""


def predict_manipulated(
    pretrained: Pretrained, images: ByKind, manipulation: Manipulation
) -> dict[str, Tensor]:
    """Manipulate all images, and compute the probabilities of all classes, (N, classes)."""
    manipulated = manipulate(torch.cat(list(images.values())), manipulation)
    probabilities = predict(pretrained, manipulated).softmax(1)
    return dict(zip(images, probabilities.chunk(len(images)), strict=True))


def measure_kinds(photos: AttackedPhotos, before: ByKind, after: ByKind) -> dict[str, Any]:
    """Measure the effect of a manipulation on each kind, and compare two of them.

    Args:
        photos: whose classes are in question.
        before: probabilities without manipulation.
        after: probabilities with it.

    Returns:
        What `measure` finds, by kind, and under `eot_over_plain` the paired comparison of PGD-EOT
        (first) with plain PGD of the same epsilon and number of gradients (second), see `compare`.
    """
    return {
        kind: measure(
            after[kind],
            photos.labels if kind == "clean" else photos.targets,
            before[kind],
            photos.labels,
        )
        for kind in KINDS
    } | {"eot_over_plain": compare(after["eot"], after["plain_large"], photos.targets)}


def measure(
    probabilities: Tensor, classes: Tensor, before: Tensor, labels: Tensor
) -> dict[str, Any]:
    """Measure the effect of a manipulation on the classification of N images.

    Args:
        probabilities: of the manipulated images, (N, K).
        classes: in question, (N,): targets, or true classes of originals.
        before: probabilities without manipulation, (N, K).
        labels: true classes, (N,).

    Returns:
        The mean probability of the class in question, an Interval, and three Rates: `top1_rate`,
        of images that are classified as it; `destruction_rate` (Kurakin et al., arXiv 1607.02533),
        of those no longer classified as it among those that were before, None for none;
        `true_class_rate`, of those classified as the true class.
    """
    predicted = probabilities.argmax(1)
    success_before = before.argmax(1) == classes
    return {
        "mean_probability": mean_with_interval(_of_classes(probabilities, classes).tolist()),
        "top1_rate": rate_of(predicted == classes),
        "destruction_rate": rate_of((predicted != classes)[success_before]),
        "true_class_rate": rate_of(predicted == labels),
    }


def compare(first: Tensor, second: Tensor, targets: Tensor) -> dict[str, Any]:
    """Compare two attacks on the same N photos.

    Args:
        first: probabilities of the one, (N, K).
        second: of the other, (N, K).
        targets: classes, (N,).

    Returns:
        `probability`, the mean paired difference of the target's probability, first minus second,
        an Interval; `top1`, McNemar's test of the classifications as the target.
    """
    found = [_of_classes(each, targets).tolist() for each in (first, second)]
    success = [(each.argmax(1) == targets).cpu().numpy() for each in (first, second)]
    return {"probability": paired_difference(*found), "top1": mcnemar(*success)}


def _of_classes(probabilities: Tensor, classes: Tensor) -> Tensor:
    """Select from (N, K) the probability of one class each, (N,), in float64."""
    return probabilities.double().gather(1, classes[:, None])[:, 0]


def describe_photos(
    arrays: Mapping[str, NDArray[Any]],
    probabilities: Mapping[str, ByKind],
    classes: Sequence[str],
    number: int,
) -> list[dict[str, Any]]:
    """List the predicted class of the first photos under each manipulation.

    Args:
        arrays: of the stage `attack_eot`.
        probabilities: of all classes, (N, classes), by manipulation and kind.
        classes: names.
        number: of photos.
    """
    return [
        {
            "photo": str(arrays["names"][index]),
            "label": classes[label],
            "target": classes[target],
            **{
                manipulation: {
                    kind: {
                        "predicted": classes[int(found[kind][index].argmax())],
                        "probability": found[kind][index].max().item(),
                        "target_probability": found[kind][index, target].item(),
                        "true_probability": found[kind][index, label].item(),
                    }
                    for kind in KINDS
                }
                for manipulation, found in probabilities.items()
            },
        }
        for index, (label, target) in enumerate(
            zip(arrays["labels"][:number], arrays["targets"][:number], strict=True)
        )
    ]

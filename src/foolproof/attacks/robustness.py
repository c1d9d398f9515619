"""Robustness of adversarial photos to manipulations: probabilities and classification rates."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from numpy.typing import NDArray
from torch import Tensor

from foolproof.attacks.manipulations import Manipulation, manipulate
from foolproof.compute.means import mean_or_none
from foolproof.pretrained.load import Pretrained, predict

KINDS = ("clean", "plain", "plain_large", "eot")
"""Originals, PGD at the epsilon of `attack_linf`, and PGD and PGD-EOT at that of `attack_eot`."""

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


def measure_kinds(
    photos: AttackedPhotos, before: ByKind, after: ByKind
) -> dict[str, dict[str, float | None]]:
    """Measure the effect of a manipulation on each kind, see `measure`.

    Args:
        photos: whose classes are in question.
        before: probabilities without manipulation.
        after: probabilities with it.
    """
    return {
        kind: measure(
            after[kind],
            photos.labels if kind == "clean" else photos.targets,
            before[kind],
            photos.labels,
        )
        for kind in KINDS
    }


def measure(
    probabilities: Tensor, classes: Tensor, before: Tensor, labels: Tensor
) -> dict[str, float | None]:
    """Measure the effect of a manipulation on the classification of N images.

    Args:
        probabilities: of the manipulated images, (N, K).
        classes: in question, (N,): targets, or true classes of originals.
        before: probabilities without manipulation, (N, K).
        labels: true classes, (N,).

    Returns:
        Mean and min probability of the class in question; its `top1_rate`, the share of images
        that are classified as it; the `destruction_rate` (Kurakin et al., arXiv 1607.02533), the
        share no longer classified as it among those that were before, None for none; the
        `true_class_rate`, the share classified as the true class.
    """
    own = probabilities.gather(1, classes[:, None])[:, 0]
    predicted = probabilities.argmax(1)
    success_before = before.argmax(1) == classes
    return {
        "mean_probability": mean_or_none(own),
        "min_probability": own.min().item(),
        "top1_rate": mean_or_none(predicted == classes),
        "destruction_rate": mean_or_none((predicted != classes)[success_before]),
        "true_class_rate": mean_or_none(predicted == labels),
    }


def describe_photos(
    arrays: Mapping[str, NDArray[Any]], probabilities: Mapping[str, ByKind], classes: Sequence[str]
) -> list[dict[str, Any]]:
    """List the predicted class of each photo under each manipulation.

    Args:
        arrays: of the stage `attack_eot`.
        probabilities: of all classes, (N, classes), by manipulation and kind.
        classes: names.
    """
    return [
        {
            "photo": str(name),
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
        for index, (name, label, target) in enumerate(
            zip(arrays["names"], arrays["labels"], arrays["targets"], strict=True)
        )
    ]

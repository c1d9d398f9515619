"""Checks of what attacks and explanations are given: one sentence for each kind of error."""

from math import isfinite, isnan

import torch
from torch import Tensor

from foolproof.classifiers.classifier import Classifier
from foolproof.core.errors import FoolproofError

# Sums such as 0.1 + 0.2 exceed a bound by this much at most.
ROUNDING = 1e-6

PIXELS = ", in units of the pixels"
"""Unit of `check_positive`."""


def check_model(model: object) -> None:
    """Raise FoolproofError unless `model` is a `Classifier`."""
    if not isinstance(model, Classifier):
        raise FoolproofError(
            f"expected a classifier, found {type(model).__name__}; "
            "fp.classifier(net, mean=..., std=...) makes one from a network"
        )


def check_images(model: Classifier, images: Tensor) -> None:
    """Raise ValueError unless images (N, ...) are valid pixels on the device of the classifier.

    Refused are an empty batch, a single image, integers, another precision than that of the
    weights, NaN, and pixels outside the bounds.
    """
    check_model(model)
    low, high = model.bounds
    one = len(model.input_shape)
    if images.dim() < 2 or images.dim() == one or not len(images):
        expected = "(N, C, H, W)" if one == 3 else f"(N, {', '.join(map(str, model.input_shape))})"
        raise ValueError(
            f"expected a batch of at least one image {expected}, found {tuple(images.shape)}"
        )
    if not images.is_floating_point():
        raise ValueError(
            f"expected floating-point pixels in [{low:g}, {high:g}], found {images.dtype}"
        )
    if model.dtype not in (None, images.dtype):
        raise ValueError(f"images are {images.dtype}, the weights are {model.dtype}")
    if images.device != model.device:
        raise ValueError(f"images are on {images.device}, the classifier is on {model.device}")
    # NaN is passed on, and one pass over the pixels is a third of the time of three.
    least, most = (extreme.item() for extreme in images.aminmax())
    if isnan(least):
        raise ValueError("images contain NaN")
    if least < low - ROUNDING or most > high + ROUNDING:
        raise ValueError(
            f"expected pixels in [{low:g}, {high:g}], found {least:.4g} to {most:.4g}; "
            "normalization belongs into fp.classifier(mean=, std=), another range into bounds="
        )


def check_labels(model: Classifier, labels: Tensor, count: int, name: str = "labels") -> None:
    """Raise ValueError unless labels are `count` classes of the classifier, (N,) int64."""
    if not isinstance(labels, Tensor) or labels.dtype != torch.long or labels.shape != (count,):
        found = (
            f"{labels.dtype} {tuple(labels.shape)}"
            if isinstance(labels, Tensor)
            else type(labels).__name__
        )
        raise ValueError(f"expected {name} as an int64 tensor ({count},), found {found}")
    if labels.device != model.device:
        raise ValueError(f"{name} are on {labels.device}, the classifier is on {model.device}")
    wrong = labels[(labels < 0) | (labels >= model.classes)]
    if len(wrong):
        raise ValueError(f"expected {name} from 0 to {model.classes - 1}, found {int(wrong[0])}")


def check_targets(model: Classifier, targets: Tensor, labels: Tensor) -> None:
    """Raise ValueError unless targets (N,) are classes other than the labels (N,)."""
    check_labels(model, targets, len(labels), "targets")
    equal = (targets == labels).nonzero()[:, 0]
    if len(equal):
        raise ValueError(
            f"expected targets other than the labels, but {len(equal)} of {len(labels)} are equal, "
            f"the first at index {int(equal[0])}"
        )


def check_attacked(model: Classifier, x: Tensor, y: Tensor, targets: Tensor | None) -> None:
    """Check images (N, ...), their labels (N,), and targets (N,) if the attack has any."""
    check_images(model, x)
    check_labels(model, y, len(x))
    if targets is not None:
        check_targets(model, targets, y)


def check_epsilon(eps: float) -> None:
    """Raise ValueError unless eps is a finite number above 0."""
    check_positive("eps", eps, unit=PIXELS)


def check_positive(name: str, value: float, *, unit: str = "") -> None:
    """Raise ValueError unless a setting is a finite number above 0; `unit` is named after that."""
    if not (isfinite(value) and value > 0):
        raise ValueError(f"expected {name} above 0{unit}, found {value:g}")


def check_counts(**counts: int) -> None:
    """Raise ValueError unless each count is at least 1; keywords are its name."""
    for name, count in counts.items():
        if count < 1:
            raise ValueError(f"expected {name} of at least 1, found {count}")


def check_confidence(confidence: float) -> None:
    """Raise ValueError unless a required probability is in (0, 1]."""
    if not 0 < confidence <= 1:
        raise ValueError(f"expected a confidence in (0, 1], found {confidence:g}")


def as_classes(model: Classifier, target: Tensor | int, count: int) -> Tensor:
    """Expand one class to a tensor (N,), and check the classes as `check_labels` does."""
    if isinstance(target, int):
        target = torch.full((count,), target, device=model.device)
    check_labels(model, target, count, "target")
    return target

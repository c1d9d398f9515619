"""Checks of what explanations are given, one sentence for each kind of error."""

import torch
from torch import Tensor

from foolproof.classifiers.checks import as_classes, check_images
from foolproof.classifiers.classifier import Classifier


def checked_classes(model: Classifier, x: Tensor, target: Tensor | int) -> Tensor:
    """Check classifier, images and target, and expand one class to a tensor (N,).

    Raises:
        FoolproofError: when `model` is no classifier.
        ValueError: when `x` is no batch (N, C, H, W) of valid pixels, or a target no class.
    """
    check_images(model, x)
    if x.dim() != 4:
        raise ValueError(f"expected images (N, C, H, W), found the shape {tuple(x.shape)}")
    return as_classes(model, target, len(x))


def check_at_least_one(**values: int) -> None:
    """Raise ValueError unless each value is an integer of at least 1; keywords are its name."""
    for name, value in values.items():
        if not isinstance(value, int) or value < 1:
            raise ValueError(f"expected {name} as an integer of at least 1, found {value!r}")


def check_pixel(model: Classifier, value: float, name: str) -> None:
    """Raise ValueError unless a number is a valid pixel."""
    low, high = model.bounds
    if not low <= value <= high:
        raise ValueError(f"expected {name} in [{low:g}, {high:g}], found {value:g}")


def check_maps(x: Tensor, maps: Tensor) -> None:
    """Raise ValueError unless there is one finite map (H, W) for each image (N, C, H, W)."""
    expected = (len(x), *x.shape[2:])
    if tuple(maps.shape) != expected:
        raise ValueError(
            f"expected one map for each image, {expected}, found the shape {tuple(maps.shape)}"
        )
    if maps.device != x.device:
        raise ValueError(f"maps are on {maps.device}, the images are on {x.device}")
    if not torch.isfinite(maps).all():
        raise ValueError("maps contain NaN or infinite values")

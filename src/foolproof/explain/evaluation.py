"""Evaluation of generated images: activations of units, and classification by two networks."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn.functional import interpolate

from foolproof.compute.intervals import Rate, rate_with_interval
from foolproof.explain.units import Unit, UnitActivations
from foolproof.pretrained.load import Pretrained, predict


@torch.no_grad()
def unit_activations(pretrained: Pretrained, images: Tensor, units: Sequence[Unit]) -> list[float]:
    """Compute the activation of one unit an image (N, 3, S, S), pixels in [0, 1]."""
    activations = UnitActivations(pretrained.network, units)(images)
    values: list[float] = activations.diagonal().tolist()
    return values


@torch.no_grad()
def maximally_activating(
    pretrained: Pretrained, pixels: Tensor, units: Sequence[Unit]
) -> list[tuple[int, float]]:
    """Find for each unit the index of the photo with the highest activation, and that activation.

    Args:
        pretrained: the network.
        pixels: photos, (N, 3, crop, crop), in [0, 1].
        units: of the network.
    """
    activations = UnitActivations(pretrained.network, units)(pixels)
    return [(int(of_unit.argmax()), of_unit.max().item()) for of_unit in activations.unbind(1)]


def units_rates(
    activations: Mapping[str, Sequence[float]], photos: Sequence[float], *, base: str
) -> tuple[Rate, Rate]:
    """Count the units that all images activate more than any photo, and the base's most of all.

    Args:
        activations: of N units by their optimized images, (N,), by method.
        photos: the highest activation of each unit by a photo, (N,).
        base: the method whose activation is compared with the others'.

    Returns:
        Rates over the units: min over the methods > photo; max over the methods = base.
    """
    values = np.array(list(activations.values()))
    above = int((values.min(0) > np.array(photos)).sum())
    highest = int((values.max(0) == np.array(activations[base])).sum())
    return rate_with_interval(above, len(photos)), rate_with_interval(highest, len(photos))


@dataclass(frozen=True)
class Classification:
    """How a network classifies an image that was made for a class."""

    rank: int | None
    """Of the class by probability, from 1; None where the network has no class of this name."""

    probability: float | None
    """Of the class; None likewise."""

    predicted: str
    """The top-1 class."""


def classify_images(
    pretrained: Pretrained, images: Tensor, classes: Sequence[str]
) -> list[Classification]:
    """Compute rank and probability of the class of each image, and the predicted class.

    Args:
        pretrained: any network.
        images: (N, 3, S, S), pixels in [0, 1], which are resized to the network's input.
        classes: one for each image, by name.
    """
    if images.shape[-1] != pretrained.crop:
        images = interpolate(images, size=pretrained.crop, mode="bilinear", antialias=True)
    probabilities = predict(pretrained, images).softmax(1).cpu()
    order = probabilities.argsort(dim=1, descending=True, stable=True)
    found = []
    for name, values, by_rank in zip(classes, probabilities, order.tolist(), strict=True):
        index = pretrained.classes.index(name) if name in pretrained.classes else None
        found.append(
            Classification(
                rank=None if index is None else 1 + by_rank.index(index),
                probability=None if index is None else values[index].item(),
                predicted=pretrained.classes[by_rank[0]],
            )
        )
    return found


def top_k_success(found: Sequence[Classification], k: int) -> NDArray[np.bool_]:
    """Find whether the class of each image is among the k most probable ones, (N,) bool.

    Images of classes that the network does not have are left out.
    """
    return np.array([each.rank <= k for each in found if each.rank is not None], bool)


def top_k_rate(found: Sequence[Classification], k: int) -> Rate | None:
    """Compute the share of images whose class is among the k most probable ones.

    Images of classes that the network does not have are left out; None where there are no others.
    """
    success = top_k_success(found, k)
    return rate_with_interval(int(success.sum()), len(success)) if len(success) else None

"""Evaluation of generated images: activations of units, and classification by two networks."""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean

import torch
from torch import Tensor
from torch.nn.functional import interpolate

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


def top_k_rate(found: Sequence[Classification], k: int) -> float | None:
    """Compute the share of images whose class is among the k most probable ones.

    Images of classes that the network does not have are left out; None where there are no others.
    """
    ranks = [each.rank for each in found if each.rank is not None]
    return fmean(rank <= k for rank in ranks) if ranks else None

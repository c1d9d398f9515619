"""What images of units and classes are worth: how they excite a unit, and who recognizes them."""

from collections.abc import Mapping, Sequence
from statistics import fmean
from typing import Any

import torch
from torch import Tensor
from torch.nn.functional import interpolate

from foolproof.explain.units import Unit, outputs_of, unit_activation
from foolproof.pretrained.load import Pretrained, predict


@torch.no_grad()
def activations(pretrained: Pretrained, images: Tensor, units: Sequence[Unit]) -> list[float]:
    """Compute the activation of a unit of its own at each image (N, 3, S, S), pixels in [0, 1]."""
    evaluation = unit_activation(pretrained.network, units)(images, torch.arange(len(units)))
    values: list[float] = evaluation.value.tolist()
    return values


@torch.no_grad()
def most_exciting(
    pretrained: Pretrained, pixels: Tensor, units: Sequence[Unit]
) -> list[tuple[int, float]]:
    """Find for each unit the photo (N, 3, crop, crop) that excites it most, and its activation."""
    with outputs_of(pretrained.network, [unit.layer for unit in units]) as outputs:
        pretrained.network(pixels)
    values = [unit.activation(outputs[unit.layer]) for unit in units]
    return [(int(of_unit.argmax()), of_unit.max().item()) for of_unit in values]


def evaluate_classes(
    pretrained: Pretrained, judge: Pretrained, images: Tensor, classes: Sequence[Unit]
) -> list[dict[str, Any]]:
    """Say which rank and probability two networks give the class that an image was made for.

    Args:
        pretrained: the network that the images were made with, `own` in the result.
        judge: a network that never saw them, `judge` in the result.
        images: one for each class, (N, 3, S, S), pixels in [0, 1]; the judge sees them resized.
        classes: what they were made for, classes of `pretrained`.

    Returns:
        For each image `class`, and for both `<who>_rank`, counted from 1, `<who>_probability`, and
        `<who>_sees`, the likeliest class. A network without a class of this name has the rank and
        the probability None.
    """
    resized = interpolate(images, size=judge.crop, mode="bilinear", antialias=True)
    found: list[dict[str, Any]] = [{"class": unit.name} for unit in classes]
    for who, network, seen in (("own", pretrained, images), ("judge", judge, resized)):
        probabilities = predict(network, seen).softmax(1).cpu()
        order = probabilities.argsort(dim=1, descending=True, stable=True)
        for row, unit in enumerate(classes):
            known = unit.name in network.classes
            index = network.classes.index(unit.name) if known else 0
            found[row] |= {
                f"{who}_rank": 1 + order[row].tolist().index(index) if known else None,
                f"{who}_probability": probabilities[row, index].item() if known else None,
                f"{who}_sees": network.classes[int(order[row, 0])],
            }
    return found


def share_in_top(found: Sequence[Mapping[str, Any]], who: str, top: int) -> float | None:
    """Compute the share of images whose class is among the `top` likeliest for `own` or `judge`.

    Images of classes that the network does not have do not count; None where there are no others.
    """
    ranks = [row[f"{who}_rank"] for row in found if row[f"{who}_rank"] is not None]
    return fmean(rank <= top for rank in ranks) if ranks else None

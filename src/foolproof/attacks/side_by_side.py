"""The questions of EE6132 for several networks on the same digits, and paired comparisons."""

from collections.abc import Mapping, Sequence

import torch
from torch import Tensor, nn

from foolproof.attacks.selection import choose
from foolproof.classifiers.classifier import Classifier, predict
from foolproof.compute.clusters import cluster_means, difference_of
from foolproof.compute.intervals import Interval, McNemar, Ratio, mcnemar, ratio_with_interval
from foolproof.networks.inference import predict_logits

Masks = Mapping[str, Tensor]
"""A statement about the same N images, (N,) bool, by network."""


def common_digits(
    networks: Sequence[nn.Module],
    images: Tensor,
    labels: Tensor,
    per_class: int,
    generator: torch.Generator,
) -> Tensor:
    """Choose random images of each class that all networks classify correctly; their indices.

    Where there is no such image at all, as with untrained networks, all may be chosen.

    Args:
        networks: from pixels to logits, in eval mode.
        images: uint8, (N, C, H, W).
        labels: (N,) int64.
        per_class: number of images of each class, or all if there are fewer.
        generator: of the choice, on the CPU.
    """
    correct = torch.ones_like(labels, dtype=torch.bool)
    for network in networks:
        correct &= predict_logits(network, images).argmax(1) == labels
    if not correct.any():
        correct = ~correct
    return torch.cat(
        [
            choose(correct & (labels == digit), per_class, generator)
            for digit in labels.unique().tolist()
        ]
    )


def predicted_by_others(
    models: Mapping[str, Classifier], images: Mapping[str, Tensor], targets: Tensor
) -> dict[str, dict[str, Tensor]]:
    """Tell which of each network's images each other network classifies as the target, (N,) bool.

    Args:
        models: by network.
        images: made for it, (N, C, H, W), by network.
        targets: (N,) int64.
    """
    return {
        source: {
            name: predict(model, made).argmax(1) == targets
            for name, model in models.items()
            if name != source
        }
        for source, made in images.items()
    }


def compared_in_pairs(
    values: Mapping[str, Tensor], first: str, groups: Tensor | None = None
) -> dict[str, Interval | None]:
    """Compute the mean paired difference of a network's values or shares and of each other's.

    Images of one group, such as the starts of one class, are not independent: groups are.

    Args:
        values: of the same N images, or statements about them, (N,), by network.
        first: the network from whose values those of the others are subtracted.
        groups: of the images, (N,); None where they are independent.
    """
    return {
        name: difference_of(values[first], of_other, groups)
        for name, of_other in values.items()
        if name != first
    }


def compared_by_mcnemar(masks: Masks, first: str) -> dict[str, McNemar]:
    """Compare a network with each other one on the same images by McNemar's test."""
    arrays = {name: mask.cpu().numpy() for name, mask in masks.items()}
    return {name: mcnemar(arrays[first], mask) for name, mask in arrays.items() if name != first}


def norm_ratios(
    norms: Mapping[str, Tensor], success: Masks, first: str, groups: Tensor
) -> dict[str, Ratio | None]:
    """Compute the ratio of the norms that attacks on a network and on each other need.

    Pairs count where both attacks succeed with a norm above 0. Those of one group, such as the
    targets of one digit, are not independent: their logarithms are averaged before.

    Args:
        norms: of the perturbations, (N,), by network.
        success: by network.
        first: the network of the numerator.
        groups: of the pairs, (N,).

    Returns:
        By the other network; None without a pair.
    """
    ratios: dict[str, Ratio | None] = {}
    for name in norms.keys() - {first}:
        both = success[first] & success[name] & (norms[first] > 0) & (norms[name] > 0)
        numerators, denominators = (
            cluster_means(norms[each][both].log(), groups[both]).exp().tolist()
            for each in (first, name)
        )
        ratios[name] = ratio_with_interval(numerators, denominators) if numerators else None
    return dict(sorted(ratios.items()))

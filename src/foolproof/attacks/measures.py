"""How like a real image an image is."""

import torch
from torch import Tensor


def mean_squared_distances(images: Tensor, references: Tensor) -> Tensor:
    """Compute the mean squared pixel difference of each image to each reference, (N, M).

    Args:
        images: (N, C, H, W), pixels in [0, 1].
        references: (M, C, H, W), pixels in [0, 1].
    """
    pixels = images[0].numel()
    # The expansion |a|^2 - 2ab + |b|^2 that cdist prefers for speed loses small distances.
    exact = "donot_use_mm_for_euclid_dist"
    distances = torch.cdist(images.flatten(1), references.flatten(1), compute_mode=exact)
    return distances.square() / pixels


def choose_correct(labels: Tensor, predicted: Tensor, generator: torch.Generator) -> Tensor:
    """Choose for each class, at random, an image that is classified correctly.

    Args:
        labels: true classes, (N,).
        predicted: classes, (N,).
        generator: of the choice, on the CPU.

    Returns:
        Row numbers in the order of the classes that have such an image, on the CPU.
    """
    order = torch.randperm(len(labels), generator=generator)
    correct = (labels == predicted).cpu()[order]
    shuffled = labels.cpu()[order]
    return torch.stack(
        [order[correct & (shuffled == digit)][0] for digit in shuffled[correct].unique()]
    )

"""Distances between images."""

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


def nearest_distances(images: Tensor, references: Tensor) -> Tensor:
    """Compute the mean squared pixel difference of each image to its nearest reference, (N,).

    Args:
        images: (N, C, H, W), pixels in [0, 1].
        references: (M, C, H, W), pixels in [0, 1].
    """
    return mean_squared_distances(images, references).amin(1)


def distances_within_class(images: Tensor, labels: Tensor, indices: Tensor) -> Tensor:
    """Compute the mean squared pixel difference of some images to the others of their class.

    Args:
        images: (N, C, H, W), pixels in [0, 1].
        labels: classes, (N,).
        indices: of M of them.

    Returns:
        (M, N); infinite to images of other classes and to itself.
    """
    distances = mean_squared_distances(images[indices], images)
    distances[labels[indices, None] != labels] = torch.inf
    distances[torch.arange(len(indices), device=indices.device), indices] = torch.inf
    return distances

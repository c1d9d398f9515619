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


def mean_nearest_distance(images: Tensor, references: Tensor) -> float:
    """Average over the images the mean squared pixel difference to the nearest reference.

    Args:
        images: (N, C, H, W), pixels in [0, 1].
        references: (M, C, H, W), pixels in [0, 1].
    """
    return mean_squared_distances(images, references).amin(1).double().mean().item()


def distances_to_others(images: Tensor, indices: Tensor) -> Tensor:
    """Compute the mean squared pixel difference of some images to all; to itself it is infinite.

    Args:
        images: (N, C, H, W), pixels in [0, 1].
        indices: of M of them.

    Returns:
        (M, N).
    """
    distances = mean_squared_distances(images[indices], images)
    distances[torch.arange(len(indices), device=indices.device), indices] = torch.inf
    return distances

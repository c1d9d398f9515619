"""Class probabilities while more and more pixels of images are replaced by others."""

import torch
from torch import Tensor, nn

from foolproof.compute.chunks import chunk_size


def mean_colour(images: Tensor) -> Tensor:
    """Average images (N, C, H, W) over their pixels, (N, C, 1, 1)."""
    return images.mean((2, 3), keepdim=True)


def tile_ranks(orders: Tensor, images: Tensor, tile: int) -> Tensor:
    """Compute for each pixel the place of its tile in the order.

    Args:
        orders: of the T tiles, numbered row by row, (N, T).
        images: (N, C, H, W).
        tile: side in pixels; the last row and column may be smaller.

    Returns:
        Ranks (N, H, W), from 0.
    """
    down, across = (torch.arange(side, device=images.device) // tile for side in images.shape[2:])
    numbers = down[:, None] * (int(across[-1]) + 1) + across
    # The argsort of a permutation is its inverse.
    return orders.argsort(1)[:, numbers]


@torch.no_grad()
def replacement_probabilities(
    network: nn.Module, start: Tensor, end: Tensor, classes: Tensor, ranks: Tensor, counts: Tensor
) -> Tensor:
    """Compute class probabilities while more and more pixels are those of other images.

    Args:
        network: from pixels to logits, in eval mode.
        start: images (N, C, H, W).
        end: images that replace them, which broadcast to (N, C, H, W).
        classes: (N,).
        ranks: of the pixels in the order of replacement, (N, H, W).
        counts: numbers of ranks that are replaced, (S,).

    Returns:
        Probabilities (N, S), in [0, 1].
    """
    pairs = torch.cartesian_prod(torch.arange(len(start), device=start.device), counts)
    end = end.expand_as(start)
    found = []
    for chunk in pairs.split(chunk_size(start)):
        image, count = chunk.unbind(1)
        replaced = (ranks[image] < count[:, None, None])[:, None]
        mixed = torch.where(replaced, end[image], start[image])
        logits = network(mixed.contiguous(memory_format=torch.channels_last))
        found.append(logits.softmax(1).gather(1, classes[image, None])[:, 0])
    return torch.cat(found).view(len(start), len(counts))

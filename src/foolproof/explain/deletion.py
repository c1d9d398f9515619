"""Deletion curves: tests of occlusion maps by deleting tiles in the order of their importance."""

from collections.abc import Mapping, Sequence
from typing import Any, Literal

import torch
from torch import Tensor, nn

from foolproof.compute.intervals import mean_with_interval
from foolproof.compute.paired import paired_difference
from foolproof.explain.replacement import mean_colour, replacement_probabilities, tile_ranks

Order = Literal["important", "random", "unimportant"]
"""Order in which tiles are deleted: most important first, at random, least important first."""


def deletion_curve(
    network: nn.Module, photo: Tensor, target: int, order: Sequence[int], *, tile: int
) -> Tensor:
    """Compute a class's probability while tiles of a photo are deleted one after the other.

    Deleted tiles get the photo's mean colour: black tiles all over a photo would be an object of
    their own.

    Args:
        network: from pixels (N, 3, S, S) in [0, 1] to logits, in eval mode.
        photo: (3, S, S), pixels in [0, 1].
        target: the class.
        order: of the T tiles, numbered row by row, first to be deleted first.
        tile: side in pixels; the last row and column may be smaller.

    Returns:
        (T + 1,): of the whole photo first, of the mean colour alone at the end.
    """
    photos = photo[None]
    ranks = tile_ranks(torch.tensor([order], device=photo.device), photos, tile)
    counts = torch.arange(len(order) + 1, device=photo.device)
    classes = torch.tensor([target], device=photo.device)
    return replacement_probabilities(network, photos, mean_colour(photos), classes, ranks, counts)[
        0
    ]


def tile_importance(probabilities: Tensor, *, side: int, stride: int, tile: int) -> Tensor:
    """Average minus the probability over the centres in each tile, (T,), row by row.

    Args:
        probabilities: an occlusion map (P, P) of `occlusion_maps`.
        side: of the photo.
        stride: of the centres.
        tile: side of a tile; at least the stride, so that each has a centre.
    """
    along = torch.arange(0, side, stride) // tile
    tiles = -(-side // tile)
    members = torch.nn.functional.one_hot(along, tiles).to(probabilities)
    averaged = members.T @ probabilities @ members / (members.sum(0)[:, None] * members.sum(0))
    return -averaged.flatten()


def deletion_curves(
    network: nn.Module,
    photo: Tensor,
    target: int,
    maps: Sequence[tuple[Tensor, int]],
    *,
    tile: int,
    random_orders: int,
    generator: torch.Generator,
) -> dict[Order, list[Tensor]]:
    """Delete tiles by their mean importance over occlusion maps, in reverse, and at random.

    Args:
        network: as for `deletion_curve`.
        photo: likewise.
        target: likewise.
        maps: occlusion maps (P, P) of the photo, each with the stride of its centres.
        tile: side of a tile in pixels.
        random_orders: how many.
        generator: of the random orders, on the CPU.

    Returns:
        Curves (T + 1,) on the CPU, one for each order of a kind.
    """
    side = photo.shape[-1]
    importance = torch.stack(
        [tile_importance(each, side=side, stride=stride, tile=tile) for each, stride in maps]
    ).mean(0)
    ordered = importance.argsort(descending=True, stable=True).tolist()
    orders: dict[Order, list[list[int]]] = {
        "important": [ordered],
        "random": [
            torch.randperm(len(ordered), generator=generator).tolist() for _ in range(random_orders)
        ],
        "unimportant": [ordered[::-1]],
    }
    return {
        kind: [deletion_curve(network, photo, target, order, tile=tile).cpu() for order in of_kind]
        for kind, of_kind in orders.items()
    }


def deletion_areas(curves: Mapping[Order, Sequence[Tensor]]) -> dict[Order, float]:
    """Compute the area under the curves of each order, the mean over the deletions, in [0, 1]."""
    return {order: float(torch.stack(list(of_order)).mean()) for order, of_order in curves.items()}


def compare_orders(areas: Sequence[Mapping[Order, float]]) -> dict[str, Any]:
    """Compare the areas under the deletion curves of N photos.

    Args:
        areas: of each photo, by order.

    Returns:
        Intervals of the mean `area`, by order, and of the paired differences of each photo:
        `random_minus_important` and `unimportant_minus_random`. Both are above zero where an
        occlusion map tells which tiles matter.
    """

    def difference(above: Order, below: Order) -> Any:
        return paired_difference(*([each[order] for each in areas] for order in (above, below)))

    return {
        "area": {order: mean_with_interval([each[order] for each in areas]) for order in areas[0]},
        "random_minus_important": difference("random", "important"),
        "unimportant_minus_random": difference("unimportant", "random"),
    }

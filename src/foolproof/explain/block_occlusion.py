"""Which blocks of a photo matter: the probability while they are covered (HUJI 67103, 4)."""

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from foolproof.compute.chunks import side_by_side
from foolproof.core.errors import FoolproofError
from foolproof.explain.windows import WindowedNetwork

# Photos a forward pass on a CPU: few enough that their activations stay in its caches.
CHUNK = 8

# Strips of a photo a forward pass, for the same reason.
STRIPS = 16


@torch.inference_mode()
def occlusion_map(
    network: nn.Module, photo: Tensor, target: int, *, size: int, stride: int, fill: float
) -> Tensor:
    """Compute a class's probability by the centre of a square block that covers part of a photo.

    Centres lie at 0, stride, 2 stride, ... along both axes; at the borders a block covers what of
    it is inside.

    Args:
        network: from pixels (N, 3, S, S) in [0, 1] to logits, in eval mode.
        photo: (3, S, S), pixels in [0, 1].
        target: the class.
        size: side of the block in pixels, odd, so that it has a centre.
        stride: between centres, in pixels.
        fill: value of the block's pixels.

    Returns:
        (P, P) with P = ceil(S / stride), in [0, 1].

    Raises:
        FoolproofError: when the size is even.
    """
    if size % 2 == 0:
        raise FoolproofError(
            f"a block of {size} pixels has no centre; blocks of {size - 1} and {size + 1} have one"
        )
    side = photo.shape[-1]
    pixel = torch.arange(side, device=photo.device)
    centres = pixel[::stride]
    covered = (pixel - centres[:, None]).abs() <= size // 2
    known = WindowedNetwork(network, photo[None])
    together = side_by_side(photo.device, numbers=photo.numel(), on_cpu=STRIPS)
    heat = photo.new_empty(len(centres), len(centres))
    for row, centre in enumerate(centres.tolist()):
        strip = slice(max(centre - size // 2, 0), min(centre + size // 2 + 1, side))
        for columns in torch.arange(len(centres), device=photo.device).split(together):
            content = photo[:, strip].masked_fill(covered[columns, None, None, :], fill)
            window = strip, slice(0, side)
            logits = known.logits(torch.zeros_like(columns), window, content)
            heat[row, columns] = logits.softmax(1)[:, target]
    return heat


@torch.inference_mode()
def deletion_curve(
    network: nn.Module, photo: Tensor, target: int, order: Sequence[int], *, tile: int
) -> Tensor:
    """Compute a class's probability while tiles of a photo disappear one after the other.

    What has gone is filled with the photo's mean colour: black tiles all over a photo would be an
    object of their own.

    Args:
        network: from pixels (N, 3, S, S) in [0, 1] to logits, in eval mode.
        photo: (3, S, S), pixels in [0, 1].
        target: the class.
        order: of the T tiles, numbered row by row, first to go first.
        tile: side in pixels; the last row and column may be smaller.

    Returns:
        (T + 1,): of the whole photo first, of nothing at the end.
    """
    side = photo.shape[-1]
    along = torch.arange(side, device=photo.device) // tile
    number = along[:, None] * (int(along[-1]) + 1) + along
    rank = torch.empty(len(order), dtype=torch.long, device=photo.device)
    rank[torch.tensor(order, device=photo.device)] = torch.arange(len(order), device=photo.device)
    gone_after = rank[number]
    colour = photo.mean((1, 2), keepdim=True)
    counts = torch.arange(len(order) + 1, device=photo.device)
    together = side_by_side(photo.device, numbers=photo.numel(), on_cpu=CHUNK)
    return torch.cat(
        [
            _probability(
                network,
                torch.where((gone_after < chunk[:, None, None])[:, None], colour, photo),
                target,
            )
            for chunk in counts.split(together)
        ]
    )


def tile_importance(heat: Tensor, *, side: int, stride: int, tile: int) -> Tensor:
    """Average what covering costs over the centres in each tile, (T,), row by row.

    Args:
        heat: probability by centre, of `occlusion_map`, (P, P).
        side: of the photo.
        stride: of the centres.
        tile: side of a tile; at least the stride, so that each has a centre.
    """
    along = torch.arange(0, side, stride) // tile
    tiles = -(-side // tile)
    members = torch.nn.functional.one_hot(along, tiles).to(heat)
    averaged = members.T @ heat @ members / (members.sum(0)[:, None] * members.sum(0))
    return -averaged.flatten()


def _probability(network: nn.Module, photos: Tensor, target: int) -> Tensor:
    logits: Tensor = network(photos.contiguous(memory_format=torch.channels_last))
    return logits.softmax(1)[:, target]

"""Occlusion maps: the probability of a class by the position of a patch that covers the image."""

from dataclasses import dataclass
from itertools import product
from typing import NamedTuple

import torch
from torch import Tensor, nn

from foolproof.compute.chunks import side_by_side
from foolproof.core.errors import FoolproofError
from foolproof.explain.windows import WindowedNetwork

# Neighbouring positions, vertically and horizontally, that share a window around their patches.
BLOCK = 4

# Occluded images a forward pass on a CPU: few enough that a small CNN's activations stay in its
# cache.
CHUNK = 200

# Strips of a photo a forward pass, for the same reason.
STRIPS = 16

# A pixel brighter than this belongs to the digit.
INK = 0.5


@torch.no_grad()
def class_probabilities(network: nn.Module, pixels: Tensor, classes: Tensor) -> Tensor:
    """Compute the softmax probability (N,) of one class (N,) an image (N, C, H, W)."""
    return _probability(network(pixels), classes)


@torch.no_grad()
def occlusion_maps(
    network: nn.Module, pixels: Tensor, classes: Tensor, *, size: int, fill: float
) -> Tensor:
    """Compute the probability of each image's class for a square patch at every pixel.

    The patch at (y, x) covers rows y - size//2 ... y - size//2 + size - 1 and the columns
    alike, clipped at the border, in all channels. A patch that changes no pixel needs no forward
    pass: black patches on black background are free.

    Args:
        network: gives logits (N, classes); in eval mode. It stays as it is.
        pixels: images (N, C, H, W) in [0, 1].
        classes: one class an image, int64 (N,).
        size: side of the patch in pixels.
        fill: value of the patch's pixels.

    Returns:
        Probabilities (N, H, W), in [0, 1].
    """
    known = WindowedNetwork(network, pixels)
    height, width = pixels.shape[2:]
    rows, columns = (_coverage(side, size).to(pixels.device) for side in (height, width))
    differing = (pixels != fill).any(1).float()
    pixels_changed = rows.float() @ differing @ columns.float().T
    unoccluded = _probability(known.known_logits(), classes)
    maps = unoccluded[:, None, None].expand_as(differing).clone()
    together = side_by_side(pixels.device, numbers=pixels.shape[1:].numel(), on_cpu=CHUNK)
    for top, left in product(range(0, height, BLOCK), range(0, width, BLOCK)):
        block = pixels_changed[:, top : top + BLOCK, left : left + BLOCK]
        window = _reach(top, size, height), _reach(left, size, width)
        for chunk in block.nonzero().split(together):
            image, y, x = (chunk + chunk.new_tensor([0, top, left])).unbind(1)
            patch = rows[y, None, window[0], None] & columns[x, None, None, window[1]]
            content = pixels[..., *window][image].masked_fill(patch, fill)
            logits = known.logits(image, window, content)
            maps[image, y, x] = _probability(logits, classes[image])
    return maps


@torch.inference_mode()
def photo_occlusion_map(
    network: nn.Module, photo: Tensor, target: int, *, size: int, stride: int, fill: float
) -> Tensor:
    """Compute the probability of a class for a square patch on a grid of positions of a photo.

    Centres lie at 0, stride, 2 stride, ... along both axes; patches are clipped at the border.
    The windows are whole strips of the photo, since large patches overlap in most of them.

    Args:
        network: from pixels (N, 3, S, S) in [0, 1] to logits, in eval mode.
        photo: (3, S, S), pixels in [0, 1].
        target: the class.
        size: side of the patch in pixels, odd, so that it has a centre.
        stride: between centres, in pixels.
        fill: value of the patch's pixels.

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
    probabilities = photo.new_empty(len(centres), len(centres))
    for row, centre in enumerate(centres.tolist()):
        strip = slice(max(centre - size // 2, 0), min(centre + size // 2 + 1, side))
        for columns in torch.arange(len(centres), device=photo.device).split(together):
            content = photo[:, strip].masked_fill(covered[columns, None, None, :], fill)
            window = strip, slice(0, side)
            logits = known.logits(torch.zeros_like(columns), window, content)
            probabilities[row, columns] = logits.softmax(1)[:, target]
    return probabilities


def _probability(logits: Tensor, classes: Tensor) -> Tensor:
    """Pick the softmax probability (N,) of one class (N,) from logits (N, classes)."""
    return logits.softmax(1).gather(1, classes[:, None])[:, 0]


def _reach(first: int, size: int, side: int) -> slice:
    """Find what the patches at `first` and the other positions of its block cover together."""
    start = first - size // 2
    return slice(max(start, 0), min(start + size + BLOCK - 1, side))


def _coverage(side: int, size: int) -> Tensor:
    """Tell which pixels [position, pixel] along one side a patch covers, bool (side, side)."""
    pixel = torch.arange(side)
    first = pixel[:, None] - size // 2
    return (first <= pixel) & (pixel < first + size)


@dataclass(frozen=True)
class MapSummary:
    """Statistics of the occlusion map of a photo."""

    positions: int
    min_probability: float
    max_probability: float
    min_at: tuple[int, int]
    """Row and column of the patch's centre at the minimum, in pixels."""
    share_below_half: float
    """Share of positions with less than half of the maximum."""


def summarize_map(probabilities: Tensor, stride: int) -> MapSummary:
    """Compute the statistics of an occlusion map (P, P) with centres `stride` pixels apart."""
    row, column = divmod(int(probabilities.argmin()), probabilities.shape[1])
    return MapSummary(
        positions=probabilities.numel(),
        min_probability=probabilities.min().item(),
        max_probability=probabilities.max().item(),
        min_at=(row * stride, column * stride),
        share_below_half=(probabilities < 0.5 * probabilities.max()).double().mean().item(),
    )


class InkContrast(NamedTuple):
    """How far a patch lowers the probability, as means over images and positions."""

    drop_on_ink: float
    """With the centre of the patch on the digit."""

    drop_on_background: float
    """With the centre of the patch beside the digit."""

    @property
    def difference(self) -> float:
        """Drop on ink minus drop on background: positive where the digit matters more."""
        return self.drop_on_ink - self.drop_on_background


def ink_contrast(maps: Tensor, unoccluded: Tensor, pixels: Tensor) -> InkContrast:
    """Compare the effect of patches centred on the digit with that of patches beside it.

    The drop at a position is p(class | whole image) - p(class | patch there), and a position is
    on ink where the image is brighter than `INK`.

    Args:
        maps: probabilities (N, H, W) from `occlusion_maps`.
        unoccluded: probabilities (N,) of the whole images.
        pixels: the whole images (N, 1, H, W); ink and background must both occur.
    """
    drop = unoccluded[:, None, None] - maps
    ink = pixels[:, 0] > INK
    return InkContrast(drop[ink].mean().item(), drop[~ink].mean().item())

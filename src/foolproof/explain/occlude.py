"""Occlusion maps: the probability of a class by the position of a patch that covers the image."""

from dataclasses import dataclass
from itertools import product
from typing import NamedTuple

import torch
from torch import Tensor, nn

from foolproof.classifiers.classifier import Classifier
from foolproof.compute.chunks import chunk_size
from foolproof.compute.progress import Progress, progress_of
from foolproof.explain.checks import check_at_least_one, check_pixel, checked_classes
from foolproof.explain.chunks import images_together
from foolproof.explain.known_images import KnownImages, known_images

# Neighbouring positions, vertically and horizontally, that share a window around their patches.
BLOCK = 4


@torch.no_grad()
def class_probabilities(network: nn.Module, pixels: Tensor, classes: Tensor) -> Tensor:
    """Compute the softmax probability (N,) of one class (N,) an image (N, C, H, W)."""
    return _probability(network(pixels), classes)


def occlusion(
    model: Classifier,
    x: Tensor,
    target: Tensor | int,
    *,
    size: int,
    stride: int = 1,
    fill: float | None = None,
    progress: bool = False,
) -> Tensor:
    """Compute the drop of the class probability by the position of an occluding square patch.

    The map is p(target | x) - p(target | x with the patch centred on the pixel); with a stride, on
    the centre nearest to the pixel. Patches are clipped at the border.

    Source: Zeiler and Fergus, Visualizing and understanding convolutional networks
    (arXiv 1311.2901).

    Args:
        model: a classifier.
        x: images (N, C, H, W) within the bounds of the classifier.
        target: one class, or one for each image, int64 (N,).
        size: side of the patch in pixels, at least 1.
        stride: distance of the patches' centres in pixels, at least 1.
        fill: the patch's pixels, within the bounds; None for their middle, grey.
        progress: show the progress.

    Returns:
        Maps (N, H, W) in [-1, 1]; negative where a patch raises the probability.

    Raises:
        FoolproofError: when `model` is no classifier.
        ValueError: when images, target or settings are not valid.

    Example:
        >>> import torch
        >>> import foolproof as fp
        >>> net = torch.nn.Sequential(torch.nn.Flatten(), torch.nn.Linear(64, 3))
        >>> model = fp.classifier(net, input_shape=(1, 8, 8))
        >>> fp.explain.occlusion(model, torch.rand(5, 1, 8, 8), 1, size=3, stride=2).shape
        torch.Size([5, 8, 8])
    """
    classes = checked_classes(model, x, target)
    check_at_least_one(size=size, stride=stride)
    fill = sum(model.bounds) / 2 if fill is None else fill
    check_pixel(model, fill, "fill")
    unoccluded, maps = _occluded(
        model, x, classes, _Patches(size, stride, fill), "occlusion" if progress else None
    )
    drops = unoccluded[:, None, None] - maps
    for dim in (1, 2):
        pixel = torch.arange(x.shape[dim + 1], device=x.device)
        nearest = (2 * pixel + stride) // (2 * stride)
        drops = drops.index_select(dim, nearest.clamp(max=drops.shape[dim] - 1))
    return drops


def occlusion_maps(
    network: nn.Module,
    pixels: Tensor,
    classes: Tensor,
    *,
    size: int,
    stride: int = 1,
    fill: float,
    progress: str | None = None,
) -> Tensor:
    """Compute the probability of each image's class by the position of a square patch.

    Patches are centred on the rows and columns 0, stride, 2 stride, ... The patch at (y, x) covers
    the rows y - size//2 ... y - size//2 + size - 1 and the columns alike, clipped at the border,
    in all channels. A patch that changes no pixel needs no forward pass: black patches on black
    background are free.

    Args:
        network: gives logits (N, classes); in eval mode. It stays as it is.
        pixels: images (N, C, H, W).
        classes: one class for each image, int64 (N,).
        size: side of the patch in pixels.
        stride: distance of the patches' centres in pixels.
        fill: value of the patch's pixels.
        progress: name under which the progress is shown; None to show nothing.

    Returns:
        Probabilities (N, ceil(H / stride), ceil(W / stride)), in [0, 1].
    """
    return _occluded(network, pixels, classes, _Patches(size, stride, fill), progress)[1]


class _Patches(NamedTuple):
    """Square patches on a grid, as in `occlusion_maps`."""

    size: int
    stride: int
    fill: float

    def coverage(self, side: int) -> Tensor:
        """Tell which pixels along one side each patch covers, bool (positions, side)."""
        pixel = torch.arange(side)
        first = pixel[:: self.stride, None] - self.size // 2
        return (first <= pixel) & (pixel < first + self.size)

    def reach(self, first: int, side: int) -> slice:
        """Find what the patches of a block cover together along one side."""
        start = first * self.stride - self.size // 2
        stop = start + (BLOCK - 1) * self.stride + self.size
        return slice(max(start, 0), min(stop, side))


@torch.no_grad()
def _occluded(
    network: nn.Module, pixels: Tensor, classes: Tensor, patches: _Patches, progress: str | None
) -> tuple[Tensor, Tensor]:
    """Compute the probabilities (N,) of the whole images, and the maps of `occlusion_maps`."""
    chunks = pixels.split(chunk_size(pixels))
    targets = classes.split(chunk_size(pixels))
    unoccluded, maps = [], []
    with progress_of(progress, len(pixels)) as shown:
        for images, known, labels in zip(
            chunks, known_images(network, chunks), targets, strict=True
        ):
            unoccluded.append(_probability(known.known_logits(), labels))
            maps.append(_maps_of_chunk(known, images, labels, unoccluded[-1], patches, shown))
    return torch.cat(unoccluded), torch.cat(maps)


def _maps_of_chunk(
    known: KnownImages,
    pixels: Tensor,
    classes: Tensor,
    unoccluded: Tensor,
    patches: _Patches,
    shown: Progress,
) -> Tensor:
    """Compute the maps of a few images, see `occlusion_maps`."""
    height, width = pixels.shape[2:]
    rows, columns = (patches.coverage(side).to(pixels.device) for side in (height, width))
    differing = (pixels != patches.fill).any(1).float()
    pixels_changed = rows.float() @ differing @ columns.float().T
    maps = unoccluded[:, None, None].expand_as(pixels_changed).clone()
    blocks = list(product(range(0, len(rows), BLOCK), range(0, len(columns), BLOCK)))
    for top, left in blocks:
        block = pixels_changed[:, top : top + BLOCK, left : left + BLOCK]
        window = patches.reach(top, height), patches.reach(left, width)
        for chunk in block.nonzero().split(images_together(pixels)):
            image, y, x = (chunk + chunk.new_tensor([0, top, left])).unbind(1)
            patch = rows[y, None, window[0], None] & columns[x, None, None, window[1]]
            content = pixels[..., *window][image].masked_fill(patch, patches.fill)
            logits = known.logits(image, window, content)
            maps[image, y, x] = _probability(logits, classes[image])
        shown.advance(len(pixels) / len(blocks))
    return maps


def _probability(logits: Tensor, classes: Tensor) -> Tensor:
    """Pick the softmax probability (N,) of one class (N,) from logits (N, classes)."""
    return logits.softmax(1).gather(1, classes[:, None])[:, 0]


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

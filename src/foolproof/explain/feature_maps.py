"""The feature maps of a pretrained network, and what they have to do with the photograph."""

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

import torch
from scipy.linalg import qr
from torch import Tensor, nn
from torch.nn.functional import adaptive_avg_pool2d, conv2d, pad
from torchvision.models.googlenet import BasicConv2d as GoogLeNetConv
from torchvision.models.inception import BasicConv2d as InceptionConv

from foolproof.core.errors import FoolproofError
from foolproof.pretrained.load import Pretrained

# What makes a layer's maps ready for the next: a map is looked at after its non-linearity.
# The last two call theirs as a function, so that only the whole of them can be observed.
NONLINEARITIES = (
    nn.GELU,
    nn.Hardswish,
    nn.ReLU,
    nn.ReLU6,
    nn.SiLU,
    GoogLeNetConv,
    InceptionConv,
)

# The side of the smallest map that still is a picture, and not a few numbers.
SMALLEST = 4

# What every eye sees in a photograph, to hold maps against: keys, and words for figures.
CUES: Mapping[str, str] = {
    "brightness": "brightness",
    "red_green": "red − green",
    "yellow_blue": "yellow − blue",
    "rightward": "slope →",
    "downward": "slope ↓",
    "edges": "edges",
}


def layers_with_maps(pretrained: Pretrained, pixels: Tensor) -> dict[str, int]:
    """List the non-linearities that a photograph passes as maps, in the order of their work.

    Those whose maps have shrunk below `SMALLEST` are left out.

    Args:
        pretrained: the network.
        pixels: one photograph, (1, 3, crop, crop), in [0, 1].

    Returns:
        The side of the maps by the name that torchvision's architecture gives the layer.
    """
    sides: dict[str, int] = {}

    def note(name: str, maps: Tensor) -> None:
        sides.pop(name, None)  # of several calls, the last one counts
        sides[name] = _channels_first(maps).shape[-1] if maps.dim() == 4 else 0

    _observe(pretrained, pixels, note)
    return {name: side for name, side in sides.items() if side >= SMALLEST}


def choose_layers(names: Sequence[str], possible: dict[str, int]) -> list[str]:
    """Check the names of layers; where none are given, take an early, a middle and a late one.

    The early one is the first, the late one is the last, and in the middle is the last one whose
    maps have at least the geometric mean of the sides of these two: half of the reductions are
    done.

    Args:
        names: those that are wanted; may be empty.
        possible: what `layers_with_maps` has found.

    Raises:
        FoolproofError: when a name is not possible, with those that are.
    """
    if unknown := [name for name in names if name not in possible]:
        raise FoolproofError(
            f"no layer with feature maps is named {', '.join(map(repr, unknown))}; "
            f"the network has: {', '.join(possible)}"
        )
    first, last = next(iter(possible)), next(reversed(possible))
    area = possible[first] * possible[last]
    middle = [name for name, side in possible.items() if side**2 >= area][-1]
    return list(names or dict.fromkeys((first, middle, last)))


def feature_maps(pretrained: Pretrained, pixels: Tensor, names: Sequence[str]) -> dict[str, Tensor]:
    """Compute the maps (N, channels, height, width) of layers, by name in the order of `names`.

    Args:
        pretrained: the network.
        pixels: photographs (N, 3, crop, crop) in [0, 1].
        names: among those of `layers_with_maps`.
    """
    found: dict[str, list[Tensor]] = {name: [] for name in names}
    for photo in pixels.split(1):
        latest: dict[str, Tensor] = {}
        _observe(pretrained, photo, latest.__setitem__)
        for name in names:
            found[name].append(_channels_first(latest[name]))
    return {name: torch.cat(maps) for name, maps in found.items()}


def most_telling(maps: Tensor, row: int, count: int) -> list[int]:
    """Choose the channels that together tell most about one of several photographs.

    The usual map of a channel, its mean over the other photographs, is subtracted first: what looks
    the same in all of them, as what the padding causes at the borders, tells nothing. Then the
    first channel is the one that varies most over the picture, and each further one varies most in
    what those before leave unexplained, which is a QR decomposition with column pivoting (Golub
    and Van Loan, Matrix Computations, 5.4.2). So none repeats another.

    Args:
        maps: of all photographs, (N, channels, height, width).
        row: of the photograph.
        count: how many; fewer where there are fewer.
    """
    others = torch.cat([maps[:row], maps[row + 1 :]])
    unusual = maps[row, None] - others.mean(0) if len(others) else maps
    _, order = qr(_samples(unusual).double().cpu().numpy(), mode="r", pivoting=True)
    return [int(channel) for channel in order[:count]]


def stretch(maps: Tensor) -> Tensor:
    """Scale each map (..., height, width) from its least and largest value to 0 and 1.

    A map without any contrast becomes 0.
    """
    low, high = maps.amin((-2, -1), keepdim=True), maps.amax((-2, -1), keepdim=True)
    return (maps - low) / torch.where(high > low, high - low, 1)


def cues_of(pixels: Tensor, side: int) -> Tensor:
    """Compute the cues of photographs, averaged down to the resolution of a layer's maps.

    Brightness is luma (ITU-R BT.601), 0.299 R + 0.587 G + 0.114 B; the colours are R - G and
    (R + G) / 2 - B; the changes are brightness's gradient per pixel by Sobel's operator, and the
    edges are its magnitude.

    Args:
        pixels: (N, 3, height, width) in [0, 1].
        side: of the maps.

    Returns:
        (N, 6, side, side), in the order of `CUES`.
    """
    red, green, blue = pixels.unbind(1)
    brightness = 0.299 * red + 0.587 * green + 0.114 * blue
    smooth, slope = pixels.new_tensor([1, 2, 1]) / 4, pixels.new_tensor([-1, 0, 1]) / 2
    sobel = torch.outer(smooth, slope)
    both = torch.stack([sobel, sobel.T])[:, None]
    gradient = conv2d(pad(brightness[:, None], (1, 1, 1, 1), mode="replicate"), both)
    rightward, downward = gradient.unbind(1)
    edges = torch.hypot(rightward, downward)
    colours = (red - green, (red + green) / 2 - blue)
    cues = torch.stack([brightness, *colours, rightward, downward, edges], dim=1)
    return adaptive_avg_pool2d(cues, side)


class MapNumbers(NamedTuple):
    """What the maps of one layer are like over many photographs."""

    sparsity: float
    """Share of activations that are exactly zero."""

    explained_by_cues: float
    """Share of the variance of a map that the best linear combination of the cues explains."""

    between_photos: float | None
    """Share of the variance of a map that lies between the means of photographs, not within
    photographs: 0 for a layer that says where, 1 for one that says which. None for one photo."""


def measure_maps(maps: Tensor, cues: Tensor) -> MapNumbers:
    """Measure maps (N, channels, h, w) beside the cues (N, 6, h, w) of the same photographs.

    Shares of variance are averaged over the channels that vary.
    """
    values, causes = _samples(maps), _samples(cues)
    total = values.square().sum(0)
    varies = total > 0
    shared = (causes.T @ values).double()
    inverse = torch.linalg.pinv((causes.T @ causes).double(), hermitian=True)
    explained = (shared * (inverse @ shared)).sum(0)
    means = values.unflatten(0, (len(maps), -1)).mean(1)
    between = means.square().sum(0) * (len(values) / len(maps))

    def mean_share(part: Tensor) -> float:
        return (part[varies] / total[varies]).double().mean().item()

    return MapNumbers(
        sparsity=(maps == 0).double().mean().item(),
        explained_by_cues=mean_share(explained),
        between_photos=mean_share(between) if len(maps) > 1 else None,
    )


def correlations(maps: Tensor, cues: Tensor) -> Tensor:
    """Correlate maps (N, channels, h, w) with cues (N, 6, h, w) over all positions and photographs.

    Returns:
        Pearson's r, (channels, 6), in [-1, 1]; 0 where the map or the cue does not vary.
    """
    values, causes = (
        samples / samples.norm(dim=0).clamp(min=torch.finfo(samples.dtype).tiny)
        for samples in (_samples(maps), _samples(cues))
    )
    found: Tensor = values.T @ causes
    return found


def _samples(maps: Tensor) -> Tensor:
    """List maps (N, channels, h, w) by position, (N h w, channels), each channel around zero."""
    samples = maps.transpose(0, 1).flatten(1).T
    return samples - samples.mean(0)


@torch.no_grad()
def _observe(
    pretrained: Pretrained, pixels: Tensor, observe: Callable[[str, Tensor], object]
) -> None:
    """Run the network and hand on the name and the output of each non-linearity that works."""
    body = pretrained.network.get_submodule("body")
    hooks = [
        module.register_forward_hook(lambda _, __, output, name=name: observe(name, output))
        for name, module in body.named_modules()
        if isinstance(module, NONLINEARITIES)
    ]
    try:
        pretrained.network(pixels)
    finally:
        for hook in hooks:
            hook.remove()


def _channels_first(maps: Tensor) -> Tensor:
    """Bring the channels of square maps before height and width; ConvNeXt has them at the end."""
    return maps if maps.shape[2] == maps.shape[3] else maps.permute(0, 3, 1, 2)

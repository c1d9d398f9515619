"""Feature maps of a pretrained network, the choice of channels, and low-level features."""

from collections.abc import Mapping, Sequence

import torch
from scipy.linalg import qr
from torch import Tensor, nn
from torch.nn.functional import adaptive_avg_pool2d, conv2d, pad

from foolproof.core.errors import FoolproofError
from foolproof.networks.outputs import channels_first, layer_outputs
from foolproof.pretrained.load import Pretrained

# Maps are taken after their non-linearity.
NONLINEARITIES = (nn.GELU, nn.Hardswish, nn.ReLU, nn.ReLU6, nn.SiLU)

# Of GoogLeNet and Inception: they call theirs as a function, so that only the output of the whole
# block can be collected. By name, since torchvision takes seconds to import.
BLOCKS = ("BasicConv2d",)

# The side of the smallest map that is shown as a picture.
SMALLEST = 4

# Low-level features of photos that maps are compared with: keys, and words for figures.
LOW_LEVEL_FEATURES: Mapping[str, str] = {
    "brightness": "brightness",
    "red_green": "red − green",
    "yellow_blue": "yellow − blue",
    "rightward": "slope →",
    "downward": "slope ↓",
    "edges": "edges",
}


@torch.no_grad()
def layers_with_maps(pretrained: Pretrained, pixels: Tensor) -> dict[str, int]:
    """List the non-linearities whose outputs are maps, in the order in which they run.

    Those whose maps are smaller than `SMALLEST` are left out.

    Args:
        pretrained: the network.
        pixels: one photo, (1, 3, crop, crop), in [0, 1].

    Returns:
        The side of the maps by the name that the architecture gives the layer.
    """
    body = pretrained.network.get_submodule("body")
    names = [
        name
        for name, each in body.named_modules()
        if isinstance(each, NONLINEARITIES) or type(each).__name__ in BLOCKS
    ]
    outputs = layer_outputs(pretrained.network, (f"body.{name}" for name in names), pixels)
    sides = {
        name.removeprefix("body."): channels_first(output).shape[-1]
        for name, output in outputs.items()
        if output.dim() == 4
    }
    return {name: side for name, side in sides.items() if side >= SMALLEST}


def choose_layers(names: Sequence[str], possible: dict[str, int]) -> list[str]:
    """Check the names of layers; where none are given, take an early, a middle and a late one.

    The early one is the first, the late one is the last, and in the middle is the last one whose
    maps have at least the geometric mean of the sides of these two: half of the reductions are
    done.

    Args:
        names: those that are requested; may be empty.
        possible: the result of `layers_with_maps`.

    Raises:
        FoolproofError: when a name is not possible; the message lists those that are.
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


@torch.no_grad()
def feature_maps(pretrained: Pretrained, pixels: Tensor, names: Sequence[str]) -> dict[str, Tensor]:
    """Compute the maps (N, channels, height, width) of layers, by name in the order of `names`.

    Args:
        pretrained: the network.
        pixels: photos (N, 3, crop, crop) in [0, 1].
        names: among those of `layers_with_maps`.
    """
    found: dict[str, list[Tensor]] = {name: [] for name in names}
    for photo in pixels.split(1):
        outputs = layer_outputs(pretrained.network, (f"body.{name}" for name in names), photo)
        for name in names:
            found[name].append(channels_first(outputs[f"body.{name}"]))
    return {name: torch.cat(maps) for name, maps in found.items()}


def most_informative_channels(maps: Tensor, photo: int, count: int) -> list[int]:
    """Choose the most informative channels for one of several photos, by pivoted QR.

    The mean map of a channel over the other photos is subtracted first: what all photos share,
    such as effects of padding at the borders, carries no information. The first channel has the
    highest variance over positions, each further one the highest residual variance after
    regression on those before: a QR decomposition with column pivoting (Golub and Van Loan, Matrix
    Computations, 5.4.2). So no channel repeats another.

    Args:
        maps: of all photos, (N, channels, height, width).
        photo: its index.
        count: how many; fewer where there are fewer.
    """
    others = torch.cat([maps[:photo], maps[photo + 1 :]])
    unusual = maps[photo, None] - others.mean(0) if len(others) else maps
    _, order = qr(samples_by_position(unusual).double().cpu().numpy(), mode="r", pivoting=True)
    return [int(channel) for channel in order[:count]]


def min_max_normalize(maps: Tensor) -> Tensor:
    """Scale each map (..., height, width) from its minimum and maximum to 0 and 1.

    A constant map becomes 0.
    """
    low, high = maps.amin((-2, -1), keepdim=True), maps.amax((-2, -1), keepdim=True)
    return (maps - low) / torch.where(high > low, high - low, 1)


def low_level_features(pixels: Tensor, side: int) -> Tensor:
    """Compute low-level features of photos, averaged down to the resolution of a layer's maps.

    Brightness is luma (ITU-R BT.601), 0.299 R + 0.587 G + 0.114 B; the colours are R - G and
    (R + G) / 2 - B; the slopes are the gradient of brightness per pixel by Sobel's operator, and
    the edges are its magnitude.

    Args:
        pixels: (N, 3, height, width) in [0, 1].
        side: of the maps.

    Returns:
        (N, 6, side, side), in the order of `LOW_LEVEL_FEATURES`.
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
    features = torch.stack([brightness, *colours, rightward, downward, edges], dim=1)
    return adaptive_avg_pool2d(features, side)


def samples_by_position(maps: Tensor) -> Tensor:
    """List maps (N, channels, h, w) by position, (N h w, channels), each channel centred."""
    samples = maps.transpose(0, 1).flatten(1).T
    return samples - samples.mean(0)

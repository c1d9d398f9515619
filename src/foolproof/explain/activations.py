"""Activation maps of convolutional layers, and how their statistics change with depth."""

from collections.abc import Sequence
from typing import NamedTuple

import torch
from torch import Tensor, nn

from foolproof.explain.filters import find_convolution
from foolproof.networks.outputs import layer_outputs

# Images at a time: their maps and spectra stay at a few tens of megabytes.
CHUNK = 100


@torch.no_grad()
def activation_maps(
    network: nn.Sequential, pixels: Tensor, names: Sequence[str]
) -> dict[str, Tensor]:
    """Compute the maps after the ReLU of convolutional layers, at the layers' full resolution.

    In our networks max-pooling comes before the ReLU, so the ReLU is applied here to the output
    of the convolution, or of the batch norm that follows it.

    Args:
        network: a chain of layers in eval mode.
        pixels: images (N, C, H, W) in [0, 1].
        names: of convolutional layers.

    Returns:
        Maps (N, channels, height, width) by the layer's name, in the order of `names`.

    Raises:
        FoolproofError: when there is no such layer.
    """
    for name in names:
        find_convolution(network, name)
    before_relu: dict[str, str] = {}
    latest = ""
    for name, layer in network.named_children():
        if isinstance(layer, nn.Conv2d):
            latest = name
        if isinstance(layer, nn.Conv2d | nn.BatchNorm2d):
            before_relu[latest] = name
    outputs = layer_outputs(network, [before_relu[name] for name in names], pixels)
    return {name: outputs[before_relu[name]].relu() for name in names}


class ActivationStatistics(NamedTuple):
    """Statistics of the maps of one layer over many images."""

    sparsity: float
    """Share of activations that are exactly zero."""

    frequency: float
    """Mean spatial frequency, in cycles per pixel of the network's input."""

    dead_channels: float
    """Share of channels that are zero everywhere in every image."""

    class_selectivity: float
    """Share of the variance of a channel's mean activation that the class explains."""


def activation_statistics(
    network: nn.Sequential, pixels: Tensor, labels: Tensor, names: Sequence[str]
) -> dict[str, ActivationStatistics]:
    """Compute the statistics of layers, with the images themselves as the first, named `input`.

    With P the squared magnitude of the discrete Fourier transform of a map after subtraction of
    its mean, summed over channels and images, the mean frequency is the spectral centroid
    sum |f| P(f) / sum P(f), times the map's height / the input's height, so that layers of
    different resolution compare.

    With a an image's mean activation in a channel, the class selectivity of the channel is
    sum (mean of a in the image's class - mean of a)^2 / sum (a - mean of a)^2 over all images:
    0 where the classes do not differ, 1 where the class determines a. It is averaged over the
    channels that vary at all.

    Args:
        network: a chain of layers in eval mode.
        pixels: images (N, C, H, W) in [0, 1].
        labels: their classes, int64 (N,).
        names: of convolutional layers.

    Raises:
        FoolproofError: when there is no such layer.
    """
    chunks = []
    for chunk in pixels.split(CHUNK):
        maps = {"input": chunk, **activation_maps(network, chunk, names)}
        chunks.append({name: _summarize(layer_maps) for name, layer_maps in maps.items()})
    statistics = {}
    for name in chunks[0]:
        per_image = _PerImage(*map(torch.cat, zip(*(chunk[name] for chunk in chunks), strict=True)))
        statistics[name] = ActivationStatistics(
            sparsity=per_image.sparsity.mean().item(),
            frequency=_centroid(per_image.power.sum(0))
            * per_image.power.shape[1]
            / pixels.shape[2],
            dead_channels=(per_image.peaks.amax(0) == 0).double().mean().item(),
            class_selectivity=_explained_variance(per_image.means, labels),
        )
    return statistics


class _PerImage(NamedTuple):
    """Statistics of the maps (n, channels, height, width) of each of n images, in float64."""

    sparsity: Tensor
    """(n,)."""

    means: Tensor
    """(n, channels)."""

    peaks: Tensor
    """(n, channels)."""

    power: Tensor
    """The power spectrum, summed over channels, (n, height, width)."""


def _summarize(maps: Tensor) -> _PerImage:
    means = maps.mean((2, 3), keepdim=True)
    power = torch.fft.fft2(maps - means).abs().square().sum(1)
    sparsity = (maps == 0).double().mean((1, 2, 3))
    return _PerImage(sparsity, means[:, :, 0, 0].double(), maps.amax((2, 3)), power.double())


def _centroid(power: Tensor) -> float:
    """Compute sum |f| P(f) / sum P(f) of a spectrum (height, width), in cycles per pixel."""
    vertical, horizontal = (
        torch.fft.fftfreq(side, dtype=power.dtype, device=power.device) for side in power.shape
    )
    frequency = torch.hypot(vertical[:, None], horizontal)
    return ((frequency * power).sum() / power.sum()).item()


def _explained_variance(values: Tensor, labels: Tensor) -> float:
    """Compute the mean over columns of the between-class share of the variance of (N, columns)."""
    centred = values - values.mean(0)
    total = centred.square().sum(0)
    between = torch.zeros_like(total)
    for label in labels.unique():
        members = centred[labels == label]
        between += len(members) * members.mean(0).square()
    varies = total > 0
    return (between[varies] / total[varies]).mean().item()

"""Activation maps of convolutional layers, and how their statistics change with depth."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn

from foolproof.compute.intervals import Interval, mean_with_interval, rate_with_interval
from foolproof.compute.paired import paired_difference, unpaired_difference
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
    """Statistics of the maps of one layer over N images; all tensors are float64."""

    sparsity: Tensor
    """Share of activations that are exactly zero, of each image, (N,)."""

    frequency: Tensor
    """Mean spatial frequency in cycles per pixel of the network's input, of each image, (N,)."""

    dead: Tensor
    """Whether a channel is zero everywhere in every image, (channels,) bool."""

    class_selectivity: Tensor
    """Share of the variance of a channel's mean activation that the class explains, of each of the
    channels that vary at all, (varying channels,); 0 of each channel where none varies."""

    def describe(self) -> dict[str, Any]:
        """Summarize them for the metrics, each with its interval over images or channels."""
        return {
            "sparsity": mean_with_interval(self.sparsity.tolist()),
            "frequency": mean_with_interval(self.frequency.tolist()),
            "dead_channels": rate_with_interval(int(self.dead.sum()), len(self.dead)),
            "class_selectivity": mean_with_interval(self.class_selectivity.tolist()),
        }


def change_with_depth(
    shallow: ActivationStatistics, deep: ActivationStatistics
) -> dict[str, Interval]:
    """Compute the differences of a deep layer's statistics and a shallow one's.

    Those of images are paired; channels of different layers are independent samples.
    """
    return {
        "sparsity": paired_difference(deep.sparsity.tolist(), shallow.sparsity.tolist()),
        "frequency": paired_difference(deep.frequency.tolist(), shallow.frequency.tolist()),
        "class_selectivity": unpaired_difference(
            deep.class_selectivity.tolist(), shallow.class_selectivity.tolist()
        ),
    }


def activation_statistics(
    network: nn.Sequential, pixels: Tensor, labels: Tensor, names: Sequence[str]
) -> dict[str, ActivationStatistics]:
    """Compute the statistics of layers, with the images themselves as the first, named `input`.

    With P the squared magnitude of the discrete Fourier transform of a map after subtraction of
    its mean, summed over channels, the mean frequency of an image is the spectral centroid
    sum |f| P(f) / sum P(f), times the map's height / the input's height, so that layers of
    different resolution compare. It is 0 where all maps are constant.

    With a an image's mean activation in a channel, the class selectivity of the channel is
    sum (mean of a in the image's class - mean of a)^2 / sum (a - mean of a)^2 over all images:
    0 where the classes do not differ, 1 where the class determines a.

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
        chunks.append({name: _summarize(each, pixels) for name, each in maps.items()})
    statistics = {}
    for name in chunks[0]:
        per_image = _PerImage(*map(torch.cat, zip(*(chunk[name] for chunk in chunks), strict=True)))
        statistics[name] = ActivationStatistics(
            sparsity=per_image.sparsity,
            frequency=per_image.frequency,
            dead=per_image.peaks.amax(0) == 0,
            class_selectivity=_explained_variance(per_image.means, labels),
        )
    return statistics


class _PerImage(NamedTuple):
    """Statistics of the maps of each of n images, in float64."""

    sparsity: Tensor
    """(n,)."""

    means: Tensor
    """(n, channels)."""

    peaks: Tensor
    """(n, channels)."""

    frequency: Tensor
    """(n,)."""


def _summarize(maps: Tensor, pixels: Tensor) -> _PerImage:
    """Compute the statistics of maps (n, channels, height, width) of some of the images."""
    means = maps.mean((2, 3), keepdim=True)
    power = torch.fft.fft2(maps - means).abs().square().sum(1).double()
    sparsity = (maps == 0).double().mean((1, 2, 3))
    frequency = _centroid(power) * maps.shape[2] / pixels.shape[2]
    return _PerImage(sparsity, means[:, :, 0, 0].double(), maps.amax((2, 3)), frequency)


def _centroid(power: Tensor) -> Tensor:
    """Compute sum |f| P(f) / sum P(f) of spectra (n, height, width), in cycles per pixel, (n,)."""
    vertical, horizontal = (
        torch.fft.fftfreq(side, dtype=power.dtype, device=power.device) for side in power.shape[1:]
    )
    frequency = torch.hypot(vertical[:, None], horizontal)
    total = power.sum((1, 2))
    return (frequency * power).sum((1, 2)) / torch.where(total > 0, total, 1)


def _explained_variance(values: Tensor, labels: Tensor) -> Tensor:
    """Compute the share of the variance between classes, of each varying column of (N, columns)."""
    centred = values - values.mean(0)
    total = centred.square().sum(0)
    between = torch.zeros_like(total)
    for label in labels.unique():
        members = centred[labels == label]
        between += len(members) * members.mean(0).square()
    varies = total > 0
    return between[varies] / total[varies] if varies.any() else between

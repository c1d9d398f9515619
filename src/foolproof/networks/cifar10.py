"""The CIFAR-10 networks of CS5787."""

from collections import OrderedDict
from collections.abc import Callable, Mapping

import torch
from torch import Tensor, nn

from foolproof.networks.inference import to_pixels
from foolproof.networks.layers import MaxOverMap, Normalize

CLASSES = 10

# Means and standard deviations of the channels of the 50,000 training images, in [0, 1].
MEAN, STD = (0.4914, 0.4822, 0.4465), (0.2470, 0.2435, 0.2616)

Layers = OrderedDict[str, nn.Module]


def cs5787_cnn(*, batch_norm: bool) -> nn.Sequential:
    """Build conv 64@11x11 - pool - conv 128@3x3 - conv 128@3x3 - global average pool - linear.

    The first convolution has no padding, so that its filters see whole patches only; the others
    keep the size of their input. Max-pooling precedes the ReLU: the two commute, and the ReLU then
    has a quarter of the work.

    Args:
        batch_norm: whether each convolution is followed by batch norm.

    Returns:
        A network from pixels (N, 3, 32, 32) in [0, 1] to logits (N, 10).
    """
    layers: Layers = OrderedDict(normalize=Normalize(MEAN, STD))
    convolutions = (
        nn.Conv2d(3, 64, kernel_size=11),
        nn.Conv2d(64, 128, kernel_size=3, padding=1),
        nn.Conv2d(128, 128, kernel_size=3, padding=1),
    )
    for index, convolution in enumerate(convolutions, start=1):
        layers[f"conv{index}"] = convolution
        if batch_norm:
            layers[f"norm{index}"] = nn.BatchNorm2d(convolution.out_channels)
        if index == 1:
            layers["pool1"] = nn.MaxPool2d(2)
        layers[f"relu{index}"] = nn.ReLU()
    layers["avgpool"] = nn.AdaptiveAvgPool2d(1)
    layers["flatten"] = nn.Flatten()
    layers["fc"] = nn.Linear(128, CLASSES)
    return nn.Sequential(layers)


def deep_cnn(first_filters: Tensor | None = None) -> nn.Sequential:
    """Build six 3x3 convolutions with batch norm behind fixed 2x2 filters.

    Only the bias of the fixed filters is trained. They are followed by three pairs of convolutions,
    the first of each with 2x2 max-pooling, down to 3x3, and global max-pooling. Each 3x3
    convolution is initialized with the identity, as far as it has filters; batch norm has no
    scale. After Jordan, "94% on CIFAR-10 in 3.29 seconds on a single GPU" (arXiv 2404.00498).
    The initial logits are small, as there: its division by 256 is part of the last weights.

    Args:
        first_filters: of `whitening_filters`, (24, 3, 2, 2); where left out, random ones, for a
            network whose weights will be loaded.

    Returns:
        A network from pixels (N, 3, 32, 32) in [0, 1] to logits (N, 10).
    """
    layers: Layers = OrderedDict(normalize=Normalize(MEAN, STD))
    first = nn.Conv2d(3, 24, kernel_size=2)
    if first_filters is not None:
        first.weight = nn.Parameter(first_filters)
    first.weight.requires_grad_(False)
    assert first.bias is not None
    nn.init.zeros_(first.bias)
    layers["conv1"], layers["gelu1"] = first, nn.GELU()
    channels = first.out_channels
    plan = [(width, pool) for width in (64, 256, 256) for pool in (True, False)]
    for index, (width, pool) in enumerate(plan, start=2):
        convolution = nn.Conv2d(channels, width, kernel_size=3, padding=1, bias=False)
        nn.init.dirac_(convolution.weight[:channels])
        layers[f"conv{index}"] = convolution
        if pool:
            layers[f"pool{index}"] = nn.MaxPool2d(2)
        norm = nn.BatchNorm2d(width, eps=1e-12, momentum=0.4)
        norm.weight.requires_grad_(False)
        layers[f"norm{index}"], layers[f"gelu{index}"] = norm, nn.GELU()
        channels = width
    layers["maxpool"] = MaxOverMap()
    layers["flatten"] = nn.Flatten()
    head = nn.Linear(channels, CLASSES, bias=False)
    nn.init.normal_(head.weight, std=1 / 256)
    layers["fc"] = head
    return nn.Sequential(layers)


def whitening_filters(images: Tensor, *, smallest: float = 5e-4) -> Tensor:
    """Compute filters whose responses to 2x2 patches are uncorrelated and of equal variance.

    With the covariance of the patches C = V diag(v) V^T they are the rows of
    (diag(v) + smallest I)^(-1/2) V^T, and their negatives, since a ReLU follows (Jordan, section
    3.2, after Page, "How to train your ResNet").

    Args:
        images: uint8, (N, 3, H, W).
        smallest: added to the variances, of normalized pixels; otherwise directions of little
            variance, with compression artefacts and noise, are amplified.

    Returns:
        (24, 3, 2, 2), for normalized pixels.
    """
    pixels = Normalize(MEAN, STD).to(images.device)(to_pixels(images)).cpu()
    patches = pixels.unfold(2, 2, 1).unfold(3, 2, 1).permute(0, 2, 3, 1, 4, 5).flatten(3)
    variances, directions = torch.linalg.eigh(patches.flatten(0, 2).double().T.cov())
    filters = (directions / (variances + smallest).sqrt()).T.float().view(-1, 3, 2, 2)
    return torch.cat([filters, -filters]).to(images.device)


# By the names that metrics, weight files and reports use.
NETWORKS: Mapping[str, Callable[[], nn.Sequential]] = {
    "nobn": lambda: cs5787_cnn(batch_norm=False),
    "bn": lambda: cs5787_cnn(batch_norm=True),
    "deep": deep_cnn,
}

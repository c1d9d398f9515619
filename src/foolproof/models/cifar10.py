"""The CIFAR-10 networks of CS5787."""

from collections import OrderedDict
from collections.abc import Callable, Mapping

from torch import nn

from foolproof.models.layers import Normalize

CLASSES = 10

# Means and standard deviations of the channels of the 50,000 training images, in [0, 1].
MEAN, STD = (0.4914, 0.4822, 0.4465), (0.2470, 0.2435, 0.2616)

Layers = OrderedDict[str, nn.Module]


def sheet_cnn(*, batch_norm: bool) -> nn.Sequential:
    """Build conv 64@11x11 - pool - conv 128@3x3 - conv 128@3x3 - average over the map - connected.

    The first convolution is not padded, so that each of its filters sees whole patches only; the
    others keep the size of their input. Max-pooling comes before the ReLU: the two commute, and
    the ReLU then has a quarter of the work.

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
    layers["average"] = nn.AdaptiveAvgPool2d(1)
    layers["flatten"] = nn.Flatten()
    layers["fc"] = nn.Linear(128, CLASSES)
    return nn.Sequential(layers)


def deep_cnn() -> nn.Sequential:
    """Build seven 3x3 convolutions of growing width with batch norm, in four resolutions.

    One convolution looks at the full image; then three pairs, whose first convolution doubles the
    width and is followed by 2x2 max-pooling, go down to 4x4. The greatest value of each map goes
    to the connected layer.

    Returns:
        A network from pixels (N, 3, 32, 32) in [0, 1] to logits (N, 10).
    """
    layers: Layers = OrderedDict(normalize=Normalize(MEAN, STD))
    # (width, whether pooling follows) of each convolution.
    plan = [(32, False)]
    for width in (64, 128, 256):
        plan += [(width, True), (width, False)]
    channels = 3
    for index, (width, pool) in enumerate(plan, start=1):
        layers[f"conv{index}"] = nn.Conv2d(channels, width, kernel_size=3, padding=1, bias=False)
        if pool:
            layers[f"pool{index}"] = nn.MaxPool2d(2)
        layers[f"norm{index}"] = nn.BatchNorm2d(width)
        layers[f"relu{index}"] = nn.ReLU()
        channels = width
    layers["greatest"] = nn.AdaptiveMaxPool2d(1)
    layers["flatten"] = nn.Flatten()
    layers["fc"] = nn.Linear(channels, CLASSES)
    return nn.Sequential(layers)


# By the names that metrics, weight files and reports use.
NETWORKS: Mapping[str, Callable[[], nn.Sequential]] = {
    "nobn": lambda: sheet_cnn(batch_norm=False),
    "bn": lambda: sheet_cnn(batch_norm=True),
    "deep": deep_cnn,
}

"""The MNIST network of CIS680, table 1."""

from collections import OrderedDict
from collections.abc import Callable, Mapping
from itertools import pairwise

from torch import nn

from foolproof.networks.layers import Normalize

CLASSES = 10


def cis680_cnn() -> nn.Sequential:
    """Build conv 32@5x5 - conv 32@5x5 - conv 64@5x5 - fully connected 64 - fully connected 10.

    Each convolution keeps the size of its input and is followed by batch norm, ReLU and 2x2
    average pooling; the hidden layer by batch norm and ReLU. Layers before a batch norm have no
    bias, which subtracting the mean would cancel.

    Returns:
        A network from pixels (N, 1, 28, 28) in [0, 1], which it maps to [-1, 1] itself, to logits
        (N, 10).
    """
    layers: OrderedDict[str, nn.Module] = OrderedDict(normalize=Normalize((0.5,), (0.5,)))
    widths = (1, 32, 32, 64)
    for index, (channels, filters) in enumerate(pairwise(widths), start=1):
        layers[f"conv{index}"] = nn.Conv2d(
            channels, filters, kernel_size=5, padding="same", bias=False
        )
        layers[f"norm{index}"] = nn.BatchNorm2d(filters)
        layers[f"relu{index}"] = nn.ReLU()
        layers[f"pool{index}"] = nn.AvgPool2d(2)
    layers["flatten"] = nn.Flatten()
    layers["fc1"] = nn.Linear(64 * 3 * 3, 64, bias=False)
    layers["norm4"] = nn.BatchNorm1d(64)
    layers["relu4"] = nn.ReLU()
    layers["fc2"] = nn.Linear(64, CLASSES)
    return nn.Sequential(layers)


# One architecture, trained with two seeds.
NETWORKS: Mapping[str, Callable[[], nn.Sequential]] = {"first": cis680_cnn, "second": cis680_cnn}

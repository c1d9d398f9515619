"""The MNIST networks of EE6132."""

from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence

from torch import nn

from foolproof.networks.layers import Normalize

CLASSES = 10

# Mean and standard deviation of the 60,000 training images, in [0, 1].
MEAN, STD = 0.1307, 0.3081


def mnist_cnn(*, batch_norm: bool, hidden: Sequence[int] = (500,)) -> nn.Sequential:
    """Build conv 32@3x3 - pool - conv 32@3x3 - pool - fully connected layers, all with ReLU.

    Max-pooling precedes the ReLU: the two commute, and the ReLU then has a quarter of the work.
    Batch norm, if any, stands between each convolution and its non-linearity
    (Ioffe and Szegedy, arXiv 1502.03167).

    Args:
        batch_norm: whether each convolution is followed by batch norm.
        hidden: widths of the fully connected hidden layers.

    Returns:
        A network from pixels (N, 1, 28, 28) in [0, 1] to logits (N, 10).
    """
    layers: OrderedDict[str, nn.Module] = OrderedDict(normalize=Normalize((MEAN,), (STD,)))
    for index, channels in enumerate((1, 32), start=1):
        layers[f"conv{index}"] = nn.Conv2d(channels, 32, kernel_size=3, padding=1)
        if batch_norm:
            layers[f"norm{index}"] = nn.BatchNorm2d(32)
        layers[f"pool{index}"] = nn.MaxPool2d(2)
        layers[f"relu{index}"] = nn.ReLU()
    layers["flatten"] = nn.Flatten()
    widths = [32 * 7 * 7, *hidden]
    for index, (width, next_width) in enumerate(zip(widths, hidden, strict=False), start=1):
        layers[f"fc{index}"] = nn.Linear(width, next_width)
        layers[f"relu{index + 2}"] = nn.ReLU()
    layers[f"fc{len(widths)}"] = nn.Linear(widths[-1], CLASSES)
    return nn.Sequential(layers)


# By the names that metrics, weight files and reports use.
NETWORKS: Mapping[str, Callable[[], nn.Sequential]] = {
    "nobn": lambda: mnist_cnn(batch_norm=False),
    "bn": lambda: mnist_cnn(batch_norm=True),
    "robust": lambda: mnist_cnn(batch_norm=False),  # with adversarial training
    "two_hidden": lambda: mnist_cnn(batch_norm=True, hidden=(500, 500)),
}

"""Linear classifiers with images at known distances from the decision boundary."""

from typing import NamedTuple

import torch
from torch import Tensor, nn

from foolproof.classifiers.classifier import Classifier, classifier
from foolproof.compute.seeds import new_generator

SHAPE = (1, 6, 6)


class Linear(NamedTuple):
    """A linear classifier of two classes, and images of class 0."""

    model: Classifier
    images: Tensor
    labels: Tensor
    linf: float
    """L-infinity distance of each image to the boundary, margin / |dw|_1."""
    l2: float
    """L2 distance of each image to the boundary, margin / |dw|_2."""


def linear(margin: float = 0.05, count: int = 5) -> Linear:
    """Make images far from the bounds [0, 1], all with one margin."""
    torch.manual_seed(0)
    last = nn.Linear(36, 2).double().requires_grad_(False)
    network = nn.Sequential(nn.Flatten(), last)
    difference = last.weight[1] - last.weight[0]
    images = 0.4 + 0.2 * torch.rand(count, *SHAPE, generator=new_generator(1), dtype=torch.float64)
    # Each image is moved along the weights to its margin.
    lacking = -margin - network(images).diff(dim=1)
    images += (lacking * difference / difference.square().sum()).view_as(images)
    return Linear(
        classifier(network, input_shape=SHAPE),
        images,
        torch.zeros(count, dtype=torch.long),
        margin / float(difference.abs().sum()),
        margin / float(difference.norm()),
    )


def convolutional(
    classes: int, *, shape: tuple[int, ...] = SHAPE, scale: float = 1.0, dtype: torch.dtype
) -> nn.Sequential:
    """Make an untrained network, with logits times a scale."""
    torch.manual_seed(0)
    first, last = nn.Conv2d(shape[0], 8, 3), nn.Linear(8 * 16, classes)
    last.weight.data.mul_(scale)
    network = nn.Sequential(first, nn.ReLU(), nn.Flatten(), last)
    return network.to(dtype).requires_grad_(False)


def pixels(
    count: int,
    *,
    shape: tuple[int, ...] = SHAPE,
    dtype: torch.dtype = torch.float64,
    bounds: tuple[float, float] = (0.0, 1.0),
) -> Tensor:
    """Draw uniform pixels within bounds."""
    drawn = torch.rand(count, *shape, generator=new_generator(2), dtype=dtype)
    return bounds[0] + (bounds[1] - bounds[0]) * drawn

"""The filters of convolutional layers, and what they measure in numbers."""

from typing import NamedTuple

import torch
from torch import Tensor, nn

from foolproof.core.errors import FoolproofError


def convolution(network: nn.Module, name: str) -> nn.Conv2d:
    """Find a convolutional layer by its name.

    Raises:
        FoolproofError: when there is none of that name; the message lists those that there are.
    """
    layers = {key: layer for key, layer in network.named_modules() if isinstance(layer, nn.Conv2d)}
    if name not in layers:
        raise FoolproofError(
            f"unknown convolutional layer {name!r}; the network has: {', '.join(layers) or 'none'}"
        )
    return layers[name]


def filters_of(network: nn.Module, name: str) -> Tensor:
    """Get the filters (out, in, kernel height, kernel width) of the convolutional layer `name`.

    Raises:
        FoolproofError: when there is no such layer.
    """
    return convolution(network, name).weight.detach()


class EnergyShares(NamedTuple):
    """How the energy (sum of squares) of filters divides; the three add up to 1."""

    constant: float
    """In each kernel's mean: it sums or blurs its input."""

    gradient: float
    """In its best-fitting plane through zero: it answers to an edge of some orientation."""

    detail: float
    """In what remains: it answers to lines, corners and spots."""


def energy_shares(filters: Tensor) -> EnergyShares:
    """Divide the energy of all kernels between three orthogonal parts.

    With a kernel k over centred coordinates (y, x), n = height * width of them, the parts are

        constant = n mean(k)^2
        gradient = (sum k y)^2 / sum y^2 + (sum k x)^2 / sum x^2
        detail   = sum k^2 - constant - gradient

    each summed over all kernels and divided by the sum of k^2. Independent random weights give
    1/n, 2/n and (n - 3)/n: for 3x3 kernels 0.11, 0.22 and 0.67.

    Args:
        filters: (out, in, kernel height, kernel width), kernels of at least 2x2.
    """
    height, width = filters.shape[2:]
    y = (torch.arange(height, device=filters.device) - (height - 1) / 2)[:, None].expand(-1, width)
    x = (torch.arange(width, device=filters.device) - (width - 1) / 2).expand(height, -1)
    basis = torch.stack([torch.ones_like(x), y, x]).flatten(1).double()
    kernels = filters.flatten(2).double()
    energy = (kernels @ basis.T).square().sum((0, 1)) / basis.square().sum(1)
    constant, vertical, horizontal = (energy / kernels.square().sum()).tolist()
    gradient = vertical + horizontal
    return EnergyShares(constant, gradient, 1 - constant - gradient)

"""Layers that torch.nn does not have."""

from typing import cast

import torch
import torch.fx
from torch import Tensor, nn
from torch.nn.functional import avg_pool2d, max_pool2d


class Normalize(nn.Module):
    """Input normalization as the first layer of a network: (x - mean) / std per channel.

    So all code outside the networks uses pixels in [0, 1].
    """

    mean: Tensor
    std: Tensor

    def __init__(self, mean: tuple[float, ...], std: tuple[float, ...]) -> None:
        super().__init__()
        self.register_buffer("mean", torch.tensor(mean)[:, None, None], persistent=False)
        self.register_buffer("std", torch.tensor(std)[:, None, None], persistent=False)

    def forward(self, pixels: Tensor) -> Tensor:
        """Map pixels (N, C, H, W) in [0, 1] to the range of the network, same shape."""
        return (pixels - self.mean) / self.std


class MaxOverMap(nn.Module):
    """Global max-pooling, equal to `AdaptiveMaxPool2d(1)` to the bit.

    On a GPU the latter has no deterministic backward pass; max-pooling with windows that do not
    overlap has one.
    """

    def forward(self, maps: Tensor) -> Tensor:
        """Reduce maps (N, C, H, W) to (N, C, 1, 1)."""
        peaks: Tensor = max_pool2d(maps, maps.shape[2:])
        return peaks


def average_pool(maps: Tensor, height: int, width: int) -> Tensor:
    """Average maps (N, C, H, W) down to (N, C, height, width), as `adaptive_avg_pool2d` does.

    Output cell i of n covers the cells from floor(i side / n) to ceil((i + 1) side / n). Where n
    divides the side, this is average pooling, else two matrix products. Unlike the original, both
    have a deterministic backward pass on a GPU.
    """
    rows, columns = maps.shape[2:]
    if rows % height == 0 and columns % width == 0:
        return avg_pool2d(maps, (rows // height, columns // width))
    down, across = _averages(rows, height, maps), _averages(columns, width, maps)
    return down @ maps @ across.T


def _averages(side: int, parts: int, maps: Tensor) -> Tensor:
    """Make the matrix (parts, side) that averages a side of `maps` over each of its parts."""
    cell = torch.arange(side, device=maps.device)
    part = torch.arange(parts, device=maps.device)[:, None]
    # The ceiling of x is -floor(-x).
    inside = (cell >= part * side // parts) & (cell < -(-(part + 1) * side // parts))
    return (inside / inside.sum(1, keepdim=True)).to(maps)


# One operation for torch.fx, which cannot trace branches that depend on the size of the maps.
torch.fx.wrap("average_pool")


class AveragePool(nn.Module):
    """`average_pool` to a fixed size as a layer."""

    def __init__(self, height: int, width: int) -> None:
        super().__init__()
        self.height, self.width = height, width

    def forward(self, maps: Tensor) -> Tensor:
        """Average maps (N, C, H, W) down to (N, C, height, width)."""
        return average_pool(maps, self.height, self.width)

    def extra_repr(self) -> str:
        """Show the size where the network is printed."""
        return f"{self.height}, {self.width}"


def write_to_new_arrays(network: nn.Module) -> None:
    """Turn off in-place activations, in place.

    They save memory, which only training needs. On a CPU a gradient through them takes a third
    longer, and they overwrite outputs of the layer before that a hook has kept.
    """
    for layer in network.modules():
        if hasattr(layer, "inplace"):
            setattr(layer, "inplace", False)  # noqa: B010 (mypy: not every layer has it)


def replace_adaptive_pools(network: nn.Module) -> None:
    """Replace each `AdaptiveAvgPool2d` with an output larger than 1x1, as in AlexNet and VGG.

    On a GPU its backward pass is not deterministic, and PyTorch raises. Global average pooling is a
    mean for PyTorch, and stays.
    """
    for name, module in list(network.named_modules()):
        if isinstance(module, nn.AdaptiveAvgPool2d) and module.output_size not in (1, (1, 1)):
            size = module.output_size
            # No architecture has None, which leaves a side as it is.
            height, width = cast(
                "tuple[int, int]", size if isinstance(size, tuple) else (size,) * 2
            )
            network.set_submodule(name, AveragePool(height, width))

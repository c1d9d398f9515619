"""Forward passes of images that differ from known ones in a window only."""

import copy
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn.functional import pad

from foolproof.models.layers import Normalize

Window = tuple[slice, slice]
"""Rows and columns of a map."""


class WindowedNetwork:
    """A network that knows its maps of some images and computes only what a window changes.

    As long as the layers of a chain look at a neighbourhood (convolution, max-pooling, anything
    that treats each cell alone), only the cells that see the window are computed; the cells
    around them come from the known image. The first layer of another kind gets whole maps again.
    A network that is no chain gets whole images; the logits are the same in any case.
    """

    def __init__(self, network: nn.Module, pixels: Tensor) -> None:
        """Compute the maps of the known images.

        Args:
            network: in eval mode; it stays as it is, for this object works with a copy.
            pixels: the known images (N, C, H, W).
        """
        # In this layout a CPU convolves more than twice as fast.
        network = copy.deepcopy(network).to(memory_format=torch.channels_last)
        layers = list(network) if isinstance(network, nn.Sequential) else [network]
        self._local_layers: list[_LocalLayer] = []
        maps = pixels
        while layers and (reaches := _reaches(layers[0], maps)):
            layer = layers.pop(0)
            rows, columns = reaches
            padded = pad(maps, (columns.padding, columns.padding, rows.padding, rows.padding))
            if isinstance(layer, nn.Conv2d):
                layer.padding = (0, 0)  # as it is in `padded` now
            self._local_layers.append(_LocalLayer(layer, padded, rows, columns))
            maps = layer(padded)
        self._maps = maps
        self._remaining_layers = nn.Sequential(*layers)

    def known_logits(self) -> Tensor:
        """Compute the logits (N, classes) of the known images."""
        logits: Tensor = self._remaining_layers(self._maps)
        return logits

    def logits(self, images: Tensor, window: Window, content: Tensor) -> Tensor:
        """Compute the logits (n, classes) of known images with another content in a window.

        Args:
            images: row numbers of the known images, (n,).
            window: where they change.
            content: what stands there, (n, C, height, width).
        """
        rows, columns = window
        for layer, padded, reach_down, reach_across in self._local_layers:
            changed_rows, seen_rows, rows = reach_down.spread(rows, padded.shape[2])
            changed_columns, seen_columns, columns = reach_across.spread(columns, padded.shape[3])
            inputs = padded[..., seen_rows, seen_columns][images]
            inputs[..., changed_rows, changed_columns] = content
            content = layer(inputs)
        maps = self._maps[images]
        maps[..., rows, columns] = content
        logits: Tensor = self._remaining_layers(maps)
        return logits


class _Reach(NamedTuple):
    """How far a cell of a layer's output looks along one axis of its input."""

    kernel: int
    stride: int
    padding: int

    def sees_all(self, side: int) -> bool:
        """Say whether every cell of the input, without padding, has an influence."""
        rest = (side + 2 * self.padding - self.kernel) % self.stride
        return rest <= self.padding and self.stride <= self.kernel

    def spread(self, changed: slice, side: int) -> tuple[slice, slice, slice]:
        """Follow a change through the layer.

        Args:
            changed: the cells of the input that change, without padding.
            side: of the input with padding.

        Returns:
            The cells of the output that change, last; before them the cells of the padded input
            that these see, and first where among those the changed ones are.
        """
        start, stop = changed.start + self.padding, changed.stop + self.padding
        first = max(-((self.kernel - 1 - start) // self.stride), 0)
        last = min(stop - 1, side - self.kernel) // self.stride
        seen = slice(first * self.stride, last * self.stride + self.kernel)
        return slice(start - seen.start, stop - seen.start), seen, slice(first, last + 1)


class _LocalLayer(NamedTuple):
    """A layer that looks at a neighbourhood, and its padded input for the known images."""

    layer: nn.Module
    padded: Tensor
    rows: _Reach
    columns: _Reach


def _reaches(layer: nn.Module, maps: Tensor) -> tuple[_Reach, _Reach] | None:
    """Find how far a layer looks down and across its input; None where it is of another kind."""
    match layer:
        case nn.Conv2d(padding=(int(down), int(across)), dilation=(1, 1), padding_mode="zeros"):
            rows = _Reach(layer.kernel_size[0], layer.stride[0], down)
            columns = _Reach(layer.kernel_size[1], layer.stride[1], across)
        case nn.MaxPool2d(
            kernel_size=int(kernel), stride=int(stride), padding=0, dilation=1, ceil_mode=False
        ):
            rows = columns = _Reach(kernel, stride, 0)
        case Normalize() | nn.BatchNorm2d() | nn.ReLU():
            rows = columns = _Reach(1, 1, 0)
        case _:
            return None
    height, width = maps.shape[2:]
    return (rows, columns) if rows.sees_all(height) and columns.sees_all(width) else None

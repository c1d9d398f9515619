"""Forward passes of images that differ from known ones in a window only.

Only what a window changes is computed, which makes occlusion maps faster than batches of whole
occluded images are (measured against Captum by benchmarks/occlude_photos.py): that is worth the
walk through the traced graph.
"""

import copy
import operator
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn
from torch.fx import GraphModule, Interpreter, Node, symbolic_trace
from torch.fx.node import map_arg
from torch.nn.functional import pad

from foolproof.networks.layers import write_to_new_arrays

Window = tuple[slice, slice]
"""Rows and columns of a map."""

# Layers and functions that compute each cell of a map from that cell alone.
POINTWISE_LAYERS = (
    nn.BatchNorm2d,
    nn.Dropout,
    nn.Hardswish,
    nn.Identity,
    nn.ReLU,
    nn.ReLU6,
    nn.SiLU,
)
POINTWISE_FUNCTIONS = (operator.add, operator.mul, operator.sub, operator.truediv)


class WindowedNetwork:
    """A network with the maps of known images, which computes only what a window changes.

    As long as the nodes of its graph are local (convolution, max-pooling, pointwise layers), only
    the cells whose receptive field meets the window are computed; the cells around them come from
    the known image. The first nodes of another kind get whole maps again. The logits are those of
    the whole images in any case.
    """

    def __init__(self, network: nn.Module, pixels: Tensor) -> None:
        """Compute the maps of the known images.

        Args:
            network: in eval mode, and such that torch.fx can trace it; it stays as it is, for
                this object works with a copy.
            pixels: the known images (N, C, H, W).
        """
        # In this layout a CPU convolves more than twice as fast.
        copied = copy.deepcopy(network).to(memory_format=torch.channels_last)
        write_to_new_arrays(copied)
        graph = symbolic_trace(copied)
        recording = Interpreter(graph, garbage_collect_values=False)
        self._known_logits: Tensor = recording.run(pixels)
        local_nodes: dict[Node, _LocalNode] = {}
        known_maps: dict[Node, Tensor] = {}
        partial: set[Node] = set()
        for node in graph.graph.nodes:
            known = {source: recording.env[source] for source in node.all_input_nodes}
            sources = {source: maps for source, maps in known.items() if source in partial}
            if node.op == "placeholder":
                partial.add(node)
            elif local := _local_node(node, graph, known, sources):
                local_nodes[node] = local
                partial.add(node)
            else:
                known_maps.update(sources)
        self._windowed_pass = _WindowedPass(graph, local_nodes, known_maps)

    def known_logits(self) -> Tensor:
        """Return the logits (N, classes) of the known images."""
        return self._known_logits

    def logits(self, images: Tensor, window: Window, content: Tensor) -> Tensor:
        """Compute the logits (n, classes) of known images with another content in a window.

        Args:
            images: indices of the known images, (n,).
            window: where they change.
            content: of the window, (n, C, height, width).
        """
        return self._windowed_pass.logits(images, _Change(*window, content))


class _Reach(NamedTuple):
    """The receptive field of a node along one axis of its input."""

    kernel: int
    stride: int
    padding: int

    def covers_all(self, side: int) -> bool:
        """Tell whether every cell of the input, without padding, has an influence."""
        rest = (side + 2 * self.padding - self.kernel) % self.stride
        return rest <= self.padding and self.stride <= self.kernel

    def spread(self, changed: slice, side: int) -> tuple[slice, slice]:
        """Follow a change through the node.

        Args:
            changed: the cells that change of the input with padding.
            side: of the input with padding.

        Returns:
            The receptive field of the changing cells of the output in the padded input, and these.
        """
        first = max(-((self.kernel - 1 - changed.start) // self.stride), 0)
        last = min(changed.stop - 1, side - self.kernel) // self.stride
        seen = slice(first * self.stride, last * self.stride + self.kernel)
        return seen, slice(first, last + 1)


CELL = _Reach(kernel=1, stride=1, padding=0)


class _Change(NamedTuple):
    """A part of maps that differs from the known ones, and its content."""

    rows: slice
    columns: slice
    content: Tensor


class _LocalNode(NamedTuple):
    """A node whose output depends on a neighbourhood of each cell."""

    compute: Callable[..., Tensor]
    """Its function of maps that are padded already."""

    rows: _Reach
    columns: _Reach
    known: dict[Node, Tensor]
    """Its inputs for the known images, padded."""


class _WindowedPass(Interpreter):
    """An interpreter of a network's graph that passes on changes as long as nodes are local."""

    def __init__(
        self,
        graph: GraphModule,
        local_nodes: Mapping[Node, _LocalNode],
        known_maps: Mapping[Node, Tensor],
    ) -> None:
        super().__init__(graph)
        self._local_nodes = local_nodes
        self._known_maps = known_maps

    def logits(self, images: Tensor, change: _Change) -> Tensor:
        """Compute the logits (n, classes) of the known images at these indices, with a change."""
        self._images = images
        logits: Tensor = self.run(change)
        return logits

    def run_node(self, node: Node) -> Any:
        """Compute a node's output: a `_Change`, or whole maps."""
        if local := self._local_nodes.get(node):
            return self._changed_part(node, local)
        everywhere = slice(0, None)
        whole = {
            source: self._paste(self._known_maps[source], everywhere, everywhere, change)
            for source in node.all_input_nodes
            if isinstance(change := self.env[source], _Change)
        }
        return getattr(self, node.op)(node.target, *self._arguments(node, whole))

    def _changed_part(self, node: Node, local: _LocalNode) -> _Change:
        """Compute the cells of a local node's output that a change of its inputs reaches."""
        changes = {
            source: _Change(
                _shift(rows, local.rows.padding), _shift(columns, local.columns.padding), content
            )
            for source in local.known
            for rows, columns, content in [self.env[source]]
        }
        height, width = next(iter(local.known.values())).shape[2:]
        changed_rows = _union([change.rows for change in changes.values()])
        changed_columns = _union([change.columns for change in changes.values()])
        seen_rows, rows = local.rows.spread(changed_rows, height)
        seen_columns, columns = local.columns.spread(changed_columns, width)
        seen = {
            source: self._paste(local.known[source], seen_rows, seen_columns, change)
            for source, change in changes.items()
        }
        args, kwargs = self._arguments(node, seen)
        return _Change(rows, columns, local.compute(*args, **kwargs))

    def _paste(self, known: Tensor, rows: slice, columns: slice, change: _Change) -> Tensor:
        """Take a part of the known maps of this pass's images, with a change in it."""
        if (rows, columns) == (change.rows, change.columns):
            return change.content
        part = known[:, :, rows, columns][self._images]
        inside = _shift(change.rows, -rows.start), _shift(change.columns, -columns.start)
        part[:, :, *inside] = change.content
        return part

    def _arguments(self, node: Node, inputs: Mapping[Node, Tensor]) -> Any:
        """Return a node's arguments, with some of its inputs replaced."""
        return map_arg(
            (node.args, node.kwargs),
            lambda source: inputs[source] if source in inputs else self.env[source],
        )


def _shift(part: slice, by: int) -> slice:
    return slice(part.start + by, part.stop + by)


def _union(parts: list[slice]) -> slice:
    return slice(min(part.start for part in parts), max(part.stop for part in parts))


def _local_node(
    node: Node, graph: GraphModule, known: Mapping[Node, Tensor], partial: Mapping[Node, Tensor]
) -> _LocalNode | None:
    """Prepare a local node; None for one of another kind.

    Args:
        node: of the graph.
        graph: with the layers.
        known: the node's inputs for the known images.
        partial: those of which a pass has changes only, (N, C, H, W) each.
    """
    if not partial:
        return None
    neighbourhood = _neighbourhood(node, graph)
    sides = {tuple(value.shape[2:]) for value in partial.values()}
    constants = known.keys() - partial.keys()
    if (
        neighbourhood is None
        or len(sides) > 1
        or any(source.op != "get_attr" for source in constants)
        or any(set(known[source].shape[-2:]) - {1} for source in constants)
    ):
        return None
    compute, rows, columns = neighbourhood
    height, width = sides.pop()
    if not (rows.covers_all(height) and columns.covers_all(width)):
        return None
    padding = (columns.padding, columns.padding, rows.padding, rows.padding)
    padded = {
        source: pad(maps, padding) if any(padding) else maps for source, maps in partial.items()
    }
    return _LocalNode(compute, rows, columns, padded)


def _neighbourhood(
    node: Node, graph: GraphModule
) -> tuple[Callable[..., Tensor], _Reach, _Reach] | None:
    """Find a node's function of padded maps, and its reach down and across them."""
    if node.op == "call_function" and node.target in POINTWISE_FUNCTIONS:
        return node.target, CELL, CELL
    match graph.get_submodule(str(node.target)) if node.op == "call_module" else None:
        case (
            nn.Conv2d(
                padding=(int(down), int(across)), dilation=(1, 1), padding_mode="zeros"
            ) as layer
        ):
            unpadded = copy.copy(layer)
            unpadded.padding = (0, 0)
            rows = _Reach(layer.kernel_size[0], layer.stride[0], down)
            return unpadded, rows, _Reach(layer.kernel_size[1], layer.stride[1], across)
        case (
            nn.MaxPool2d(
                kernel_size=int(kernel), stride=int(stride), padding=0, dilation=1, ceil_mode=False
            ) as layer
        ):
            return layer, _Reach(kernel, stride, 0), _Reach(kernel, stride, 0)
        case layer if isinstance(layer, POINTWISE_LAYERS):
            return layer, CELL, CELL
    return None

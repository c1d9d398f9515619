"""Structure of a network: shapes, parameters, neurons and receptive fields of its layers."""

from dataclasses import dataclass

import torch
from torch import nn

from foolproof.networks.layers import AveragePool, MaxOverMap
from foolproof.networks.outputs import layer_outputs

Span = tuple[int, int]
"""First and last pixel along one axis of the image that a cell of a map depends on."""

ADAPTIVE = (nn.AdaptiveAvgPool2d, nn.AdaptiveMaxPool2d, AveragePool, MaxOverMap)
"""Pools whose windows follow from the sizes of their input and output."""


@dataclass(frozen=True)
class Layer:
    """A layer and its sizes for one image; shapes are without the batch dimension."""

    name: str
    kind: str
    input_shape: tuple[int, ...]
    output_shape: tuple[int, ...]
    parameters: int
    neurons: int
    receptive_field: int | None
    """Pixels along one side of the image, at most all; None behind the last map."""


@dataclass(frozen=True)
class Structure:
    """Layers of a network, and counts in all, in convolutional and in fully connected layers."""

    layers: list[Layer]
    parameters: int
    parameters_conv: int
    parameters_fc: int
    parameters_norm: int
    """Of batch norm, which is neither convolutional nor fully connected."""

    neurons: int
    neurons_conv: int
    neurons_fc: int
    receptive_field: int
    """The largest of a layer that still has a map."""


def layers_of(network: nn.Module, input_shape: tuple[int, ...]) -> list[Layer]:
    """List the layers of a network in the order of a forward pass.

    A neuron is one output number of a convolution or a fully connected layer. The receptive field
    is the number of pixels along the longer side that a cell of a map depends on, of the cell with
    the most. Away from the borders it follows r' = r + d (k - 1) j, j' = j s for kernels k,
    dilations d and strides s (Araujo et al., 2019, doi 10.23915/distill.00021). Borders cut it, so
    that it never exceeds the image; adaptive pooling to one cell has the whole map.

    Args:
        network: a chain of layers, each used once; it stays in the mode that it is in. Layers other
            than convolutions and pools work on each cell of a map alone.
        input_shape: (C, H, W) of one image.
    """
    modules = {name: each for name, each in network.named_modules() if not any(each.children())}
    training = network.training
    try:
        with torch.no_grad():
            outputs = layer_outputs(network.eval(), modules, torch.zeros(1, *input_shape))
    finally:
        network.train(training)
    layers: list[Layer] = []
    shape = input_shape
    spans = [[(pixel, pixel) for pixel in range(side)] for side in input_shape[1:]]
    for name, output in outputs.items():
        module = modules[name]
        if output.dim() == 4:
            spans = [
                [_union(cells, window) for window in _windows(module, axis, len(cells), side)]
                for axis, (cells, side) in enumerate(zip(spans, output.shape[2:], strict=True))
            ]
        layers.append(
            Layer(
                name=name,
                kind=type(module).__name__,
                input_shape=shape,
                output_shape=tuple(output.shape[1:]),
                parameters=sum(p.numel() for p in module.parameters(recurse=False)),
                neurons=output[0].numel() if isinstance(module, nn.Conv2d | nn.Linear) else 0,
                receptive_field=_longest(spans) if output.dim() == 4 else None,
            )
        )
        shape = layers[-1].output_shape
    return layers


def describe(network: nn.Module, input_shape: tuple[int, ...]) -> Structure:
    """List the layers of a network, and count its parameters and neurons.

    Args:
        network: a chain of layers without branches; its mode does not change.
        input_shape: (C, H, W) of one image.
    """
    layers = layers_of(network, input_shape)

    def parameters(*kinds: str) -> int:
        return sum(layer.parameters for layer in layers if layer.kind in kinds)

    def neurons(kind: str) -> int:
        return sum(layer.neurons for layer in layers if layer.kind == kind)

    return Structure(
        layers=layers,
        parameters=sum(layer.parameters for layer in layers),
        parameters_conv=parameters("Conv2d"),
        parameters_fc=parameters("Linear"),
        parameters_norm=parameters("BatchNorm1d", "BatchNorm2d"),
        neurons=sum(layer.neurons for layer in layers),
        neurons_conv=neurons("Conv2d"),
        neurons_fc=neurons("Linear"),
        receptive_field=max(layer.receptive_field or 0 for layer in layers),
    )


def _windows(module: nn.Module, axis: int, cells: int, outputs: int) -> list[range]:
    """List the cells of its input that each output cell of a layer depends on, along one axis.

    Args:
        module: the layer.
        axis: 0 for the height, 1 for the width.
        cells: of the input along this axis.
        outputs: of the output.
    """
    if isinstance(module, ADAPTIVE):  # from floor(i n / m) to ceil((i + 1) n / m)
        return [
            range(index * cells // outputs, -(-(index + 1) * cells // outputs))
            for index in range(outputs)
        ]
    if not isinstance(module, nn.Conv2d | nn.MaxPool2d | nn.AvgPool2d):
        return [range(index, index + 1) for index in range(outputs)]
    kernel, stride = _along(axis, module.kernel_size), _along(axis, module.stride)
    dilation = _along(axis, getattr(module, "dilation", 1))
    before = dilation * (kernel - 1) // 2  # of "same" padding
    if module.padding == "valid":
        before = 0
    elif not isinstance(module.padding, str):
        before = _along(axis, module.padding)
    starts = [index * stride - before for index in range(outputs)]
    return [range(start, start + dilation * (kernel - 1) + 1, dilation) for start in starts]


def _along(axis: int, size: int | tuple[int, ...]) -> int:
    """Select the size along an axis; one number is for both."""
    return size if isinstance(size, int) else size[axis]


def _union(cells: list[Span], window: range) -> Span:
    """Unite the spans of the cells in a window; those of the padding have none.

    Where a window lies in the padding alone, the nearest cell stands for it.
    """
    inside = [cells[at] for at in window if 0 <= at < len(cells)]
    if not inside:
        inside = [cells[0] if window.start < 0 else cells[-1]]
    firsts, lasts = zip(*inside, strict=True)
    return min(firsts), max(lasts)


def _longest(spans: list[list[Span]]) -> int:
    """Count the pixels of the longest span of all axes."""
    return max(last - first + 1 for cells in spans for first, last in cells)

"""Structure of a network: shapes, parameters, neurons and receptive fields of its layers."""

from dataclasses import dataclass

import torch
from torch import nn

from foolproof.networks.outputs import layer_outputs


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
    """Pixels along one side of the image; None for all."""


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
    """Of the last layer that still has a map."""


def layers_of(network: nn.Module, input_shape: tuple[int, ...]) -> list[Layer]:
    """List the layers of a network in the order of a forward pass.

    A neuron is one output number of a convolution or a fully connected layer. The receptive field
    (pixels along one side) follows r' = r + (k - 1) j, j' = j s for kernels k and strides s; it is
    None after flattening, where it is the whole image.

    Args:
        network: a chain of layers, each used once; it stays in the mode that it is in.
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
    field, jump, shape = 1, 1, input_shape
    for name, output in outputs.items():
        module = modules[name]
        if isinstance(module, nn.Conv2d | nn.MaxPool2d | nn.AvgPool2d):
            kernel, stride = _side(module.kernel_size), _side(module.stride)
            field, jump = field + (kernel - 1) * jump, jump * stride
        layers.append(
            Layer(
                name=name,
                kind=type(module).__name__,
                input_shape=shape,
                output_shape=tuple(output.shape[1:]),
                parameters=sum(p.numel() for p in module.parameters(recurse=False)),
                neurons=output[0].numel() if isinstance(module, nn.Conv2d | nn.Linear) else 0,
                receptive_field=field if output.dim() == 4 else None,
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


def _side(size: int | tuple[int, ...]) -> int:
    return size if isinstance(size, int) else size[0]

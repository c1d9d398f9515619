"""What follows from a network's structure alone: shapes, parameters, neurons, receptive fields."""

from dataclasses import asdict, dataclass
from typing import Any

import torch
from torch import nn

from foolproof.networks.outputs import layer_outputs


@dataclass(frozen=True)
class Layer:
    """One layer as an image passes through it; shapes are without the batch dimension."""

    name: str
    kind: str
    input_shape: tuple[int, ...]
    output_shape: tuple[int, ...]
    parameters: int
    neurons: int
    receptive_field: int | None


def layers_of(network: nn.Module, input_shape: tuple[int, ...]) -> list[Layer]:
    """List the layers in the order in which one image passes through them.

    A neuron is one output number of a convolution or a fully connected layer. The receptive field
    (pixels along one side) follows r' = r + (k - 1) j, j' = j s through kernels k and strides s
    of a chain of layers; it is None once the image has been flattened, where it is everything.

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


def describe(network: nn.Module, input_shape: tuple[int, ...]) -> dict[str, Any]:
    """Count parameters and neurons in all, in the convolutional and in the connected layers.

    The parameters of batch norm belong to neither kind and have a count of their own. The
    receptive field is that of the last layer that still has a map.
    """
    layers = layers_of(network, input_shape)

    def total(quantity: str, *kinds: str) -> int:
        return sum(getattr(layer, quantity) for layer in layers if layer.kind in kinds)

    return {
        "layers": [asdict(layer) for layer in layers],
        "parameters": sum(layer.parameters for layer in layers),
        "parameters_conv": total("parameters", "Conv2d"),
        "parameters_fc": total("parameters", "Linear"),
        "parameters_norm": total("parameters", "BatchNorm1d", "BatchNorm2d"),
        "neurons": sum(layer.neurons for layer in layers),
        "neurons_conv": total("neurons", "Conv2d"),
        "neurons_fc": total("neurons", "Linear"),
        "receptive_field": max(layer.receptive_field or 0 for layer in layers),
    }


def _side(size: int | tuple[int, ...]) -> int:
    return size if isinstance(size, int) else size[0]

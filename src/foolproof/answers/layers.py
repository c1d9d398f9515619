"""The layers of a network as a table."""

from collections.abc import Mapping, Sequence
from math import sqrt
from typing import Any

from foolproof.answers.document import Table
from foolproof.answers.markup import code
from foolproof.answers.numbers import count, shape

KINDS = {
    "Normalize": "fixed shift and scale",
    "Conv2d": "convolution",
    "BatchNorm2d": "batch norm",
    "BatchNorm1d": "batch norm",
    "MaxPool2d": "max-pooling",
    "AvgPool2d": "average pooling",
    "AdaptiveAvgPool2d": "global average pooling",
    "MaxOverMap": "global max-pooling",
    "Scale": "fixed scale",
    "Flatten": "flatten",
    "Linear": "fully connected",
    "Softmax": "softmax",
}
"""Names of the kinds of layers."""

Layer = Mapping[str, Any]
"""As metrics/networks/layers.json lists it."""


def kernel_side(layer: Mapping[str, Any]) -> int:
    """Find the side k of a convolution's kernel from its parameters, k² c c' or (k² c + 1) c'.

    A bias for each output channel adds at most 1 to k², which the rounding removes.
    """
    inputs, outputs = layer["input_shape"][0], layer["output_shape"][0]
    return round(sqrt(layer["parameters"] / inputs / outputs))


def layers_table(layers: Sequence[Layer], *, caption: str, label: str) -> Table:
    """List layers with their shapes and counts; a receptive field of None is the whole image."""
    return Table(
        label=label,
        caption=caption,
        header=["Layer", "Kind", "Input", "Output", "Parameters", "Neurons", "Receptive field"],
        rows=[
            [
                code(layer["name"]),
                KINDS.get(str(layer["kind"]), str(layer["kind"])),
                shape(layer["input_shape"]),
                shape(layer["output_shape"]),
                count(layer["parameters"]) if layer["parameters"] else "–",
                count(layer["neurons"]) if layer["neurons"] else "–",
                "all" if layer["receptive_field"] is None else str(layer["receptive_field"]),
            ]
            for layer in layers
        ],
        texts=2,
    )

"""EE6132, questions 1.3 to 1.5: shapes, parameters and neurons."""

from collections.abc import Mapping, Sequence
from math import prod
from typing import Any

from foolproof.answers.document import Answer, Paragraph, Table
from foolproof.answers.layers import kernel_side, layers_table
from foolproof.answers.markup import code
from foolproof.answers.numbers import count, listed, percent, shape

Layer = Mapping[str, Any]
Layers = Sequence[Layer]


def of_kind(layers: Layers, kind: str) -> list[Layer]:
    """List the layers of a kind."""
    return [layer for layer in layers if layer["kind"] == kind]


def pixels_of(layers: Layers) -> int:
    """Count the pixels of an image."""
    return prod(layers[0]["input_shape"])


def shapes_answer(layers: Layers, with_norm: Layers) -> Answer:
    """Answer question 1.3.

    Args:
        layers: of the network without batch norm.
        with_norm: of the network with it.
    """
    shown = [each for each in layers if each["kind"] in ("Conv2d", "MaxPool2d", "Linear")]
    outputs = listed([f"{shape(each['output_shape'])} ({code(each['name'])})" for each in shown])
    pooled, logits = of_kind(layers, "MaxPool2d")[-1], shown[-1]["output_shape"]
    softmax = {
        "name": "softmax",
        "kind": "Softmax",
        "input_shape": logits,
        "output_shape": logits,
        "parameters": 0,
        "neurons": 0,
        "receptive_field": None,
    }
    norms = [
        f"{code(each['name'])} ({shape(each['output_shape'])})"
        for each in of_kind(with_norm, "BatchNorm2d")
    ]
    side = kernel_side(of_kind(layers, "Conv2d")[0])
    return Answer(
        number="1.3",
        question="What are the dimensions of the input and output of each layer?",
        answer=f"From {shape(layers[0]['input_shape'])} at the input to {outputs}; each layer's "
        "input is the output of the one before (@tab-layers).",
        glance=f"{shape(layers[0]['input_shape'])} at the input, {shape(pooled['output_shape'])} "
        f"after {code(pooled['name'])}, {logits[0]} logits at the output.",
        rule="Recorded while an image passes through the network.",
        numbers={each["name"]: each["output_shape"] for each in layers},
        evidence=[
            layers_table(
                [*layers, softmax],
                caption="The network without batch norm, layer by layer, for one image: channels × "
                "height × width, or numbers. The receptive field is in input pixels along a side.",
                label="tab-layers",
            ),
            Paragraph(
                "A kernel of side $k$ with padding $p$ and stride $s$ turns a side of $n$ pixels "
                "into $floor((n + 2p - k) \\/ s) + 1$, so the convolutions, with "
                f"$k = {side}$, $p = 1$, $s = 1$, keep the side and each pooling halves it. With "
                f"batch norm, {listed(norms)} follow the convolutions and keep all shapes. Pooling "
                "precedes the ReLU: both orders give the same function, "
                "$max(0, max_i x_i) = max_i max(0, x_i)$, and this one rectifies a quarter of the "
                f"numbers. Softmax is part of the loss and maps the {logits[0]} logits to "
                "probabilities."
            ),
        ],
    )


def parameters_answer(layers: Layers, networks: Mapping[str, Any]) -> Answer:
    """Answer question 1.4.

    Args:
        layers: of the network without batch norm.
        networks: metrics/networks.json.
    """
    counts = networks["mnist_nobn"]
    total, conv, fully = (counts[f"parameters{each}"] for each in ("", "_conv", "_fc"))
    return Answer(
        number="1.4",
        question="Exactly how many parameters does the network have; how many are in convolutional "
        "and how many in fully connected layers?",
        answer=f"{count(total)} parameters: {count(conv)} in the convolutional layers and "
        f"{count(fully)} in the fully connected ones.",
        rule="Counted from the network's tensors.",
        numbers={"parameters": total, "convolutional": conv, "fully_connected": fully},
        evidence=[
            Paragraph(
                "A convolution from $c$ to $c'$ channels has a $k times k times c$ kernel and a "
                "bias for each output channel, a fully connected layer $n$ weights and a bias for "
                "each of its $n'$ outputs: $P_\"conv\" = (k^2 c + 1) c'$ and "
                '$P_"fc" = (n + 1) n\'$.'
            ),
            parameters_table(layers, total),
            Paragraph(
                f"{percent(fully / total, 1)} of the parameters are in the fully connected layers, "
                f"but {percent(counts['neurons_conv'] / counts['neurons'], 1)} of the neurons are "
                "in the convolutional ones, since a convolution shares its weights between all "
                "positions. Batch norm adds a scale and a shift for each channel, "
                f"{count(networks['mnist_bn']['parameters_norm'])} parameters in all (running "
                "means and variances are not learned)."
            ),
        ],
    )


def parameters_table(layers: Layers, total: int) -> Table:
    """Calculate the parameters of each layer."""
    convolutions = [
        [
            code(each["name"]),
            f"({kernel_side(each)}² · {each['input_shape'][0]} + 1) · {each['output_shape'][0]}",
            count(each["parameters"]),
        ]
        for each in of_kind(layers, "Conv2d")
    ]
    fully_connected = [
        [
            code(each["name"]),
            f"({count(each['input_shape'][0])} + 1) · {count(each['output_shape'][0])}",
            count(each["parameters"]),
        ]
        for each in of_kind(layers, "Linear")
    ]
    return Table(
        label="tab-parameters",
        caption="The parameters of the network without batch norm.",
        header=["Layer", "Calculation", "Parameters"],
        rows=[*convolutions, *fully_connected, ["*Sum*", "", f"*{count(total)}*"]],
    )


def neurons_answer(layers: Layers, networks: Mapping[str, Any]) -> Answer:
    """Answer question 1.5; the arguments are those of `parameters_answer`."""
    counts = networks["mnist_nobn"]
    total, conv, fully = (counts[f"neurons{each}"] for each in ("", "_conv", "_fc"))
    maps = " + ".join(
        " · ".join(map(str, each["output_shape"])) for each in of_kind(layers, "Conv2d")
    )
    outputs = " + ".join(count(each["output_shape"][0]) for each in of_kind(layers, "Linear"))
    return Answer(
        number="1.5",
        question="Exactly how many neurons does the network have; how many are in convolutional "
        "and how many in fully connected layers?",
        answer=f"{count(total)} neurons: {count(conv)} in the convolutional layers and "
        f"{count(fully)} in the fully connected ones.",
        rule="Counted from the recorded shapes.",
        numbers={"neurons": total, "convolutional": conv, "fully_connected": fully},
        evidence=[
            Paragraph(
                "A neuron is one output number of a convolution or of a fully connected layer; "
                "pooling, ReLU and batch norm add none. So there are "
                f"{maps} = {count(conv)} convolutional and {outputs} = {count(fully)} fully "
                "connected neurons."
            )
        ],
    )

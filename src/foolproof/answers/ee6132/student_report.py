"""EE6132: the numbers of a student's report on the same sheet, beside ours.

They are that report's claims; none was checked by running its code.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from foolproof.answers.document import Block, Bullets, Paragraph
from foolproof.answers.markup import code
from foolproof.answers.numbers import (
    count,
    counted,
    fixed,
    listed,
    percent,
    plus_minus,
    ratio_interval,
    side_of,
)

CLAIMS: Mapping[str, Any] = {
    "epochs": 10,
    "test_accuracy": 0.9857,
    "seconds": {"nobn": 351, "bn": 392},
    "parameters": 1044696,
    "neurons": 32360,
    "layers": {
        "conv1": {"parameters": 320, "neurons": 25088},
        "norm1": {"parameters": 64, "neurons": 0},
        "conv2": {"parameters": 9248, "neurons": 6272},
        "norm2": {"parameters": 64, "neurons": 0},
        "fc1": {"parameters": 784500, "neurons": 500},
        "fc2": {"parameters": 250500, "neurons": 500},
    },
    "steps": 500,
    "min_confidence": 0.9856,
}
"""What the report states."""

VARIANT = "mnist_two_hidden"
"""The network that it describes, in metrics/networks.json."""


def comparison(
    trainings: Mapping[str, Any],
    slowdown: Mapping[str, Any],
    networks: Mapping[str, Any],
    layers: Sequence[Mapping[str, Any]],
    min_confidence: float,
) -> list[Block]:
    """Compare its numbers with ours.

    Args:
        trainings: metrics/mnist/{nobn,bn}.json by network.
        slowdown: ratio of the times of an epoch with and without batch norm.
        networks: metrics/networks.json.
        layers: of its network.
        min_confidence: of our class-maximizing images.
    """
    return [
        Paragraph(
            "A student's report on the same sheet gives numbers, quoted here as it states them. "
            "Its network has a second hidden layer; recipes and step sizes differ, so results are "
            "compared, not methods."
        ),
        Bullets(
            [
                accuracy_text(trainings["nobn"]["test_accuracy"], trainings["nobn"]["epochs"]),
                time_text(slowdown),
                counts_text(networks[VARIANT], layers, CLAIMS),
                confidence_text(min_confidence),
            ]
        ),
    ]


def accuracy_text(ours: Mapping[str, Any], epochs: int) -> str:
    """Compare the test accuracies, by our interval."""
    claim = CLAIMS["test_accuracy"]
    ahead = plus_minus({**ours, "mean": abs(ours["mean"] - claim)}, scale=100)
    points = f"{ahead} percentage points (n = {ours['n']})"
    found = {
        "above": f"is above that by {points}",
        "below": f"is below that by {points}",
        "straddles": f"does not differ from that significantly (by {points})",
        "unknown": f"differs from that by {points}, for the one seed that there is",
    }[side_of(ours, claim)]
    return (
        f"Test accuracy: {percent(claim)} after {CLAIMS['epochs']} epochs. Ours without batch "
        f"norm, after {counted(epochs, 'epoch')}, {found}."
    )


def time_text(slowdown: Mapping[str, Any]) -> str:
    """Compare the ratios of the times with and without batch norm."""
    seconds = CLAIMS["seconds"]
    return (
        f"Time of training with batch norm to that without: "
        f"{fixed(seconds['bn'] / seconds['nobn'], 2)} from one run each. Ours of an epoch: "
        f"{ratio_interval(slowdown)}."
    )


def counts_text(
    counts: Mapping[str, Any], layers: Sequence[Mapping[str, Any]], claims: Mapping[str, Any]
) -> str:
    """Compare the counts, and name the layers that explain a difference."""
    keys = ("parameters", "neurons")
    start = (
        f"Counts: {count(claims['parameters'])} parameters and {count(claims['neurons'])} neurons. "
        f"For its network we count {count(counts['parameters'])} and {count(counts['neurons'])}."
    )
    nothing = dict.fromkeys(keys, 0)
    disputed = [
        layer
        for layer in layers
        if any(layer[key] != claims["layers"].get(layer["name"], nothing)[key] for key in keys)
    ]
    absent = [layer for layer in disputed if layer["name"] not in claims["layers"]]
    if not disputed:
        return f"{start} Both agree."
    if absent == disputed and all(
        sum(layer[key] for layer in absent) == counts[key] - claims[key] for key in keys
    ):
        omitted = listed(
            [
                f"{code(layer['name'])}, the layer with {layer['output_shape'][0]} outputs "
                f"({count(layer['parameters'])} parameters, {counted(layer['neurons'], 'neuron')})"
                for layer in absent
            ]
        )
        return (
            f"{start} Its counts are correct layer by layer, but omit {omitted}, which accounts "
            "for the whole difference."
        )
    return f"{start} They differ in {listed([code(layer['name']) for layer in disputed])}."


def confidence_text(ours: float) -> str:
    """Compare the confidences of class-maximizing images."""
    claim = CLAIMS["min_confidence"]
    side = "above" if ours > claim else "not above"
    return (
        f"Min confidence of its class-maximizing images, after {CLAIMS['steps']} steps: "
        f"{percent(claim)}. Ours is {side} it."
    )

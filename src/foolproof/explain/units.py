"""Units of a pretrained network by name: single neurons, channels and classes."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn

from foolproof.core.errors import FoolproofError
from foolproof.networks.outputs import channels_first, layer_outputs
from foolproof.optimize.objectives import Evaluation, Network, Objective
from foolproof.photos.names import nearest_names
from foolproof.pretrained.load import Pretrained, class_index

PATTERN = re.compile(r"(?P<layer>[\w.]+):(?P<index>\d+)(?::(?P<y>\d+),(?P<x>\d+))?")

# Layers with neurons of their own, as the sheet has it: convolutional and fully connected.
KINDS = (nn.Conv2d, nn.Linear)


@dataclass(frozen=True)
class Unit:
    """A neuron, or a channel, whose activation is the mean over its neurons."""

    name: str
    """As it was given."""

    layer: str
    """By the name that the architecture gives it."""

    index: int
    """Of the channel, or of the neuron of a fully connected layer."""

    place: tuple[int, int] | None = None
    """Row and column of a neuron in its map; None for the whole channel."""

    def activation(self, output: Tensor) -> Tensor:
        """Pick the activation (n,) from the layer's output, (n, C, H, W) or (n, D)."""
        chosen = output[:, self.index]
        if self.place is not None:
            return chosen[:, *self.place]
        return chosen.flatten(1).mean(1) if chosen.dim() > 1 else chosen


def layers_with_units(pretrained: Pretrained) -> dict[str, nn.Module]:
    """List the convolutional and fully connected layers in the order of their definition."""
    body = pretrained.network.get_submodule("body")
    return {name: module for name, module in body.named_modules() if isinstance(module, KINDS)}


def find_unit(pretrained: Pretrained, name: str) -> Unit:
    """Find a unit by `layer:index`, `layer:index:y,x`, or the name of a class.

    A class is a neuron of the last layer, or a channel where that layer is convolutional.

    Raises:
        FoolproofError: for an unknown name, layer, index or place; the message lists valid ones.
    """
    layers = layers_with_units(pretrained)
    if ":" not in name:
        return Unit(name, list(layers)[-1], class_index(pretrained, name))
    parsed = PATTERN.fullmatch(name)
    if parsed is None:
        raise FoolproofError(
            f"{name!r} is no unit; expected layer:index, layer:index:y,x or the name of a class"
        )
    layer, index = parsed["layer"], int(parsed["index"])
    if layer not in layers:
        raise FoolproofError(
            f"{name!r}: {pretrained.architecture} has no layer {layer!r}; the nearest are: "
            f"{nearest_names(layer, layers)}; all are: {', '.join(layers)}"
        )
    place = None if parsed["y"] is None else (int(parsed["y"]), int(parsed["x"]))
    _check(name, _output_shape(pretrained, layer), index, place)
    return Unit(name, layer, index, place)


def most_activated_channels(
    pretrained: Pretrained, pixels: Tensor, *, layers: int, channels: int
) -> list[Unit]:
    """Choose channels of an early, a middle and a late layer, or of as many parts of the depth.

    In each layer the channels with the highest activation by some photo are taken.

    Args:
        pretrained: the network.
        pixels: photos, (N, 3, crop, crop), in [0, 1].
        layers: how many convolutional layers, at least one: the middle ones of as many equal parts.
        channels: how many of each.
    """
    convolutions = [
        name
        for name, module in layers_with_units(pretrained).items()
        if isinstance(module, nn.Conv2d)
    ]
    last = len(convolutions) - 1
    chosen = [convolutions[round(last * (part + 0.5) / layers)] for part in range(layers)]
    with torch.no_grad():
        outputs = layer_outputs(pretrained.network, [f"body.{name}" for name in chosen], pixels)
    peaks = {name: outputs[f"body.{name}"].mean((2, 3)).amax(0) for name in dict.fromkeys(chosen)}
    return [
        Unit(f"{name}:{index}", name, index)
        for name, peak in peaks.items()
        for index in peak.argsort(descending=True)[:channels].tolist()
    ]


def choose_classes(
    classes: Sequence[str],
    transfer_classes: Sequence[str],
    labels: Sequence[str | None],
    number: int,
) -> list[str]:
    """Choose classes of a network, those that the transfer network has as well first.

    Of these and of the others, labels of photos come first, then classes evenly from the list.

    Args:
        classes: of the network that images are optimized for.
        transfer_classes: of the transfer network.
        labels: of photos, which may be among the classes.
        number: of classes; fewer where there are fewer.
    """
    of_transfer = set(transfer_classes)
    common = [name for name in classes if name in of_transfer]
    other = [name for name in classes if name not in of_transfer]
    candidates: list[str] = []
    for group in (common, other):
        spread = np.linspace(0, max(len(group) - 1, 0), 3 * number).astype(int)
        candidates += [name for name in dict.fromkeys(labels) if name in group]
        candidates += [group[index] for index in spread if group]
    return list(dict.fromkeys(candidates))[:number]


def _check(name: str, shape: tuple[int, ...], index: int, place: tuple[int, int] | None) -> None:
    """Raise if an index or a place is outside the shape of a layer's output."""
    if index >= shape[0]:
        raise FoolproofError(f"{name!r}: the layer has the indices 0 to {shape[0] - 1}")
    if place is None:
        return
    if len(shape) == 1:
        raise FoolproofError(f"{name!r}: a fully connected layer has no places")
    _, rows, columns = shape
    if place[0] >= rows or place[1] >= columns:
        raise FoolproofError(
            f"{name!r}: the map has the rows 0 to {rows - 1} and the columns 0 to {columns - 1}"
        )


def _output_shape(pretrained: Pretrained, layer: str) -> tuple[int, ...]:
    """Find the shape of a layer's output for one photo."""
    device = next(pretrained.network.parameters()).device
    photo = torch.zeros(1, 3, pretrained.crop, pretrained.crop, device=device)
    with torch.no_grad():
        outputs = layer_outputs(pretrained.network, [f"body.{layer}"], photo)
    return tuple(channels_first(outputs[f"body.{layer}"]).shape[1:])


class UnitActivations(nn.Module):
    """A network from pixels to the activations of units, which take the place of logits.

    So `ClassLogit(indices)` is the objective of one unit for each example, by its index in `units`.
    """

    def __init__(self, network: nn.Module, units: Sequence[Unit]) -> None:
        """Take a network with a `body`, and any number of its units."""
        super().__init__()
        self.network, self.units = network, tuple(units)

    def forward(self, pixels: Tensor) -> Tensor:
        """Compute the activations (N, units) of pixels (N, C, H, W) in [0, 1]."""
        names = [f"body.{unit.layer}" for unit in self.units]
        outputs = layer_outputs(self.network, names, pixels)
        activations = [
            unit.activation(channels_first(outputs[name]))
            for name, unit in zip(names, self.units, strict=True)
        ]
        return torch.stack(activations, 1)


@dataclass(frozen=True, eq=False)
class NegativeSquaredError(Objective):
    """-(value - desired)^2 of an objective."""

    objective: Objective

    desired: Tensor
    """One for each example, (N,)."""

    def evaluate(self, network: Network, inputs: Tensor) -> Evaluation:
        """Evaluate, see `Objective`."""
        value, logits = self.objective.evaluate(network, inputs)
        return Evaluation(-(value - self.desired).square(), logits)

"""Single neurons, channels and classes of a pretrained network, by name."""

import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from difflib import get_close_matches

import torch
from torch import Tensor, nn

from foolproof.core.errors import FoolproofError
from foolproof.optimize.loop import Evaluation, Objective
from foolproof.pretrained.load import Pretrained, class_index

PATTERN = re.compile(r"(?P<layer>[\w.]+):(?P<index>\d+)(?::(?P<y>\d+),(?P<x>\d+))?")

# Layers with neurons of their own, as the sheet has it: convolutional and fully connected.
KINDS = (nn.Conv2d, nn.Linear)


@dataclass(frozen=True)
class Unit:
    """A neuron, or all neurons of a channel, whose mean counts."""

    name: str
    """As it was given."""

    layer: str
    """By torchvision's name."""

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
        FoolproofError: for a name, layer, index or place that is not there, with what is.
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
        near = ", ".join(get_close_matches(layer, layers, n=3, cutoff=0))
        raise FoolproofError(
            f"{name!r}: {pretrained.architecture} has no layer {layer!r}; the nearest are: {near}; "
            f"all are: {', '.join(layers)}"
        )
    place = None if parsed["y"] is None else (int(parsed["y"]), int(parsed["x"]))
    _check(name, _output_shape(pretrained, layer), index, place)
    return Unit(name, layer, index, place)


def most_informative_units(
    pretrained: Pretrained, pixels: Tensor, *, layers: int, units: int
) -> list[Unit]:
    """Choose channels of layers that are evenly spread over the depth, the first one left out.

    In each layer those are taken that some photo excites most.

    Args:
        pretrained: the network.
        pixels: photos, (N, 3, crop, crop), in [0, 1].
        layers: how many convolutional layers, at least one.
        units: how many channels of each.
    """
    convolutions = [
        name
        for name, module in layers_with_units(pretrained).items()
        if isinstance(module, nn.Conv2d)
    ]
    last = len(convolutions) - 1
    chosen = [convolutions[round(last * (part + 1) / layers)] for part in range(layers)]
    with torch.no_grad(), outputs_of(pretrained.network, chosen) as outputs:
        pretrained.network(pixels)
        peaks = {name: outputs[name].mean((2, 3)).amax(0) for name in dict.fromkeys(chosen)}
    return [
        Unit(f"{name}:{index}", name, index)
        for name, peak in peaks.items()
        for index in peak.argsort(descending=True)[:units].tolist()
    ]


def _check(name: str, shape: tuple[int, ...], index: int, place: tuple[int, int] | None) -> None:
    """Hold an index and a place against the shape of a layer's output."""
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
    """Find the shape of a layer's output for one photograph."""
    device = next(pretrained.network.parameters()).device
    photo = torch.zeros(1, 3, pretrained.crop, pretrained.crop, device=device)
    with torch.no_grad(), outputs_of(pretrained.network, [layer]) as outputs:
        pretrained.network(photo)
        return tuple(outputs[layer].shape[1:])


@contextmanager
def outputs_of(network: nn.Module, layers: Sequence[str]) -> Iterator[dict[str, Tensor]]:
    """Keep the outputs of layers of `body` from each forward pass while the context lasts."""
    outputs: dict[str, Tensor] = {}

    def keep(name: str) -> Callable[[nn.Module, object, Tensor], None]:
        return lambda _, __, output: outputs.__setitem__(name, output)

    body = network.get_submodule("body")
    hooks = [body.get_submodule(name).register_forward_hook(keep(name)) for name in set(layers)]
    try:
        yield outputs
    finally:
        for hook in hooks:
            hook.remove()


def unit_activation(network: nn.Module, units: Sequence[Unit]) -> Objective:
    """Make the objective of a unit's activation, with a unit for each problem.

    Args:
        network: `normalize` and `body`, from pixels (N, C, H, W) to logits (N, classes).
        units: one for each problem, (N,).
    """

    def evaluate(pixels: Tensor, rows: Tensor) -> Evaluation:
        chosen = [units[row] for row in rows.tolist()]
        with outputs_of(network, [unit.layer for unit in chosen]) as outputs:
            logits = network(pixels)
        values = [
            unit.activation(outputs[unit.layer][problem, None])
            for problem, unit in enumerate(chosen)
        ]
        return Evaluation(torch.cat(values), logits)

    return evaluate


def towards(objective: Objective, desired: float) -> Objective:
    """Make the objective -(activation - desired)^2 from that of an activation."""

    def evaluate(inputs: Tensor, rows: Tensor) -> Evaluation:
        value, logits = objective(inputs, rows)
        return Evaluation(-(value - desired).square(), logits)

    return evaluate

"""A perceptron with two hidden units, trained on XOR from many random starts (CIS680, 2).

The network is p(x) = sigmoid(v . h + c) with h = tanh(W x + a). Its nine parameters are the last
axis of a tensor (..., 9), in the order of `Network`; the leading axes index independent networks,
which are trained in parallel. All tensors are float64.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn.functional import binary_cross_entropy_with_logits

from foolproof.compute.seeds import new_generator

POINTS = torch.tensor([[0, 0], [0, 1], [1, 0], [1, 1]], dtype=torch.float64)
LABELS = torch.tensor([0, 1, 1, 0], dtype=torch.float64)
PARAMETERS = 9

Activation = Callable[[Tensor], Tensor]


class Network(NamedTuple):
    """The parameters of networks by the symbols of the formula."""

    hidden_weight: Tensor
    """W, (..., 2 hidden units, 2 inputs)."""

    hidden_bias: Tensor
    """a, (..., 2)."""

    output_weight: Tensor
    """v, (..., 2)."""

    output_bias: Tensor
    """c, (...)."""


def unpack(parameters: Tensor) -> Network:
    """Split parameters (..., 9) into weights and biases."""
    return Network(
        hidden_weight=parameters[..., :4].unflatten(-1, (2, 2)),
        hidden_bias=parameters[..., 4:6],
        output_weight=parameters[..., 6:8],
        output_bias=parameters[..., 8],
    )


def identity(values: Tensor) -> Tensor:
    """Return the values: the activation of a linear hidden layer."""
    return values


def hidden_units(parameters: Tensor, inputs: Tensor, activation: Activation) -> Tensor:
    """Compute h (..., N, 2) of inputs (N, 2) in networks (..., 9)."""
    network = unpack(parameters)
    return activation(inputs @ network.hidden_weight.mT + network.hidden_bias[..., None, :])


def output_logits(parameters: Tensor, hidden: Tensor) -> Tensor:
    """Compute v . h + c, (..., N), of hidden units (..., N, 2) in networks (..., 9)."""
    network = unpack(parameters)
    weighted = (hidden @ network.output_weight[..., None])[..., 0]
    return weighted + network.output_bias[..., None]


def xor_logits(parameters: Tensor, activation: Activation) -> Tensor:
    """Compute the logits (..., 4) of the four points in networks (..., 9)."""
    return output_logits(parameters, hidden_units(parameters, POINTS, activation))


def xor_loss(logits: Tensor) -> Tensor:
    """Average the cross-entropy, in nats, of logits (..., 4) over the four points."""
    labels = LABELS.expand_as(logits)
    return binary_cross_entropy_with_logits(logits, labels, reduction="none").mean(-1)


def label_probabilities(logits: Tensor) -> Tensor:
    """Compute the probability (..., 4) of each point's own label."""
    return (logits * (2 * LABELS - 1)).sigmoid()


def draw_starts(seeds: int) -> Tensor:
    """Sample standard normal parameters (seeds, 9), start i from a generator with seed i."""
    return torch.stack(
        [
            torch.randn(PARAMETERS, generator=new_generator(seed), dtype=torch.float64)
            for seed in range(seeds)
        ]
    )


@dataclass(frozen=True, eq=False)
class Training:
    """The record of networks (...) trained in parallel."""

    parameters: Tensor
    """At the end, (..., 9)."""

    gradients: Tensor
    """d loss / d parameters at the end, (..., 9)."""

    logits: Tensor
    """Of the four points at the end, (..., 4)."""

    losses: Tensor
    """Before each step and at the end, (steps + 1, ...)."""

    confidence: Tensor
    """The minimum over the points of their label's probability, (steps + 1, ...)."""

    snapshots: Mapping[int, Tensor]
    """Parameters (..., 9) by step."""


def train_xor(
    starts: Tensor,
    *,
    steps: int,
    learning_rate: float,
    activation: Activation = torch.tanh,
    snapshots: Sequence[int] = (),
) -> Training:
    """Train networks independently by full-batch gradient descent on XOR.

    The losses are summed before the backward pass: the networks share no parameter, so the
    gradient of the sum holds the gradient of each.

    Args:
        starts: initial parameters, (..., 9).
        steps: number of steps.
        learning_rate: of the plain gradient.
        activation: of the hidden units.
        snapshots: steps, from 0 to `steps`, after which the parameters are recorded.
    """
    parameters, gradient = starts.detach(), torch.zeros_like(starts)
    losses, confidence, recorded = [], [], {}
    for step in range(steps + 1):
        parameters = (parameters - learning_rate * gradient).requires_grad_()
        logits = xor_logits(parameters, activation)
        loss = xor_loss(logits)
        (gradient,) = torch.autograd.grad(loss.sum(), parameters)
        losses.append(loss.detach())
        confidence.append(label_probabilities(logits.detach()).amin(-1))
        parameters = parameters.detach()
        if step in snapshots:
            recorded[step] = parameters
    return Training(
        parameters=parameters,
        gradients=gradient,
        logits=logits.detach(),
        losses=torch.stack(losses),
        confidence=torch.stack(confidence),
        snapshots=recorded,
    )


def steps_to_success(confidence: Tensor, threshold: float) -> Tensor:
    """Count the steps after which the confidence stays at or above the threshold to the end.

    Args:
        confidence: (steps + 1, ...), as `Training` records it.
        threshold: of success.

    Returns:
        From 0 to steps with success, and steps + 1 without, (...) int64.
    """
    min_to_come = confidence.flip(0).cummin(0).values
    return len(confidence) - (min_to_come >= threshold).sum(0)


def log_spaced_steps(last: int, count: int) -> NDArray[np.int_]:
    """Choose at most `count` steps from 0 to `last`, evenly spaced on a logarithmic axis."""
    return np.unique(np.geomspace(1, last + 1, count).round().astype(int) - 1)


def effective_weights(parameters: Tensor) -> Tensor:
    """Compute the effective weights and bias (..., 3) of networks with a linear hidden layer.

    v . (W x + a) + c = (W^T v) . x + (v . a + c): a logistic regression on the inputs.
    """
    network = unpack(parameters)
    weights = (network.output_weight[..., None, :] @ network.hidden_weight)[..., 0, :]
    bias = (network.output_weight * network.hidden_bias).sum(-1) + network.output_bias
    return torch.cat([weights, bias[..., None]], -1)


def plane(limits: tuple[float, float], points: int) -> Tensor:
    """Make a square grid of points (points, points, 2); the second coordinate varies by row."""
    axis = torch.linspace(*limits, points, dtype=torch.float64)
    return torch.stack(torch.meshgrid(axis, axis, indexing="xy"), -1)


def probability_maps(
    parameters: Tensor, hidden_plane: Tensor, input_plane: Tensor
) -> tuple[Tensor, Tensor]:
    """Compute the probability of label 1 on the hidden and the input plane of one network.

    Args:
        parameters: of a network with tanh units, (9,).
        hidden_plane: values (h1, h2), (rows, columns, 2).
        input_plane: values (x1, x2), (rows, columns, 2).

    Returns:
        A map (rows, columns) for each plane.
    """
    over_hidden = output_logits(parameters, hidden_plane)
    over_input = output_logits(parameters, hidden_units(parameters, input_plane, torch.tanh))
    return over_hidden.sigmoid(), over_input.sigmoid()

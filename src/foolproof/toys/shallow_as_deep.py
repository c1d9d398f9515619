"""Any shallow ReLU network as a deep and narrow one (67103, theory 2).

A shallow network of n hidden neurons computes, with coefficients of any sign,

    f(x) = sum_j a_j relu(w_j . x + b_j) + c

The deep network computes one term in each layer. Layer k has 2 d + 3 neurons: the input as relu(x)
and relu(-x), the hidden neuron h_k = relu(w_k . x + b_k), and two sums over the terms j < k, of
a_j h_j where a_j > 0 and of |a_j| h_j where a_j < 0. Both are nonnegative, so that a ReLU leaves
them unchanged. The output is their difference, plus the last term and c.

All tensors are float64.
"""

from typing import NamedTuple

import torch
from torch import Generator, Tensor, nn

from foolproof.compute.intervals import Interval, mean_with_interval

# Of relative differences: far above rounding errors, far below errors of the construction.
TOLERANCE = 1e-12

DOUBLE = torch.float64


class Shallow(NamedTuple):
    """The parameters of a shallow network, by the symbols of the equation."""

    w: Tensor
    """(n, d)."""

    b: Tensor
    """(n,)."""

    a: Tensor
    """(n,)."""

    c: Tensor
    """()."""


# A function of one input whose partial sums of terms are negative in some places only.
EXAMPLE = Shallow(
    w=torch.tensor([[1.0], [1], [1], [-1], [-1]], dtype=DOUBLE),
    b=torch.tensor([2.5, 0.5, -1.5, -1, -2], dtype=DOUBLE),
    a=torch.tensor([1.0, -2, 1.5, -1, 0.75], dtype=DOUBLE),
    c=torch.tensor(0.25, dtype=DOUBLE),
)


def random_shallow(generator: Generator, neurons: int, inputs: int) -> Shallow:
    """Sample a network from normal distributions; half of its coefficients are negative."""

    def normal(*shape: int) -> Tensor:
        return torch.randn(shape, generator=generator, dtype=DOUBLE)

    signs = torch.ones(neurons, dtype=DOUBLE)
    signs[: neurons // 2] = -1
    mixed = signs[torch.randperm(neurons, generator=generator)]
    return Shallow(
        w=normal(neurons, inputs),
        b=normal(neurons),
        a=normal(neurons).abs() * mixed,
        c=normal()[()],
    )


def terms(network: Shallow, points: Tensor) -> Tensor:
    """Compute a_j relu(w_j . x + b_j), (N, n), at points (N, d)."""
    return network.a * (points @ network.w.T + network.b).relu()


def run_shallow(network: Shallow, points: Tensor) -> Tensor:
    """Compute f, (N,), at points (N, d)."""
    return terms(network, points).sum(1) + network.c


# ---- The constructions --------------------------------------------------------------------------


def deepen(network: Shallow) -> nn.Sequential:
    """Construct the deep network that equals a shallow one, for coefficients of any sign."""
    return _unroll(network, _gains(network), torch.tensor([1, -1]))


def deepen_with_one_sum(network: Shallow) -> nn.Sequential:
    """Construct it with a single sum over all terms, which is correct where no a_j is negative."""
    return _unroll(network, network.a[:, None], torch.tensor([1]))


def count_neurons(neurons: int, inputs: int) -> int:
    """Count the neurons of a deepened network: n layers of 2 d + 3."""
    return neurons * (2 * inputs + 3)


def run_deep(deep: nn.Sequential, points: Tensor) -> Tensor:
    """Compute a deep network's output, (N,), at points (N, d)."""
    with torch.no_grad():
        output: Tensor = deep(points)
    return output[:, 0]


def running_sums(network: Shallow, points: Tensor) -> Tensor:
    """Compute the two sums after each term, (n, N, 2), from the deep network's activations.

    Layer k has the sums without its own neuron's term, which the next layer adds.
    """
    hidden = 2 * network.w.shape[1]
    gains, states = _gains(network), points
    sums: list[Tensor] = []
    with torch.no_grad():
        for module in deepen(network)[:-1]:
            states = module(states)
            if isinstance(module, nn.ReLU):
                gain = gains[len(sums)]
                sums.append(states[:, hidden + 1 :] + states[:, hidden, None] * gain)
    return torch.stack(sums)


def _gains(network: Shallow) -> Tensor:
    """Compute the weight of each hidden neuron in either sum, (n, 2)."""
    return torch.stack([network.a.relu(), (-network.a).relu()], 1)


def _unroll(network: Shallow, gains: Tensor, signs: Tensor) -> nn.Sequential:
    """Construct the deep network from matrices, with layers of 2 d + 1 + m neurons.

    Args:
        network: the shallow one.
        gains: the weight of each hidden neuron in each of m sums, (n, m).
        signs: of the sums in the output, (m,).
    """
    inputs, sums = network.w.shape[1], len(signs)
    hidden, width = 2 * inputs, 2 * inputs + 1 + sums
    unit = torch.eye(inputs, dtype=DOUBLE)
    layers: list[nn.Module] = []
    for number, (weights, offset) in enumerate(zip(network.w, network.b, strict=True)):
        if number == 0:
            matrix = torch.zeros(width, inputs, dtype=DOUBLE)
            matrix[:hidden] = torch.cat([unit, -unit])
            matrix[hidden] = weights
        else:
            matrix = torch.eye(width, dtype=DOUBLE)
            matrix[hidden] = torch.cat([weights, -weights, torch.zeros(1 + sums)])
            matrix[hidden + 1 :, hidden] = gains[number - 1]
        bias = torch.zeros(width, dtype=DOUBLE)
        bias[hidden] = offset
        layers += [_linear(matrix, bias), nn.ReLU()]
    last_term = gains[-1] @ signs.double()
    output = torch.cat([torch.zeros(hidden), last_term[None], signs])
    return nn.Sequential(*layers, _linear(output[None], network.c[None]))


def _linear(weight: Tensor, bias: Tensor) -> nn.Linear:
    outputs, inputs = weight.shape
    layer: nn.Linear = nn.utils.skip_init(nn.Linear, inputs, outputs, dtype=DOUBLE)
    with torch.no_grad():
        layer.weight.copy_(weight)
        layer.bias.copy_(bias)
    return layer


# ---- Comparisons --------------------------------------------------------------------------------


def differences(network: Shallow, deep: nn.Sequential, points: Tensor) -> Tensor:
    """Compare a deep network with the shallow one at points (N, d).

    Returns:
        |deep(x) - f(x)|, (N,), relative to |c| + sum_j |a_j| (|w_j| . |x| + |b_j|), the sum of
        the absolute values of all terms, to which rounding errors are proportional.
    """
    sizes = (points.abs() @ network.w.abs().T + network.b.abs()) @ network.a.abs()
    found = run_deep(deep, points) - run_shallow(network, points)
    return found.abs() / (sizes + network.c.abs())


class Comparison(NamedTuple):
    """Differences between random shallow networks of one size and their deep networks."""

    neurons: int
    """Hidden neurons of the shallow networks."""

    inputs: int

    deep_neurons: int
    """Of each deep network, counted over its layers."""

    max_difference: float
    """Over all networks and points, relative as in `differences`."""

    wrong_networks: int
    """Networks with a difference above the tolerance."""

    one_sum_wrong_share: Interval
    """Share of points where a single sum differs by more than the tolerance, over the networks."""

    one_sum_positive_difference: float
    """Maximum difference of a single sum after the coefficients are replaced by |a_j|."""


def compare(
    generator: Generator, neurons: int, inputs: int, *, networks: int, points: int
) -> Comparison:
    """Compare random shallow networks to their deep networks at random points."""
    with_two, with_one, positive, sizes = [], [], [], set()
    for _ in range(networks):
        network = random_shallow(generator, neurons, inputs)
        at = torch.randn(points, inputs, generator=generator, dtype=DOUBLE)
        deep = deepen(network)
        sizes.add(count_hidden(deep))
        with_two.append(differences(network, deep, at))
        with_one.append(differences(network, deepen_with_one_sum(network), at))
        flipped = network._replace(a=network.a.abs())
        positive.append(differences(flipped, deepen_with_one_sum(flipped), at))
    (deep_neurons,) = sizes
    largest = torch.stack(with_two).amax(1)
    return Comparison(
        neurons=neurons,
        inputs=inputs,
        deep_neurons=deep_neurons,
        max_difference=largest.max().item(),
        wrong_networks=int((largest > TOLERANCE).sum()),
        one_sum_wrong_share=mean_with_interval(
            (torch.stack(with_one) > TOLERANCE).double().mean(1).tolist()
        ),
        one_sum_positive_difference=torch.stack(positive).max().item(),
    )


def count_hidden(deep: nn.Sequential) -> int:
    """Count the neurons of a network's linear layers but the last."""
    return sum(layer.out_features for layer in deep[:-1] if isinstance(layer, nn.Linear))

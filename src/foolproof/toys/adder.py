"""A recurrent network with weights set by hand that adds binary numbers (CS5787, 5).

With the Heaviside step s(a) = 1 for a > 0, else 0, it computes at step t

    h_t = s(U x_t + W h_{t-1} + b_h),    y_t = s(v . h_t + b_y)

from the t-th bits x_t of both numbers, least significant first. All tensors are float32, in which
bits and small multiples of 1/2 are exact.
"""

import random
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from foolproof.core.errors import FoolproofError


class Network(NamedTuple):
    """The parameters, by the symbols of the equations."""

    U: Tensor
    """Input weights, (3, 2)."""

    W: Tensor
    """Recurrent weights, (3, 3)."""

    b_h: Tensor
    """(3,)."""

    v: Tensor
    """Output weights, (3,)."""

    b_y: Tensor
    """()."""

    h_0: Tensor
    """Initial hidden state, (3,)."""


# Index of the hidden unit that is the carry into the next step.
CARRY = 1

# Hidden unit k is 1 iff both bits and the carry sum to at least k. Its threshold is half-way
# between k - 1 and k, which maximizes the margin. For sums of 0, 1, 2 and 3 the hidden state is
# 000, 100, 110 and 111, so that h_1 - h_2 + h_3 is 0, 1, 0 and 1: the output bit.
ADDER = Network(
    U=torch.ones(3, 2),
    W=torch.tensor([[0.0, 1, 0]] * 3),
    b_h=torch.tensor([-0.5, -1.5, -2.5]),
    v=torch.tensor([1.0, -1, 1]),
    b_y=torch.tensor(-0.5),
    h_0=torch.zeros(3),
)


class Run(NamedTuple):
    """Hidden states and outputs over sequences."""

    hidden: Tensor
    """After each step, (T, N, 3)."""

    outputs: Tensor
    """At each step, (T, N)."""


def heaviside(sums: Tensor) -> Tensor:
    """Heaviside step: 1 for x > 0, else 0."""
    return (sums > 0).to(sums.dtype)


def hidden_sums(network: Network, inputs: Tensor, before: Tensor) -> Tensor:
    """Compute U x_t + W h_{t-1} + b_h, (..., 3), of inputs (..., 2) and hidden states (..., 3)."""
    return inputs @ network.U.mT + before @ network.W.mT + network.b_h


def output_sums(network: Network, hidden: Tensor) -> Tensor:
    """Compute v . h_t + b_y, (...), of hidden states (..., 3)."""
    return hidden @ network.v + network.b_y


def run(network: Network, inputs: Tensor) -> Run:
    """Run the network over sequences of bits (T, N, 2)."""
    states = [network.h_0.expand(inputs.shape[1], -1)]
    for bits in inputs:
        states.append(heaviside(hidden_sums(network, bits, states[-1])))
    hidden = torch.stack(states[1:])
    return Run(hidden, heaviside(output_sums(network, hidden)))


def to_bits(numbers: Sequence[int], length: int) -> Tensor:
    """Encode numbers as bits (length, N), least significant first, padded with zeros.

    Raises:
        FoolproofError: when a number is negative or has more than `length` bits.
    """
    for number in (min(numbers), max(numbers)):
        if number < 0 or number.bit_length() > length:
            raise FoolproofError(f"expected numbers of 0 to {length} bits, found {number}")
    size = (length + 7) // 8
    packed = np.frombuffer(b"".join(n.to_bytes(size, "little") for n in numbers), np.uint8)
    bits = np.unpackbits(packed.reshape(-1, size), axis=1, count=length, bitorder="little")
    return torch.from_numpy(bits).T.float()


def to_numbers(bits: Tensor) -> list[int]:
    """Decode numbers from bits (length, N), least significant first."""
    packed = np.packbits(bits.T.byte().numpy(), axis=1, bitorder="little")
    return [int.from_bytes(row, "little") for row in packed]


def input_bits(first: Sequence[int], second: Sequence[int]) -> Tensor:
    """Encode pairs of numbers as input sequences (T, N, 2).

    All are padded with zeros to the length of the longest number and one more for the last carry;
    after its sum is complete a pair has inputs and outputs of zero.

    Raises:
        FoolproofError: when a number is negative.
    """
    length = max(*first, *second).bit_length() + 1
    return torch.stack([to_bits(numbers, length) for numbers in (first, second)], -1)


def add(network: Network, first: Sequence[int], second: Sequence[int]) -> list[int]:
    """Add pairs of numbers with the network.

    Raises:
        FoolproofError: when a number is negative.
    """
    return to_numbers(run(network, input_bits(first, second)).outputs)


def count_errors(network: Network, first: Sequence[int], second: Sequence[int]) -> int:
    """Count the pairs whose sum by the network differs from that of Python's integers."""
    sums = add(network, first, second)
    return sum(found != a + b for found, a, b in zip(sums, first, second, strict=True))


def count_errors_of_all_pairs(network: Network, bits: int) -> int:
    """Count the errors among all 4^bits ordered pairs of numbers of at most `bits` bits."""
    numbers = range(2**bits)
    rows = max(1, 2**16 // len(numbers))  # chunks of about 65,000 pairs
    return sum(
        count_errors(
            network,
            [a for a in numbers[start : start + rows] for _ in numbers],
            [*numbers] * len(numbers[start : start + rows]),
        )
        for start in range(0, len(numbers), rows)
    )


def random_pairs(seed: int, bits: int, count: int) -> tuple[list[int], list[int]]:
    """Draw the first and the second numbers of `count` pairs, uniform in [0, 2^bits)."""
    generator = random.Random(seed)
    first, second = ([generator.getrandbits(bits) for _ in range(count)] for _ in range(2))
    return first, second


class Addition(NamedTuple):
    """One addition step by step, least significant bit first."""

    inputs: Tensor
    """(T, 2)."""

    carries: Tensor
    """Into each step, (T,)."""

    hidden: Tensor
    """(T, 3)."""

    outputs: Tensor
    """(T,)."""


def add_stepwise(network: Network, first: int, second: int) -> Addition:
    """Add two numbers and record every step."""
    inputs = input_bits([first], [second])
    hidden, outputs = run(network, inputs)
    carries = torch.cat([network.h_0[None], hidden[:-1, 0]])[:, CARRY]
    return Addition(inputs[:, 0], carries, hidden[:, 0], outputs[:, 0])


class Transitions(NamedTuple):
    """Transitions of a network, M of them."""

    inputs: Tensor
    """(M, 2)."""

    before: Tensor
    """The hidden state before, (M, 3)."""

    hidden_sums: Tensor
    """Pre-activations of the hidden units, (M, 3)."""

    hidden: Tensor
    """(M, 3)."""

    output_sums: Tensor
    """Pre-activations of the output, (M,)."""

    outputs: Tensor
    """(M,)."""

    @property
    def totals(self) -> Tensor:
        """The sum of both bits and the carry, (M,)."""
        return self.inputs.sum(1) + self.before[:, CARRY]


def transitions(network: Network) -> Transitions:
    """List the transitions from every reachable hidden state with every input."""
    bits = torch.tensor([0.0, 1])
    inputs = torch.cartesian_prod(bits, bits)
    states, known = network.h_0[None], 0
    while known < len(states):
        known = len(states)
        pairs = inputs.repeat(known, 1), states.repeat_interleave(len(inputs), 0)
        sums = hidden_sums(network, *pairs)
        hidden = heaviside(sums)
        states = torch.cat([states, hidden]).unique(dim=0)
    read = output_sums(network, hidden)
    return Transitions(*pairs, sums, hidden, read, heaviside(read))


def count_wrong(steps: Transitions) -> int:
    """Count the transitions with a wrong hidden unit or a wrong output.

    Without any, and without an initial carry, the network adds numbers of every length: each step
    outputs the low bit of its total and carries the high bit, which is addition by hand.
    """
    totals = steps.totals[:, None]
    correct_hidden = (steps.hidden == (totals >= torch.tensor([1, 2, 3]))).all(1)
    correct_outputs = steps.outputs == totals[:, 0] % 2
    return int((~(correct_hidden & correct_outputs)).sum())


def truth_table(steps: Transitions) -> Transitions:
    """Select the first transition for each total 0, 1, 2, 3.

    All transitions of a total are the same where `count_wrong` is zero.
    """
    first = [int((steps.totals == total).int().argmax()) for total in range(4)]
    return Transitions(*(values[first] for values in steps))


class Margins(NamedTuple):
    """Perturbations of pre-activations and weights that change no unit."""

    hidden: list[float]
    """Minimum |pre-activation| of each hidden unit."""

    output: float
    """Minimum |pre-activation| of the output."""

    weights: float
    """All of U, W, b_h, v and b_y may change together, each by less than this."""


def margins(steps: Transitions) -> Margins:
    """Measure the margins over all transitions.

    When every weight changes by d, a pre-activation changes by at most d for each input that is 1,
    and by d for the bias. So the bound on d is the margin divided by their number.
    """
    inputs_on = steps.inputs.sum(1, keepdim=True) + steps.before.sum(1, keepdim=True)
    hidden, output = steps.hidden_sums.double().abs(), steps.output_sums.double().abs()
    tolerated = (
        (hidden / (inputs_on + 1)).amin(),
        (output / (steps.hidden.sum(1) + 1)).amin(),
    )
    return Margins(hidden.amin(0).tolist(), output.amin().item(), min(tolerated).item())

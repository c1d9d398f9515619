"""A recurrent network, set by hand, that adds two binary numbers of any length (CS5787, 5).

With the hard threshold s(a) = 1 where a > 0 and 0 elsewhere, it computes at step t

    h_t = s(U x_t + W h_{t-1} + b_h),    y_t = s(v . h_t + b_y)

from the t-th bits x_t of both numbers, the least significant first. All tensors are float32, in
which bits and small multiples of 1/2 are exact.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from foolproof.core.errors import FoolproofError


class Network(NamedTuple):
    """The parameters, by the letters of the equations."""

    U: Tensor
    """From inputs to hidden units, (3, 2)."""

    W: Tensor
    """From hidden units to those of the next step, (3, 3)."""

    b_h: Tensor
    """(3,)."""

    v: Tensor
    """From hidden units to the output, (3,)."""

    b_y: Tensor
    """()."""

    h_0: Tensor
    """The hidden units before the first step, (3,)."""


# The hidden unit that is on where a step carries one into the next: the second.
CARRY = 1

# Hidden unit k is on where both bits and the carry sum to at least k: half-way between k - 1 and
# k, its threshold is as far from every sum as it can be. Sums of 0, 1, 2 and 3 turn on none, the
# first, the first two and all units, so that h_1 - h_2 + h_3 is 0, 1, 0 and 1: the bit to write.
ADDER = Network(
    U=torch.ones(3, 2),
    W=torch.tensor([[0.0, 1, 0]] * 3),
    b_h=torch.tensor([-0.5, -1.5, -2.5]),
    v=torch.tensor([1.0, -1, 1]),
    b_y=torch.tensor(-0.5),
    h_0=torch.zeros(3),
)


class Run(NamedTuple):
    """What a network did with a sequence."""

    hidden: Tensor
    """After each step, (T, N, 3)."""

    outputs: Tensor
    """At each step, (T, N)."""


def threshold(sums: Tensor) -> Tensor:
    """Be the activation of every unit: 1 where the sum is above 0, and 0 elsewhere."""
    return (sums > 0).to(sums.dtype)


def hidden_sums(network: Network, inputs: Tensor, before: Tensor) -> Tensor:
    """Compute U x_t + W h_{t-1} + b_h, (..., 3), of inputs (..., 2) and hidden units (..., 3)."""
    return inputs @ network.U.mT + before @ network.W.mT + network.b_h


def output_sums(network: Network, hidden: Tensor) -> Tensor:
    """Compute v . h_t + b_y, (...), of hidden units (..., 3)."""
    return hidden @ network.v + network.b_y


def run(network: Network, inputs: Tensor) -> Run:
    """Run the network over sequences of bits (T, N, 2)."""
    states = [network.h_0.expand(inputs.shape[1], -1)]
    for bits in inputs:
        states.append(threshold(hidden_sums(network, bits, states[-1])))
    hidden = torch.stack(states[1:])
    return Run(hidden, threshold(output_sums(network, hidden)))


def to_bits(numbers: Sequence[int], length: int) -> Tensor:
    """Write numbers as bits (length, N), the least significant first and zeros at the end.

    Raises:
        FoolproofError: when a number is negative or has more bits than that.
    """
    for number in (min(numbers), max(numbers)):
        if number < 0 or number.bit_length() > length:
            raise FoolproofError(f"expected numbers of 0 to {length} bits, found {number}")
    size = (length + 7) // 8
    packed = np.frombuffer(b"".join(n.to_bytes(size, "little") for n in numbers), np.uint8)
    bits = np.unpackbits(packed.reshape(-1, size), axis=1, count=length, bitorder="little")
    return torch.from_numpy(bits).T.float()


def to_numbers(bits: Tensor) -> list[int]:
    """Read numbers from bits (length, N), the least significant first."""
    packed = np.packbits(bits.T.byte().numpy(), axis=1, bitorder="little")
    return [int.from_bytes(row, "little") for row in packed]


def input_bits(first: Sequence[int], second: Sequence[int]) -> Tensor:
    """Write pairs of numbers as the sequences (T, N, 2) that the network reads.

    Zeros bring all to one length, the longest number's and one more for the last carry. In longer
    sequences than it needs, a pair only gets zeros, and gives zeros, after its sum is complete.

    Raises:
        FoolproofError: when a number is negative.
    """
    length = max(*first, *second).bit_length() + 1
    return torch.stack([to_bits(numbers, length) for numbers in (first, second)], -1)


def add(network: Network, first: Sequence[int], second: Sequence[int]) -> list[int]:
    """Let the network add pairs of numbers, as many of each.

    Raises:
        FoolproofError: when a number is negative.
    """
    return to_numbers(run(network, input_bits(first, second)).outputs)


def count_errors(network: Network, first: Sequence[int], second: Sequence[int]) -> int:
    """Count the pairs whose sum the network gets wrong; Python's integers know the right one."""
    sums = add(network, first, second)
    return sum(found != a + b for found, a, b in zip(sums, first, second, strict=True))


def count_errors_of_all_pairs(network: Network, bits: int) -> int:
    """Count the errors among all 4^bits ordered pairs of numbers of at most so many bits."""
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


class Transitions(NamedTuple):
    """Every step that a network can ever take, one a row."""

    inputs: Tensor
    """(M, 2)."""

    before: Tensor
    """The hidden units of the step before, (M, 3)."""

    hidden_sums: Tensor
    """What is held against the hidden units' threshold, (M, 3)."""

    hidden: Tensor
    """(M, 3)."""

    output_sums: Tensor
    """What is held against the output's threshold, (M,)."""

    outputs: Tensor
    """(M,)."""

    @property
    def totals(self) -> Tensor:
        """Both bits and the carry, summed, (M,)."""
        return self.inputs.sum(1) + self.before[:, CARRY]


def transitions(network: Network) -> Transitions:
    """List the steps from every state that the network can get to, with every input."""
    bits = torch.tensor([0.0, 1])
    inputs = torch.cartesian_prod(bits, bits)
    states, known = network.h_0[None], 0
    while known < len(states):
        known = len(states)
        pairs = inputs.repeat(known, 1), states.repeat_interleave(len(inputs), 0)
        sums = hidden_sums(network, *pairs)
        hidden = threshold(sums)
        states = torch.cat([states, hidden]).unique(dim=0)
    read = output_sums(network, hidden)
    return Transitions(*pairs, sums, hidden, read, threshold(read))


def count_wrong(steps: Transitions) -> int:
    """Count the steps in which a hidden unit or the output is not what adding asks for.

    Where there is none, and the network starts without a carry, it adds numbers of every length:
    each step writes the last bit of its total and carries the other, as addition by hand does.
    """
    totals = steps.totals[:, None]
    right_hidden = (steps.hidden == (totals >= torch.tensor([1, 2, 3]))).all(1)
    right_outputs = steps.outputs == totals[:, 0] % 2
    return int((~(right_hidden & right_outputs)).sum())


class Margins(NamedTuple):
    """How much the network can be disturbed before a unit changes its mind."""

    hidden: list[float]
    """The least distance of each hidden unit's sum from its threshold."""

    output: float
    """The least distance of the output's sum from its threshold."""

    weights: float
    """All of U, W, b_h, v and b_y may change at once, each by less than this."""


def margins(steps: Transitions) -> Margins:
    """Measure the margins over all steps.

    When every weight changes by d, a unit's sum changes by at most d for each of its inputs that
    is on, and d for its bias. Its margin divided by their number is therefore what it tolerates.
    """
    inputs_on = steps.inputs.sum(1, keepdim=True) + steps.before.sum(1, keepdim=True)
    hidden, output = steps.hidden_sums.double().abs(), steps.output_sums.double().abs()
    tolerated = (
        (hidden / (inputs_on + 1)).amin(),
        (output / (steps.hidden.sum(1) + 1)).amin(),
    )
    return Margins(hidden.amin(0).tolist(), output.amin().item(), min(tolerated).item())

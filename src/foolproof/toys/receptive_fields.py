"""Receptive fields of chains of convolutions, found in three ways (67103, theory 1).

All convolutions have one input and one output channel, no bias and no padding. Receptive fields
are squares; a side is the number of pixels from the first to the last that can matter.
"""

from collections.abc import Sequence
from itertools import accumulate
from math import prod
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from foolproof.networks.structure import layers_of

Kernel = NDArray[np.float64]


class Convolution(NamedTuple):
    """One layer of a chain: a square kernel that moves by a stride."""

    kernel: int
    stride: int = 1


Chain = Sequence[Convolution]

# The chains of the sheet.
CHAINS = {
    "i": (Convolution(7),),
    "ii": 3 * (Convolution(3),),
    "iii": (Convolution(5), Convolution(3)),
    "iv": (Convolution(5, stride=2), Convolution(3)),
}


# ---- The receptive field, in three ways ---------------------------------------------------------


def side_by_formula(chain: Chain) -> int:
    """Compute r = 1 + sum_l (k_l - 1) s_1 ... s_(l-1).

    Padding does not enter, and with it one pixel is image enough for any chain.
    """
    side = layers_of(_network(chain, padded=True), (1, 1, 1))[-1].receptive_field
    assert side is not None
    return side


def composed_kernel(chain: Chain) -> Kernel:
    """Compose the chain's kernels, all ones, into the one kernel that does the same.

    Behind strides, neighbours in a map stand s_1 ... s_(l-1) pixels apart in the image. There,
    the next kernel is its own zero-interpolation: so many minus one zeros between its weights.

    Returns:
        The number of ways that lead from each pixel to the neuron, (side, side).
    """
    composed = np.ones((1, 1))
    for (kernel, _), jump in zip(chain, jumps(chain), strict=True):
        composed = convolve(composed, zero_interpolated(np.ones((kernel, kernel)), jump))
    return composed


def gradient_of_one_cell(chain: Chain, image_side: int) -> Kernel:
    """Differentiate the middle cell of the last map with respect to an image.

    All weights are 1: positive, so that no two ways from a pixel to the cell cancel.

    Returns:
        (image_side, image_side).
    """
    image = torch.zeros(1, 1, image_side, image_side, dtype=torch.float64, requires_grad=True)
    output = _network(chain).double()(image)
    middle = output.shape[-1] // 2
    (gradient,) = torch.autograd.grad(output[0, 0, middle, middle], image)
    return gradient[0, 0].numpy()


def side_of(support: Kernel) -> int:
    """Measure from the first to the last row that is not zero, or of columns if these are more."""
    places = np.argwhere(support)
    return int(np.ptp(places, axis=0).max()) + 1


def jumps(chain: Chain) -> list[int]:
    """Count the pixels between neighbours in what each layer reads: the strides' product so far."""
    return [*accumulate((stride for _, stride in chain[:-1]), int.__mul__, initial=1)]


def zero_interpolated(kernel: Kernel, jump: int) -> Kernel:
    """Insert jump - 1 zeros between neighbouring weights."""
    side = (len(kernel) - 1) * jump + 1
    spread = np.zeros((side, side))
    spread[::jump, ::jump] = kernel
    return spread


def convolve(first: Kernel, second: Kernel) -> Kernel:
    """Convolve two square kernels wherever they overlap: of sides a and b comes a + b - 1."""
    result = np.zeros(2 * (len(first) + len(second) - 1,))
    for row, column in np.argwhere(second):
        place = np.s_[row : row + len(first), column : column + len(first)]
        result[place] += second[row, column] * first
    return result


def _network(chain: Chain, *, padded: bool = False) -> nn.Sequential:
    """Make the chain as a network whose weights are all 1."""
    layers = [
        nn.Conv2d(1, 1, kernel, stride=stride, padding=kernel // 2 if padded else 0, bias=False)
        for kernel, stride in chain
    ]
    for layer in layers:
        nn.init.ones_(layer.weight)
    return nn.Sequential(*layers)


# ---- What a chain costs -------------------------------------------------------------------------


def count_weights(chain: Chain) -> int:
    """Count the filters' weights."""
    return sum(kernel**2 for kernel, _ in chain)


def multiplications_of_one_cell(chain: Chain) -> int:
    """Count the multiplications that one cell of the last map takes, with no other one wanted.

    Of every map only the n × n cells that it depends on are computed, each once, with k^2
    multiplications each; the last map has n = 1, the one before a layer (n - 1) s + k.
    """
    cells, total = 1, 0
    for kernel, stride in reversed(chain):
        total += cells**2 * kernel**2
        cells = (cells - 1) * stride + kernel
    return total


def multiplications_in_a_map(chain: Chain) -> int:
    """Count the multiplications for each cell of the last map, where all of it is computed.

    The maps are so large that their borders do not matter. Each cell of a map is computed once
    and used by all that need it; for a cell of the last map there are (s_(l+1) ... s_L)^2 of the
    l-th, with k_l^2 multiplications each.
    """
    return sum(
        kernel**2 * prod(later.stride for later in chain[number + 1 :]) ** 2
        for number, (kernel, _) in enumerate(chain)
    )


# ---- Growth with the stride ---------------------------------------------------------------------


def side_of_two(first: int, stride: int, second: int) -> int:
    """Compute k_1 + (k_2 - 1) s of a kernel with a stride and another behind it."""
    return first + (second - 1) * stride


def side_of_many(stride: int, layers: int) -> int:
    """Compute the side for layers of 3 × 3, all with the same stride.

    It is 1 + 2 (1 + s + ... + s^(L-1)): 1 + 2 L for s = 1 and 1 + 2 (s^L - 1) / (s - 1) otherwise.
    """
    if stride == 1:
        return 1 + 2 * layers
    power: int = stride**layers
    return 1 + 2 * (power - 1) // (stride - 1)

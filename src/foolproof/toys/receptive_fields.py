"""Receptive fields of chains of convolutions, and their cost (67103, theory 1).

All convolutions have one input and one output channel, square kernels, no bias and no padding.
The receptive field is a square; its size is the side in pixels.
"""

from collections.abc import Sequence
from math import prod
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray


class Convolution(NamedTuple):
    """A layer: side of the kernel, and stride."""

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


def jumps(chain: Chain) -> list[int]:
    """Compute the pixels between neighbours in the input of each layer: s_1 ... s_(l-1)."""
    return [prod(stride for _, stride in chain[:layer]) for layer in range(len(chain))]


def receptive_field(chain: Chain) -> int:
    """Compute r = 1 + sum_l (k_l - 1) s_1 ... s_(l-1)."""
    pairs = zip(chain, jumps(chain), strict=True)
    return 1 + sum((layer.kernel - 1) * jump for layer, jump in pairs)


def composed_kernel(chain: Chain) -> NDArray[np.float64]:
    """Compose the chain's kernels, all ones, into one kernel: (I * f1) * f2 = I * (f1 * f2).

    Behind strides a kernel is zero-interpolated: its weights stand s_1 ... s_(l-1) pixels apart.
    A kernel of ones is the outer product of two rows of ones, so rows alone are convolved.

    Returns:
        The number of paths from each pixel to the neuron, (r, r).
    """
    row = np.ones(1)
    for (kernel, _), jump in zip(chain, jumps(chain), strict=True):
        weights = np.zeros((kernel - 1) * jump + 1)
        weights[::jump] = 1
        row = np.convolve(row, weights)
    return np.outer(row, row)


def count_weights(chain: Chain) -> int:
    """Count the filter weights."""
    return sum(kernel**2 for kernel, _ in chain)


def multiplications_of_one_cell(chain: Chain) -> int:
    """Count the multiplications for a single cell of the last map.

    Of every map only the n × n cells that it depends on are computed, each once, with k^2
    multiplications; the last map has n = 1, the one before a layer (n - 1) s + k.
    """
    cells, total = 1, 0
    for kernel, stride in reversed(chain):
        total += cells**2 * kernel**2
        cells = (cells - 1) * stride + kernel
    return total


def multiplications_in_a_map(chain: Chain) -> int:
    """Count the multiplications for each cell of the last map when the whole map is computed.

    Borders are neglected. Every cell of every map is computed once; for each cell of the last map
    there are (s_(l+1) ... s_L)^2 cells of the l-th, with k_l^2 multiplications each.
    """
    return sum(
        kernel**2 * prod(later.stride for later in chain[number + 1 :]) ** 2
        for number, (kernel, _) in enumerate(chain)
    )

"""Chunk sizes by device."""

import torch
from torch import Tensor

# GPU memory reserved for each number of an input. VGG-16 keeps 1.5 KB of activations a number for
# the backward pass, and expectation over transformation takes several views of each input.
BYTES_PER_NUMBER = 8192


# Max examples per chunk on a CPU: the activations of a small CNN then stay in its cache, which
# outweighs the smaller batches. A GPU takes more.
CHUNK = 100

# Max numbers in the inputs of a chunk, for the same reason: 8 images of 3 x 224 x 224.
CHUNK_NUMBERS = 8 * 3 * 224 * 224


def side_by_side(device: torch.device, *, numbers: int, on_cpu: int) -> int:
    """Choose the number of inputs in one forward pass, on a GPU by its memory.

    The total memory of the GPU counts, not the free memory: sums may be grouped by batch size, so
    that equal machines must use equal batches.

    Args:
        device: of the computation.
        numbers: in one input.
        on_cpu: number of inputs whose activations stay in a CPU's cache; the minimum on a GPU.
    """
    if device.type != "cuda":
        return on_cpu
    memory = torch.cuda.get_device_properties(device).total_memory
    return max(on_cpu, memory // (BYTES_PER_NUMBER * max(1, numbers)))


def chunk_size(inputs: Tensor, *, on_cpu: int = CHUNK, numbers_on_cpu: int = CHUNK_NUMBERS) -> int:
    """Choose how many of the inputs (N, ...) one forward pass takes.

    Args:
        inputs: (N, ...).
        on_cpu: max of them on a CPU.
        numbers_on_cpu: max numbers in these.
    """
    numbers = inputs.shape[1:].numel()
    on_cpu = max(1, min(on_cpu, numbers_on_cpu // max(1, numbers)))
    return side_by_side(inputs.device, numbers=numbers, on_cpu=on_cpu)

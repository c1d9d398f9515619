"""How many images a device computes at once."""

import torch

# Memory that a GPU has for each number of an input. The deepest of our chains, VGG-16, keeps 1.5 KB
# of activations a number for the backward pass, and an expectation takes several views of each.
BYTES_PER_NUMBER = 8192


def side_by_side(device: torch.device, *, numbers: int, on_cpu: int) -> int:
    """Decide how many inputs one forward pass takes: on a GPU as many as its memory is made for.

    It asks for the whole memory of the GPU and not for what is free, since sums may be grouped by
    the size of a batch: the same machine takes the same batches every time.

    Args:
        device: that computes.
        numbers: in one input.
        on_cpu: so many that the activations stay in a CPU's cache; a GPU takes no fewer.
    """
    if device.type != "cuda":
        return on_cpu
    memory = torch.cuda.get_device_properties(device).total_memory
    return max(on_cpu, memory // (BYTES_PER_NUMBER * max(1, numbers)))

"""Random generators."""

import torch


def new_generator(seed: int) -> torch.Generator:
    """Make a random generator of the CPU, whose draws are the same for every device."""
    return torch.Generator().manual_seed(seed)

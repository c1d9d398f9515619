"""Random generators."""

import torch


def new_generator(seed: int) -> torch.Generator:
    """Make a random generator on the CPU, so that draws do not depend on the device."""
    return torch.Generator().manual_seed(seed)

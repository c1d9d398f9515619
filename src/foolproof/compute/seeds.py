"""Random generators."""

import hashlib
from typing import Literal

import torch

Purpose = Literal[
    "weights", "shuffles", "augmentation", "validation", "adversary", "images", "starts"
]
"""What one seed serves in a stage; each has its own stream of random numbers."""


def new_generator(seed: int, purpose: Purpose | None = None) -> torch.Generator:
    """Make a random generator on the CPU, so that draws do not depend on the device.

    Args:
        seed: of params.yaml.
        purpose: where one seed serves several, so that their draws are independent.
    """
    return torch.Generator().manual_seed(stream_seed(seed, purpose) if purpose else seed)


def stream_seed(seed: int, purpose: Purpose) -> int:
    """Compute the seed of a stream, 63 bits of the SHA-256 of its purpose and `seed`."""
    digest = hashlib.sha256(f"{purpose} {seed}".encode()).digest()
    return int.from_bytes(digest[:8], "big") >> 1

"""Saving, loading and hashing the weights of a network."""

import hashlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import torch
from safetensors import safe_open
from safetensors.torch import load_file, save
from torch import Tensor, nn

from foolproof.core.files import atomic_write


def save_weights(path: Path, state: Mapping[str, Tensor], *, network: str) -> None:
    """Save a state dict with the name of its network; equal weights give equal bytes."""
    tensors = {name: tensor.detach().cpu().contiguous() for name, tensor in state.items()}
    with atomic_write(path) as temporary:
        temporary.write_bytes(save(tensors, metadata={"network": network}))


def load_network(
    path: Path, networks: Mapping[str, Callable[[], nn.Sequential]], device: torch.device
) -> tuple[str, nn.Sequential]:
    """Load a network for inference and attacks: eval mode, frozen parameters.

    Args:
        path: a file that `save_weights` wrote.
        networks: constructors by name; the metadata of the file names one.
        device: of the network.

    Returns:
        The network's name and the network.
    """
    with safe_open(path, framework="pt") as file:
        name = file.metadata()["network"]
    network = networks[name]()
    network.load_state_dict(load_file(path))
    network.eval().requires_grad_(False).to(device).to(memory_format=torch.channels_last)
    return name, network


def weights_digest(state: Mapping[str, Tensor]) -> str:
    """Compute the SHA-256 over all entries of a state dict in order of their names."""
    digest = hashlib.sha256()
    for name, tensor in sorted(state.items()):
        digest.update(name.encode())
        digest.update(tensor.detach().cpu().contiguous().numpy().tobytes())
    return digest.hexdigest()


@contextmanager
def unchanged_weights(network: nn.Module) -> Iterator[str]:
    """Yield the digest of a network's weights, and compare it after the block.

    Raises:
        RuntimeError: when the block changed a weight.
    """
    before = weights_digest(network.state_dict())
    yield before
    if weights_digest(network.state_dict()) != before:
        raise RuntimeError("the weights of the network changed while it was being attacked")

"""Saving, loading and fingerprinting the weights of a network."""

import hashlib
from collections.abc import Callable, Mapping
from pathlib import Path

import torch
from safetensors import safe_open
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

from foolproof.files import replacing


def save_weights(path: Path, state: Mapping[str, Tensor], *, network: str) -> None:
    """Save a state dict with the name of its network; equal weights give equal bytes."""
    tensors = {name: tensor.detach().cpu().contiguous() for name, tensor in state.items()}
    with replacing(path) as temporary:
        save_file(tensors, temporary, metadata={"network": network})


def load_network(
    path: Path, networks: Mapping[str, Callable[[], nn.Sequential]], device: torch.device
) -> tuple[str, nn.Sequential]:
    """Load a network that is only looked at and attacked: eval mode, parameters frozen.

    Args:
        path: a file that `save_weights` wrote.
        networks: the constructors by name, among which the file's metadata chooses.
        device: where to put it.

    Returns:
        The network's name and the network.
    """
    with safe_open(path, framework="pt") as file:
        name = file.metadata()["network"]
    network = networks[name]()
    network.load_state_dict(load_file(path))
    return name, network.eval().requires_grad_(False).to(device, memory_format=torch.channels_last)


def weights_digest(network: nn.Module) -> str:
    """Compute the SHA-256 over all parameters and buffers in order of their names."""
    digest = hashlib.sha256()
    for name, tensor in sorted(network.state_dict().items()):
        digest.update(name.encode())
        digest.update(tensor.detach().cpu().contiguous().numpy().tobytes())
    return digest.hexdigest()

"""A network to attack."""

import pytest
import torch
from torch import nn

from foolproof.models.mnist import mnist_cnn


@pytest.fixture(scope="session")
def network() -> nn.Sequential:
    """An untrained network that is as sure of itself as a trained one, and small."""
    torch.manual_seed(0)
    network = mnist_cnn(batch_norm=True, hidden=(50,)).eval().requires_grad_(False)
    network.get_parameter("fc2.weight").mul_(50)
    return network

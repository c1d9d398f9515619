"""Networks and pictures to attack."""

import pytest
import torch
from torch import Tensor, nn

from foolproof.compute.seeds import new_generator
from foolproof.networks.mnist import mnist_cnn


@pytest.fixture(scope="session")
def network() -> nn.Sequential:
    """An untrained network that is as sure of itself as a trained one, and small."""
    torch.manual_seed(0)
    network = mnist_cnn(batch_norm=True, hidden=(50,)).eval().requires_grad_(False)
    network.get_parameter("fc2.weight").mul_(50)
    return network


@pytest.fixture(scope="session")
def pictures() -> Tensor:
    """Pictures with many black and white pixels, as digits are."""
    return (2 * torch.rand(12, 1, 28, 28, generator=new_generator(0)) - 0.5).clamp(0, 1)


@pytest.fixture(scope="session")
def divided_network(pictures: Tensor) -> nn.Sequential:
    """An untrained network that sees different classes in the pictures, more or less surely."""
    torch.manual_seed(1)
    network = mnist_cnn(batch_norm=True, hidden=(50,)).eval().requires_grad_(False)
    logits = network(pictures)
    scale = 2.5 / logits.std(0)
    network.get_parameter("fc2.weight").mul_(scale[:, None])
    bias = network.get_parameter("fc2.bias")
    bias.sub_(logits.mean(0)).mul_(scale)
    return network


@pytest.fixture(scope="session")
def classes(divided_network: nn.Module, pictures: Tensor) -> Tensor:
    """What the divided network sees in the pictures, as if that were right."""
    return torch.as_tensor(divided_network(pictures)).argmax(1)

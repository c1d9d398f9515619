"""Networks and pictures to attack."""

import pytest
import torch
from torch import Tensor

from foolproof.classifiers.classifier import Classifier, classifier
from foolproof.compute.seeds import new_generator
from foolproof.networks.mnist import mnist_cnn
from foolproof.optimize.starts import gaussian_start

TARGETS = torch.tensor([0, 7, 7, 2, 9])


@pytest.fixture(scope="session")
def network() -> Classifier:
    """A small untrained network whose confidence is that of a trained one."""
    torch.manual_seed(0)
    network = mnist_cnn(batch_norm=True, hidden=(50,)).eval().requires_grad_(False)
    network.get_parameter("fc2.weight").mul_(50)
    return classifier(network, input_shape=(1, 28, 28))


@pytest.fixture(scope="session")
def pictures() -> Tensor:
    """Pictures with many black and white pixels, as digits are."""
    return (2 * torch.rand(12, 1, 28, 28, generator=new_generator(0)) - 0.5).clamp(0, 1)


@pytest.fixture(scope="session")
def divided_network(pictures: Tensor) -> Classifier:
    """An untrained network that predicts different classes, with various confidences."""
    torch.manual_seed(1)
    network = mnist_cnn(batch_norm=True, hidden=(50,)).eval().requires_grad_(False)
    logits = network(pictures)
    scale = 2.5 / logits.std(0)
    network.get_parameter("fc2.weight").mul_(scale[:, None])
    bias = network.get_parameter("fc2.bias")
    bias.sub_(logits.mean(0)).mul_(scale)
    return classifier(network, input_shape=(1, 28, 28))


@pytest.fixture(scope="session")
def classes(divided_network: Classifier, pictures: Tensor) -> Tensor:
    """The classes that the divided network predicts, as true classes."""
    return torch.as_tensor(divided_network(pictures)).argmax(1)


@pytest.fixture
def start() -> Tensor:
    """Noise, an image for each of TARGETS."""
    return gaussian_start(len(TARGETS), mean=128, std=25, generator=new_generator(0))

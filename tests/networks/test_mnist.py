"""The MNIST networks compute what their definition says."""

import pytest
import torch
from torch import Tensor, nn
from torch.nn.functional import batch_norm, conv2d, linear, max_pool2d

from foolproof.networks.mnist import CLASSES, MEAN, NETWORKS, STD, mnist_cnn


@pytest.fixture
def pixels() -> Tensor:
    return torch.rand(5, 1, 28, 28, generator=torch.Generator().manual_seed(0))


def assignment(network: nn.Sequential, pixels: Tensor) -> Tensor:
    """Compute the logits as the assignment writes them: conv, (batch norm), ReLU, pool."""
    weights = network.state_dict()
    maps = (pixels - MEAN) / STD
    for stage in ("1", "2"):
        maps = conv2d(maps, weights[f"conv{stage}.weight"], weights[f"conv{stage}.bias"], padding=1)
        if f"norm{stage}.weight" in weights:
            names = ("running_mean", "running_var", "weight", "bias")
            maps = batch_norm(maps, *(weights[f"norm{stage}.{name}"] for name in names))
        maps = max_pool2d(maps.relu(), 2)
    features = maps.flatten(1)
    connected = sorted({name.split(".")[0] for name in weights if name.startswith("fc")})
    for name in connected:
        if name != connected[0]:
            features = features.relu()
        features = linear(features, weights[f"{name}.weight"], weights[f"{name}.bias"])
    return features


@pytest.mark.parametrize("name", NETWORKS)
def test_pooling_before_the_nonlinearity_is_the_same_function(name: str, pixels: Tensor) -> None:
    network = NETWORKS[name]()
    with torch.no_grad():
        network(torch.rand(50, 1, 28, 28))  # in training mode: moves the running statistics
        for parameter_name, parameter in network.named_parameters():
            if parameter_name.startswith("norm"):
                parameter.normal_()  # weights of either sign, whose order with max-pooling matters
        logits = network.eval()(pixels)
        torch.testing.assert_close(logits, assignment(network, pixels))
    assert logits.shape == (5, CLASSES)


@pytest.mark.parametrize("name", NETWORKS)
def test_each_convolution_is_normalized_before_it_is_rectified(name: str) -> None:
    kinds = [type(layer) for layer in NETWORKS[name]()]
    norms = kinds.count(nn.BatchNorm2d)
    assert norms == (0 if name in {"nobn", "robust"} else 2)
    for index, kind in enumerate(kinds):
        if kind is nn.Conv2d and norms:
            assert kinds[index + 1] is nn.BatchNorm2d
    stage = [nn.Conv2d, *([nn.BatchNorm2d] if norms else []), nn.MaxPool2d, nn.ReLU]
    assert kinds[1 : 1 + 2 * len(stage)] == 2 * stage


def test_hidden_layers_have_the_given_widths() -> None:
    network = mnist_cnn(batch_norm=False, hidden=(7, 5))
    widths = [layer.out_features for layer in network if isinstance(layer, nn.Linear)]
    assert widths == [7, 5, CLASSES]
    kinds = [type(layer) for layer in network][-5:]
    assert kinds == [nn.Linear, nn.ReLU, nn.Linear, nn.ReLU, nn.Linear]


def test_normalization_is_that_of_mnist_and_not_in_the_state_dict() -> None:
    network = mnist_cnn(batch_norm=False)
    assert not [name for name in network.state_dict() if name.startswith("normalize")]
    torch.testing.assert_close(
        network.get_submodule("normalize")(torch.tensor([0.0, 1.0]).view(2, 1, 1, 1)).flatten(),
        torch.tensor([-0.4242, 2.8215]),
        atol=1e-4,
        rtol=0,
    )

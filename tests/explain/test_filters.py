"""Filters of a named layer, and how their energy divides."""

import pytest
import torch
from torch import Tensor, nn

from foolproof.core.errors import FoolproofError
from foolproof.explain.filters import energy_shares, filters_of
from foolproof.networks.mnist import mnist_cnn


def test_filters_are_the_weights_of_the_named_layer() -> None:
    network = mnist_cnn(batch_norm=True).requires_grad_(False)
    assert filters_of(network, "conv1").shape == (32, 1, 3, 3)
    assert filters_of(network, "conv2").shape == (32, 32, 3, 3)
    torch.testing.assert_close(filters_of(network, "conv2"), network.get_parameter("conv2.weight"))


def test_an_unknown_layer_is_refused_with_the_names_possible() -> None:
    with pytest.raises(FoolproofError, match=r"'conv3'; the network has: conv1, conv2$"):
        filters_of(mnist_cnn(batch_norm=False), "conv3")


def test_a_network_without_convolutions_says_so() -> None:
    with pytest.raises(FoolproofError, match=r"'conv1'; the network has: none$"):
        filters_of(nn.Linear(2, 2), "conv1")


@pytest.mark.parametrize(
    ("kernel", "expected"),
    [
        pytest.param([[2, 2, 2], [2, 2, 2], [2, 2, 2]], (1, 0, 0), id="blur"),
        pytest.param([[-1, 0, 1], [-1, 0, 1], [-1, 0, 1]], (0, 1, 0), id="vertical edge"),
        pytest.param([[-2, -1, 0], [-1, 0, 1], [0, 1, 2]], (0, 1, 0), id="diagonal edge"),
        pytest.param([[0, 1, 0], [1, -4, 1], [0, 1, 0]], (0, 0, 1), id="Laplacian"),
        pytest.param([[0, 0, 0], [0, 3, 0], [0, 0, 0]], (1 / 9, 0, 8 / 9), id="spot"),
    ],
)
def test_energy_of_known_kernels(
    kernel: list[list[float]], expected: tuple[float, float, float]
) -> None:
    weights = torch.tensor(kernel, dtype=torch.float32)[None, None]
    assert energy_shares(weights) == pytest.approx(expected, abs=1e-12)


def test_energy_of_several_kernels_is_weighted_by_their_energy() -> None:
    blur, edge = torch.ones(3, 3), torch.tensor([[-1.0, 0, 1]]).expand(3, 3)
    weights: Tensor = torch.stack([blur, 3 * edge])[:, None]
    assert energy_shares(weights) == pytest.approx((9 / 63, 54 / 63, 0))


def test_energy_of_random_kernels_is_spread_evenly_over_dimensions() -> None:
    weights = torch.randn(200, 50, 3, 3, generator=torch.Generator().manual_seed(0))
    assert energy_shares(weights) == pytest.approx((1 / 9, 2 / 9, 6 / 9), abs=0.01)

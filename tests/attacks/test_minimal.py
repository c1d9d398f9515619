"""Minimal perturbations of linear networks, against the closed form."""

import logging

import pytest
import torch
from torch import Tensor, nn

from foolproof.attacks.minimal import ddn, normalized_steps, possible_ranks, targets_of_ranks

SHAPE = (3, 4, 4)


def linear_network(classes: int, seed: int) -> nn.Sequential:
    torch.manual_seed(seed)
    network = nn.Sequential(nn.Flatten(), nn.Linear(3 * 4 * 4, classes))
    return network.eval().requires_grad_(False)


def weights_of(network: nn.Sequential) -> nn.Linear:
    layer = network[1]
    assert isinstance(layer, nn.Linear)
    return layer


def minimal_norms(network: nn.Sequential, images: Tensor, targets: Tensor) -> Tensor:
    """Compute the distance to the boundary between the only two classes: margin / |w_0 - w_1|."""
    logits = network(images)
    margins = logits.gather(1, 1 - targets[:, None]) - logits.gather(1, targets[:, None])
    weight = weights_of(network).weight
    distances: Tensor = margins[:, 0] / (weight[0] - weight[1]).norm()
    return distances


def norms(changes: Tensor) -> Tensor:
    lengths: Tensor = changes.flatten(1).norm(dim=1)
    return lengths


@pytest.fixture
def images() -> Tensor:
    """Images far from the bounds of the range."""
    return 0.4 + 0.2 * torch.rand(6, *SHAPE, generator=torch.Generator().manual_seed(1))


@pytest.mark.parametrize("seed", range(3))
def test_ddn_finds_the_nearest_point_of_the_boundary(images: Tensor, seed: int) -> None:
    network = linear_network(2, seed)
    targets = 1 - network(images).argmax(1)
    results, found = ddn(network, images, targets, steps=100)
    assert found.all()
    assert torch.equal(network(results).argmax(1), targets)
    ratios = norms(results - images) / minimal_norms(network, images, targets)
    assert (ratios >= 0.999).all()
    assert (ratios <= 1.02).all()


def test_normalized_steps_stop_where_the_target_is_first_the_top_class(images: Tensor) -> None:
    network = linear_network(2, 0)
    targets = 1 - network(images).argmax(1)
    result = normalized_steps(network, images, targets, step_size=0.01, steps=200)
    assert torch.equal(network(result.inputs).argmax(1), targets)
    # On a linear network every step is along the shortest path.
    expected = (minimal_norms(network, images, targets) / 0.01).ceil()
    assert torch.equal(result.steps, expected.long())
    torch.testing.assert_close(norms(result.inputs - images), 0.01 * expected)


def test_ddn_is_never_larger_than_normalized_steps_and_keeps_pixels_valid() -> None:
    network = linear_network(5, 2)
    images = torch.rand(8, *SHAPE, generator=torch.Generator().manual_seed(3))
    targets = network(images).argsort(1)[:, 2]
    plain = normalized_steps(network, images, targets, step_size=0.05, steps=200)
    results, found = ddn(network, images, targets, steps=100)
    assert found.all()
    assert results.min() >= 0
    assert results.max() <= 1
    assert (norms(results - images) <= norms(plain.inputs - images) + 1e-4).all()


def test_ddn_keeps_an_image_of_its_target_class(images: Tensor) -> None:
    network = linear_network(3, 0)
    results, found = ddn(network, images, network(images).argmax(1), steps=5)
    assert found.all()
    assert torch.equal(results, images)


def test_ddn_returns_the_original_without_success(images: Tensor) -> None:
    network = linear_network(2, 0)
    weights_of(network).weight.zero_()
    weights_of(network).bias.copy_(torch.tensor([1.0, 0.0]))
    results, found = ddn(network, images, torch.ones(6, dtype=torch.long), steps=5)
    assert not found.any()
    assert torch.equal(results, images)


@pytest.mark.parametrize(
    ("ranks", "possible"), [([2, 10, 4], [2, 4]), ([10, 100], [4]), ([2, 3], [2, 3])]
)
def test_ranks_beyond_the_classes_are_left_out(
    caplog: pytest.LogCaptureFixture, ranks: list[int], possible: list[int]
) -> None:
    with caplog.at_level(logging.WARNING):
        assert possible_ranks(ranks, 4) == possible
    left_out = [str(rank) for rank in ranks if rank > 4]
    expected = [
        f"4 classes have no rank {', '.join(left_out)}: the targets are of rank "
        f"{', '.join(map(str, possible))}"
    ]
    assert caplog.messages == (expected if left_out else [])


def test_targets_are_the_classes_of_the_ranks_of_each_image() -> None:
    logits = torch.tensor([[1.0, 3.0, 2.0], [5.0, 5.0, 9.0]])
    indices, ranks, targets = targets_of_ranks(logits, [2, 3])
    assert indices.tolist() == [0, 0, 1, 1]
    assert ranks.tolist() == [2, 3, 2, 3]
    assert targets.tolist() == [2, 0, 0, 1]

"""The smallest changes, on linear networks, where they are known in closed form."""

import pytest
import torch
from torch import Tensor, nn

from foolproof.attacks.minimal import ddn, few_steps, likeliest, normalized_step

SHAPE = (3, 4, 4)


def linear_network(classes: int, seed: int) -> nn.Sequential:
    torch.manual_seed(seed)
    network = nn.Sequential(nn.Flatten(), nn.Linear(3 * 4 * 4, classes))
    return network.eval().requires_grad_(False)


def weights_of(network: nn.Sequential) -> nn.Linear:
    layer = network[1]
    assert isinstance(layer, nn.Linear)
    return layer


def least_norms(network: nn.Sequential, images: Tensor, targets: Tensor) -> Tensor:
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
    """Images in the middle of the range, so that no bound is in the way."""
    return 0.4 + 0.2 * torch.rand(6, *SHAPE, generator=torch.Generator().manual_seed(1))


@pytest.mark.parametrize("seed", range(3))
def test_the_search_finds_the_nearest_point_of_the_boundary(images: Tensor, seed: int) -> None:
    network = linear_network(2, seed)
    targets = 1 - network(images).argmax(1)
    results, found = ddn(network, images, targets, steps=100)
    assert found.all()
    assert torch.equal(network(results).argmax(1), targets)
    ratios = norms(results - images) / least_norms(network, images, targets)
    assert (ratios >= 0.999).all()
    assert (ratios <= 1.02).all()


def test_few_steps_stop_where_the_target_is_first_the_likeliest(images: Tensor) -> None:
    network = linear_network(2, 0)
    targets = 1 - network(images).argmax(1)
    trace = few_steps(network, images, targets, step_size=0.01, steps=200)
    assert torch.equal(network(trace.inputs).argmax(1), targets)
    # On a linear network every step goes the shortest way.
    expected = (least_norms(network, images, targets) / 0.01).ceil()
    assert torch.equal(trace.steps, expected.long())
    torch.testing.assert_close(norms(trace.inputs - images), 0.01 * expected)


def test_the_search_is_never_behind_few_steps_and_keeps_pixels_valid() -> None:
    network = linear_network(5, 2)
    images = torch.rand(8, *SHAPE, generator=torch.Generator().manual_seed(3))
    targets = network(images).argsort(1)[:, 2]
    plain = few_steps(network, images, targets, step_size=0.05, steps=200)
    results, found = ddn(network, images, targets, steps=100)
    assert found.all()
    assert results.min() >= 0
    assert results.max() <= 1
    assert (norms(results - images) <= norms(plain.inputs - images) + 1e-4).all()


def test_an_image_that_is_its_target_already_stays_as_it_is(images: Tensor) -> None:
    network = linear_network(3, 0)
    results, found = ddn(network, images, network(images).argmax(1), steps=5)
    assert found.all()
    assert torch.equal(results, images)


def test_a_target_out_of_reach_leaves_the_original(images: Tensor) -> None:
    network = linear_network(2, 0)
    weights_of(network).weight.zero_()
    weights_of(network).bias.copy_(torch.tensor([1.0, 0.0]))
    results, found = ddn(network, images, torch.ones(6, dtype=torch.long), steps=5)
    assert not found.any()
    assert torch.equal(results, images)


def test_a_normalized_step_has_one_length_and_none_without_a_gradient() -> None:
    gradient = torch.stack([torch.zeros(SHAPE), torch.randn(SHAPE), 1e-6 * torch.randn(SHAPE)])
    step = normalized_step(0.3)(gradient, torch.arange(3))
    torch.testing.assert_close(norms(step), torch.tensor([0.0, 0.3, 0.3]))


def test_likeliest_is_about_the_rows_in_question() -> None:
    logits = torch.tensor([[0.0, 1.0], [2.0, 1.0]])
    reached = likeliest(torch.tensor([1, 0, 1]))(logits, torch.tensor([0, 2]))
    assert reached.tolist() == [True, False]

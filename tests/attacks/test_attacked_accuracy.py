"""Accuracy under attack of a linear network, where the margin decides."""

import pytest
import torch
from torch import Tensor, nn

from foolproof.attacks.attacked_accuracy import AttackCurve, attacked_accuracy
from foolproof.compute.seeds import new_generator

EPS = 0.02


@pytest.fixture
def images() -> Tensor:
    """Pixels at least eps away from black and white, so that clipping plays no part."""
    return 0.2 + 0.6 * torch.rand(50, 1, 4, 4, generator=new_generator(0))


@pytest.fixture
def network(images: Tensor) -> nn.Sequential:
    """A linear network with as many images on one side as on the other."""
    torch.manual_seed(0)
    linear = nn.Linear(16, 2)
    with torch.no_grad():
        linear.bias.sub_(linear(images.flatten(1)).median(0).values)
    return nn.Sequential(nn.Flatten(), linear)


def margins(network: nn.Sequential, x: Tensor, y: Tensor, eps: float) -> Tensor:
    """The worst margin in the box is the margin less eps times the L1 norm of its weights."""
    linear = network[1]
    assert isinstance(linear, nn.Linear)
    with torch.no_grad():
        logits = network(x)
        margin = logits.gather(1, y[:, None])[:, 0] - logits.gather(1, 1 - y[:, None])[:, 0]
        worst: Tensor = margin - eps * (linear.weight[0] - linear.weight[1]).abs().sum()
        return worst


def test_accuracies_of_a_linear_network_have_the_closed_form(
    network: nn.Sequential, images: Tensor
) -> None:
    y = torch.arange(50) % 2
    found = attacked_accuracy(network, images, y, eps=EPS, steps=20, seed=0)
    assert torch.equal(found.clean, margins(network, images, y, 0) > 0)
    for attacked in (found.fgsm, found.pgd):
        assert torch.equal(attacked, margins(network, images, y, EPS) > 0)
    assert 0 < found.pgd.sum() < found.clean.sum()


def test_the_network_keeps_its_mode_and_its_gradients(
    network: nn.Sequential, images: Tensor
) -> None:
    network.train()
    attacked_accuracy(network, images, torch.zeros(50).long(), eps=EPS, steps=2, seed=0)
    assert network.training
    assert all(each.requires_grad and each.grad is None for each in network.parameters())


def test_a_curve_has_a_row_for_each_point_and_attack(
    network: nn.Sequential, images: Tensor
) -> None:
    y = torch.arange(50) % 2
    curve = AttackCurve(images, y, eps=EPS, steps=2, seed=0)
    curve.add(network, 0.5)
    with torch.no_grad():
        for parameter in network.parameters():
            parameter.neg_()
    curve.add(network, 1.0)
    rows = curve.rows("a training")
    assert [(row["epoch"], row["attack"]) for row in rows] == [
        (epoch, attack) for epoch in (0.5, 1.0) for attack in ("clean", "fgsm", "pgd")
    ]
    assert {(row["training"], row["n"]) for row in rows} == {("a training", 50)}
    assert float(rows[0]["accuracy"]) + float(rows[3]["accuracy"]) == pytest.approx(1)
    assert curve.rates()["clean"]["value"] == rows[3]["accuracy"]
    assert float(rows[3]["low"]) < float(rows[3]["accuracy"]) < float(rows[3]["high"])
    assert torch.equal(curve.last.clean, curve.points[1.0].clean)

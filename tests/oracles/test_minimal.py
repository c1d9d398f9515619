"""DDN finds perturbations no larger than those of foolbox, with as many steps."""

import pytest
import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy

from foolproof.attacks.minimal import ddn
from foolproof.classifiers.classifier import classifier
from foolproof.networks.mnist import mnist_cnn
from tests.small_training import bars

foolbox = pytest.importorskip("foolbox")

COUNT = 20


@pytest.fixture(scope="module")
def network() -> nn.Module:
    """A small network that is trained on bars."""
    torch.manual_seed(0)
    network = mnist_cnn(batch_norm=True, hidden=(20,))
    split = bars()
    pixels = split.images / 255
    optimizer = torch.optim.Adam(network.parameters(), 0.003)
    for _ in range(4):
        for chosen in torch.randperm(len(pixels)).split(20):
            optimizer.zero_grad()
            cross_entropy(network(pixels[chosen]), split.labels[chosen]).backward()
            optimizer.step()
    network.eval().requires_grad_(False)
    assert (network(pixels).argmax(1) == split.labels).all()
    return network


def norms_of_foolbox(
    network: nn.Module, x: Tensor, y: Tensor, targets: Tensor | None, steps: int
) -> Tensor:
    model = foolbox.PyTorchModel(network, bounds=(0, 1), device="cpu")
    criterion = (
        foolbox.criteria.Misclassification(y)
        if targets is None
        else foolbox.criteria.TargetedMisclassification(targets)
    )
    _, made, success = foolbox.attacks.DDNAttack(steps=steps)(model, x, criterion, epsilons=None)
    norms: Tensor = (made - x).flatten(1).norm(dim=1)
    return norms.where(success, torch.inf)


@pytest.mark.parametrize(("targeted", "steps"), [(False, 40), (True, 40), (True, 100)])
def test_median_norm_is_not_above_that_of_foolbox(
    network: nn.Module, targeted: bool, steps: int
) -> None:
    split = bars(COUNT)
    x, y = split.images / 255, split.labels
    targets = (y + 1 + torch.arange(COUNT) % 9) % 10 if targeted else None
    model = classifier(network, input_shape=(1, 28, 28))
    result = ddn(model, x, y, targets=targets, steps=steps)
    ours = result.l2.where(result.success, torch.inf)
    theirs = norms_of_foolbox(network, x, y, targets, steps)
    assert result.success.sum() >= theirs.isfinite().sum() > 0.9 * COUNT
    # Rounding of a sum changes a norm by less.
    assert ours.median() <= theirs.median() * (1 + 1e-6)

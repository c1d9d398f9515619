"""Attacks within a ball equal those of torchattacks, foolbox and AutoAttack."""

from typing import Any

import pytest
import torch
from torch import Tensor, nn

from foolproof.attacks.adaptive import apgd
from foolproof.attacks.ball import fgsm, pgd
from foolproof.classifiers.classifier import Classifier, classifier
from foolproof.optimize.objectives import LogProbability
from tests.attacks.small import convolutional, pixels

EPS, STEP, STEPS, SHAPE = 0.05, 0.01, 20, (3, 6, 6)

torchattacks = pytest.importorskip("torchattacks")
foolbox = pytest.importorskip("foolbox")


@pytest.fixture(scope="module")
def network() -> nn.Module:
    return convolutional(10, shape=SHAPE, scale=5, dtype=torch.float32).eval()


@pytest.fixture(scope="module")
def model(network: nn.Module) -> Classifier:
    return classifier(network, input_shape=SHAPE)


@pytest.fixture(scope="module")
def x() -> Tensor:
    """As many as a power of two: torchattacks divides by their number, and must not round."""
    return pixels(64, shape=SHAPE, dtype=torch.float32)


@pytest.fixture(scope="module")
def y(network: nn.Module, x: Tensor) -> Tensor:
    return torch.as_tensor(network(x)).argmax(1)


def of_torchattacks(attack: Any, x: Tensor, y: Tensor, targets: Tensor | None) -> Tensor:
    if targets is not None:
        attack.set_mode_targeted_by_label(quiet=True)
    return torch.as_tensor(attack(x, y if targets is None else targets))


def of_foolbox(
    attack: Any, network: nn.Module, x: Tensor, y: Tensor, targets: Tensor | None, eps: float
) -> Tensor:
    model = foolbox.PyTorchModel(network, bounds=(0, 1), device="cpu")
    criterion = (
        foolbox.criteria.Misclassification(y)
        if targets is None
        else foolbox.criteria.TargetedMisclassification(targets)
    )
    return torch.as_tensor(attack.run(model, x, criterion, epsilon=eps))


@pytest.mark.parametrize("targeted", [False, True])
def test_fgsm_equals_the_others_to_the_bit(
    network: nn.Module, model: Classifier, x: Tensor, y: Tensor, targeted: bool
) -> None:
    targets = (y + 1) % 10 if targeted else None
    found = fgsm(model, x, y, eps=EPS, targets=targets).x_adv
    assert torch.equal(found, of_torchattacks(torchattacks.FGSM(network, EPS), x, y, targets))
    if not targeted:
        attack = foolbox.attacks.FGSM(random_start=False)
        assert torch.equal(found, of_foolbox(attack, network, x, y, targets, EPS))


@pytest.mark.parametrize("targeted", [False, True])
def test_pgd_equals_the_others_to_the_bit(
    network: nn.Module, model: Classifier, x: Tensor, y: Tensor, targeted: bool
) -> None:
    targets = (y + 1) % 10 if targeted else None
    found = pgd(
        model, x, y, eps=EPS, steps=STEPS, step_size=STEP, targets=targets, early_stop=False
    ).x_adv
    attack = torchattacks.PGD(network, EPS, STEP, STEPS, random_start=False)
    assert torch.equal(found, of_torchattacks(attack, x, y, targets))
    other = foolbox.attacks.LinfPGD(abs_stepsize=STEP, steps=STEPS, random_start=False)
    assert torch.equal(found, of_foolbox(other, network, x, y, targets, EPS))


def test_pgd_from_the_same_random_start_equals_torchattacks_to_the_bit(
    network: nn.Module, model: Classifier, x: Tensor, y: Tensor
) -> None:
    found = pgd(
        model,
        x,
        y,
        eps=EPS,
        steps=STEPS,
        step_size=STEP,
        random_start=True,
        seed=3,
        early_stop=False,
    ).x_adv
    attack = torchattacks.PGD(network, EPS, STEP, STEPS, random_start=True)
    with torch.random.fork_rng():
        torch.manual_seed(3)
        assert torch.equal(found, of_torchattacks(attack, x, y, None))


@pytest.mark.parametrize("random_start", [False, True])
@pytest.mark.parametrize("targeted", [False, True])
def test_l2_pgd_equals_foolbox(
    network: nn.Module,
    model: Classifier,
    x: Tensor,
    y: Tensor,
    random_start: bool,
    targeted: bool,
) -> None:
    targets = (y + 1) % 10 if targeted else None
    found = pgd(
        model,
        x,
        y,
        eps=0.5,
        steps=STEPS,
        step_size=0.1,
        norm="l2",
        targets=targets,
        random_start=random_start,
        seed=3,
        early_stop=False,
    ).x_adv
    attack = foolbox.attacks.L2PGD(abs_stepsize=0.1, steps=STEPS, random_start=random_start)
    with torch.random.fork_rng():
        torch.manual_seed(3)
        expected = of_foolbox(attack, network, x, y, targets, 0.5)
    torch.testing.assert_close(found, expected, rtol=0, atol=1e-6)


# Theirs warns where the DLR has no gradient: its value is 1 where the label has the third logit.
@pytest.mark.filterwarnings("ignore:there are .* points with zero gradient")
@pytest.mark.parametrize("loss", ["ce", "dlr"])
@pytest.mark.parametrize(("norm", "eps"), [("linf", 0.03), ("l2", 0.3)])
def test_apgd_equals_that_of_its_authors(
    network: nn.Module, model: Classifier, x: Tensor, y: Tensor, norm: Any, eps: float, loss: str
) -> None:
    """Their first checkpoint compares with an unset value, so that a few examples may differ."""
    base = pytest.importorskip("pyautoattack.autopgd_base")
    attack = base.APGDAttack(
        network, n_iter=50, norm={"linf": "Linf", "l2": "L2"}[norm], eps=eps, loss=loss
    )
    attack.init_hyperparam(x)
    with torch.random.fork_rng():
        torch.manual_seed(3)
        best, robust, *_ = attack.attack_single_run(x, y)
    found = apgd(
        model,
        x,
        y,
        eps=eps,
        steps=50,
        norm=norm,
        loss=-LogProbability(y) if loss == "ce" else "dlr",
        seed=3,
        early_stop=False,
    )
    equal = (found.x_adv - best).abs().flatten(1).amax(1) < 1e-4
    assert equal.float().mean() >= 0.9
    stopped = apgd(
        model,
        x,
        y,
        eps=eps,
        steps=50,
        norm=norm,
        loss="cross_entropy" if loss == "ce" else "dlr",
        seed=3,
    )
    fell = robust == 0
    assert 0 < fell.sum() < len(x)
    assert stopped.success.sum() >= fell.sum()

"""FGSM with a random start and PGD, against closed forms."""

from dataclasses import replace

import pytest
import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy

from foolproof.compute.machine import Precision
from foolproof.compute.seeds import new_generator
from foolproof.training.adversarial import PgdAdversary
from foolproof.training.loop import train
from tests.small_training import CONFIG, build, two_classes

LABELS = torch.tensor([0, 1, 1])


def adversary(**changes: float | bool | Precision | tuple[float, ...]) -> PgdAdversary:
    settings = {
        "eps": 0.3,
        "steps": (1.25,),
        "ramp": 0.5,
        "random_start": True,
        "precision": "float32",
    }
    return PgdAdversary(**(settings | changes), generator=new_generator(0, "adversary"))  # type: ignore[arg-type]


@pytest.fixture
def pixels() -> Tensor:
    return torch.rand(3, 1, 2, 2, generator=new_generator(1))


@pytest.mark.parametrize(("progress", "eps"), [(0, 0), (0.1, 0.06), (0.5, 0.3), (0.9, 0.3)])
def test_eps_rises_linearly_over_the_ramp(progress: float, eps: float) -> None:
    assert adversary().eps_at(progress) == pytest.approx(eps)


def test_without_a_ramp_eps_has_its_final_value_at_once() -> None:
    assert adversary(ramp=0).eps_at(0) == 0.3


def test_plain_fgsm_of_a_linear_network_has_the_closed_form(pixels: Tensor) -> None:
    """The gradient of the cross-entropy is (p - onehot) W."""
    network = build()
    linear = network[1]
    assert isinstance(linear, nn.Linear)
    with torch.no_grad():
        wrong = network(pixels).softmax(1) - torch.eye(2)[LABELS]
        signs = (wrong @ linear.weight).sign().view_as(pixels)
    found = adversary(steps=(1,), random_start=False)(network, pixels, LABELS, 1.0)
    assert torch.equal(found, (pixels + 0.3 * signs).clamp(0, 1))


def test_the_start_is_uniform_in_the_box_and_the_step_is_clipped_to_it(pixels: Tensor) -> None:
    network, eps = build(), 0.15
    start = eps * (2 * torch.rand(pixels.shape, generator=new_generator(0, "adversary")) - 1)
    started = (pixels + start).clamp(0, 1).requires_grad_()
    (gradient,) = torch.autograd.grad(cross_entropy(network(started), LABELS), started)
    expected = (pixels + (start + 1.25 * eps * gradient.sign()).clamp(-eps, eps)).clamp(0, 1)
    assert torch.equal(adversary()(network, pixels, LABELS, 0.25), expected)


def test_a_second_step_goes_on_from_the_first(pixels: Tensor) -> None:
    network, change = build(), torch.zeros_like(pixels)
    for step in (1.0, 0.5):
        moved = (pixels + change).clamp(0, 1).requires_grad_()
        (gradient,) = torch.autograd.grad(cross_entropy(network(moved), LABELS), moved)
        change = (change + step * 0.3 * gradient.sign()).clamp(-0.3, 0.3)
    found = adversary(steps=(1.0, 0.5), random_start=False)(network, pixels, LABELS, 1.0)
    assert torch.equal(found, (pixels + change).clamp(0, 1))


def test_perturbed_pixels_are_valid_and_within_eps(pixels: Tensor) -> None:
    found = adversary(steps=(2,))(build(), pixels, LABELS, 0.3)
    assert (found - pixels).abs().max() <= 0.18 + 1e-6
    assert found.min() >= 0
    assert found.max() <= 1
    assert not found.requires_grad


def test_gradients_of_the_weights_stay_as_they_are(pixels: Tensor) -> None:
    network = build()
    adversary()(network, pixels, LABELS, 1.0)
    assert all(parameter.grad is None for parameter in network.parameters())
    for parameter in network.parameters():
        parameter.grad = torch.ones_like(parameter)
    adversary()(network, pixels, LABELS, 1.0)
    for parameter in network.parameters():
        assert parameter.grad is not None
        assert torch.equal(parameter.grad, torch.ones_like(parameter))


@pytest.mark.parametrize("precision", ["float32", "bfloat16"])
def test_the_forward_pass_has_the_precision_of_the_training(
    precision: Precision, pixels: Tensor
) -> None:
    seen = []

    class Watched(nn.Sequential):
        def forward(self, x: Tensor) -> Tensor:
            output: Tensor = super().forward(x)
            seen.append(output.dtype)
            return output

    found = adversary(precision=precision)(Watched(*build()), pixels, LABELS, 1.0)
    assert seen == [getattr(torch, precision)]
    assert found.dtype == torch.float32


def test_equal_generators_give_equal_trainings() -> None:
    states = []
    for seed in (0, 0, 1):
        torch.manual_seed(0)
        network = build()
        perturb = replace(adversary(), generator=new_generator(seed, "adversary"))
        train(
            network,
            two_classes(0),
            two_classes(1),
            CONFIG,
            new_generator(0, "shuffles"),
            keep_best=False,
            perturb=perturb,
        )
        states.append(network.state_dict()["1.weight"])
    assert torch.equal(states[0], states[1])
    assert not torch.equal(states[0], states[2])

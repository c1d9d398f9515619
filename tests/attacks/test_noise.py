"""Noise on an image: it makes a valid picture, reaches its goal, and stops there."""

import pytest
import torch
from torch import Tensor, nn

from foolproof.attacks.noise import additive_noise
from foolproof.networks.weights import unchanged_weights
from foolproof.optimize.loop import OptimizationResult

CONFIDENCE = 0.8


@pytest.fixture
def images() -> Tensor:
    """Pictures with many black and white pixels, where noise is bound to run into the limits."""
    generator = torch.Generator().manual_seed(0)
    return (2 * torch.rand(10, 1, 28, 28, generator=generator) - 0.5).clamp(0, 1)


def attack(
    network: nn.Module, images: Tensor, targets: Tensor, steps: int = 100
) -> OptimizationResult:
    with unchanged_weights(network):
        return additive_noise(
            network, images, targets, confidence=CONFIDENCE, steps=steps, step_size=0.03
        )


def confidences(network: nn.Module, pixels: Tensor, targets: Tensor) -> Tensor:
    probabilities: Tensor = network(pixels).softmax(1)
    return probabilities.gather(1, targets[:, None])[:, 0]


def test_noise_reaches_the_confidence_in_a_valid_picture(
    network: nn.Module, images: Tensor
) -> None:
    targets = torch.arange(10)
    trace = attack(network, images, targets)
    sums = images + trace.inputs
    assert sums.min() >= 0
    assert sums.max() <= 1
    assert trace.success.sum() >= 8
    found = confidences(network, sums, targets)
    assert (found[trace.success] > CONFIDENCE - 1e-4).all()
    assert (found[~trace.success] < CONFIDENCE + 1e-4).all()


def test_it_stops_at_the_first_step_that_suffices(network: nn.Module, images: Tensor) -> None:
    targets = torch.arange(10)
    trace = attack(network, images, targets)
    assert len(trace.steps.unique()) > 3
    for row in trace.steps.argsort()[[1, 4, 7]].tolist():
        taken = int(trace.steps[row])
        assert trace.success[row]
        one = slice(row, row + 1)
        before = attack(network, images[one], targets[one], steps=taken - 1)
        assert not before.success.any()
        again = attack(network, images[one], targets[one], steps=taken)
        torch.testing.assert_close(again.inputs[0], trace.inputs[row], atol=1e-4, rtol=1e-3)
        assert trace.history[: taken + 1, row].isfinite().all()
        assert trace.history[taken + 1 :, row].isnan().all()


def test_a_picture_that_is_sure_already_gets_no_noise(network: nn.Module, images: Tensor) -> None:
    targets = torch.arange(10)
    sure = images + attack(network, images, targets).inputs
    margin = confidences(network, sure, targets) > CONFIDENCE
    assert margin.any()
    trace = attack(network, sure[margin], targets[margin])
    assert not trace.inputs.any()
    assert not trace.steps.any()
    assert trace.success.all()


def test_too_few_steps_are_no_success(network: nn.Module, images: Tensor) -> None:
    targets = torch.arange(10)
    enough = attack(network, images, targets).steps
    trace = attack(network, images, targets, steps=10)
    assert trace.success.tolist() == (enough <= 10).tolist()
    assert trace.steps.tolist() == enough.clamp(max=10).tolist()
    assert len(trace.success.unique()) == 2

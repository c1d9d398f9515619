"""Additive perturbations: valid sums, the first step with success, transfer."""

import pytest
import torch
from torch import Tensor, nn

from foolproof.attacks.noise import (
    add_to_each,
    additive_noise,
    predict_grid,
    shuffle_pixels,
    summarize,
)
from foolproof.compute.seeds import new_generator
from foolproof.networks.weights import unchanged_weights
from foolproof.optimize.loop import OptimizationResult

CONFIDENCE = 0.8


@pytest.fixture
def images() -> Tensor:
    """Pictures with many black and white pixels, where noise is clipped."""
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


def test_noise_reaches_the_confidence_with_valid_pixels(network: nn.Module, images: Tensor) -> None:
    targets = torch.arange(10)
    result = attack(network, images, targets)
    sums = images + result.inputs
    assert sums.min() >= 0
    assert sums.max() <= 1
    assert result.success.sum() >= 8
    found = confidences(network, sums, targets)
    assert (found[result.success] > CONFIDENCE - 1e-4).all()
    assert (found[~result.success] < CONFIDENCE + 1e-4).all()


def test_attack_stops_at_the_first_step_with_success(network: nn.Module, images: Tensor) -> None:
    targets = torch.arange(10)
    result = attack(network, images, targets)
    assert len(result.steps.unique()) > 3
    for index in result.steps.argsort()[[1, 4, 7]].tolist():
        taken = int(result.steps[index])
        assert result.success[index]
        one = slice(index, index + 1)
        before = attack(network, images[one], targets[one], steps=taken - 1)
        assert not before.success.any()
        again = attack(network, images[one], targets[one], steps=taken)
        torch.testing.assert_close(again.inputs[0], result.inputs[index], atol=1e-4, rtol=1e-3)
        assert result.history[: taken + 1, index].isfinite().all()
        assert result.history[taken + 1 :, index].isnan().all()


def test_confident_image_gets_no_noise(network: nn.Module, images: Tensor) -> None:
    targets = torch.arange(10)
    confident = images + attack(network, images, targets).inputs
    margin = confidences(network, confident, targets) > CONFIDENCE
    assert margin.any()
    result = attack(network, confident[margin], targets[margin])
    assert not result.inputs.any()
    assert not result.steps.any()
    assert result.success.all()


def test_too_few_steps_give_no_success(network: nn.Module, images: Tensor) -> None:
    targets = torch.arange(10)
    enough = attack(network, images, targets).steps
    result = attack(network, images, targets, steps=10)
    assert result.success.tolist() == (enough <= 10).tolist()
    assert result.steps.tolist() == enough.clamp(max=10).tolist()
    assert len(result.success.unique()) == 2


def test_each_noise_is_added_to_each_image_and_classified(network: nn.Module) -> None:
    generator = new_generator(0)
    noise = torch.rand(2, 1, 28, 28, generator=generator) - 0.5
    images = torch.rand(3, 1, 28, 28, generator=generator)
    sums = add_to_each(noise, images)
    probabilities = predict_grid(network, sums)
    assert probabilities.shape == (2, 3, 10)
    for i in range(2):
        for j in range(3):
            expected = (images[j] + noise[i]).clamp(0, 1)
            assert torch.equal(sums[i, j], expected)
            alone = network(expected[None]).softmax(1)[0]
            torch.testing.assert_close(probabilities[i, j], alone, atol=1e-5, rtol=1e-4)


def test_shuffled_noise_has_the_same_values_elsewhere() -> None:
    noise = torch.rand(3, 1, 28, 28, generator=new_generator(0))
    shuffled = shuffle_pixels(noise, new_generator(1))
    assert torch.equal(shuffled.flatten(1).sort(1).values, noise.flatten(1).sort(1).values)
    assert not any(torch.equal(one, other) for one, other in zip(shuffled, noise, strict=True))
    assert torch.equal(shuffled, shuffle_pixels(noise, new_generator(1)))


def test_summary_of_noise_by_hand() -> None:
    """Two targets and two images, of which the first noise turns the second into its target."""
    one_hot = torch.eye(2)
    result = OptimizationResult(
        inputs=torch.tensor([[3.0, -4.0], [0.0, 0.0]])[:, None, None],
        logits=torch.tensor([[0.0, 0.0], [0.0, 100.0]]),
        success=torch.tensor([False, True]),
        steps=torch.tensor([7, 2]),
        history=torch.empty(0),
    )
    targets = labels = torch.tensor([0, 1])
    probabilities = one_hot[torch.tensor([[0, 0], [0, 1]])]
    control = one_hot[torch.tensor([[0, 1], [1, 1]])]
    assert summarize(result, targets, labels, probabilities, control) == {
        "success_rate": 0.5,
        "min_confidence": 0.5,
        "transfer_rate": 0.5,
        "error_rate": 0.25,
        "error_rate_shuffled_noise": 0.25,
        "mean_l2": 2.5,
        "mean_linf": 2,
        "median_steps": 2,
        "max_steps": 7,
    }

"""Additive perturbations: valid sums, the first step with success; universal ones."""

import copy
from typing import Any

import pytest
import torch
from torch import Tensor, nn
from torch.nn.functional import log_softmax

from foolproof.attacks import noise as module
from foolproof.attacks.noise import additive_noise, universal_noise
from foolproof.classifiers.classifier import Classifier, classifier
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
    network: Classifier, images: Tensor, targets: Tensor, steps: int = 100
) -> OptimizationResult:
    with unchanged_weights(network):
        return additive_noise(
            network, images, targets, confidence=CONFIDENCE, steps=steps, step_size=0.03
        )


def confidences(network: Classifier, pixels: Tensor, targets: Tensor) -> Tensor:
    probabilities: Tensor = network(pixels).softmax(1)
    return probabilities.gather(1, targets[:, None])[:, 0]


def test_noise_reaches_the_confidence_with_valid_pixels(
    network: Classifier, images: Tensor
) -> None:
    targets = torch.arange(10)
    result = attack(network, images, targets)
    sums = images + result.inputs
    assert sums.min() >= 0
    assert sums.max() <= 1
    assert result.success.sum() >= 8
    found = confidences(network, sums, targets)
    assert (found[result.success] > CONFIDENCE - 1e-4).all()
    assert (found[~result.success] < CONFIDENCE + 1e-4).all()


def test_attack_stops_at_the_first_step_with_success(network: Classifier, images: Tensor) -> None:
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


def test_confident_image_gets_no_noise(network: Classifier, images: Tensor) -> None:
    targets = torch.arange(10)
    confident = images + attack(network, images, targets).inputs
    margin = confidences(network, confident, targets) > CONFIDENCE
    assert margin.any()
    result = attack(network, confident[margin], targets[margin])
    assert not result.inputs.any()
    assert not result.steps.any()
    assert result.success.all()


def test_too_few_steps_give_no_success(network: Classifier, images: Tensor) -> None:
    targets = torch.arange(10)
    enough = attack(network, images, targets).steps
    result = attack(network, images, targets, steps=10)
    assert result.success.tolist() == (enough <= 10).tolist()
    assert result.steps.tolist() == enough.clamp(max=10).tolist()
    assert len(result.success.unique()) == 2


def linear_model(bounds: tuple[float, float] = (0, 1)) -> tuple[Classifier, Tensor]:
    """Make a linear classifier of grey images as class 0, and the difference of its weights."""
    torch.manual_seed(0)
    last = nn.Linear(16, 2).double().requires_grad_(False)
    difference = last.weight[1] - last.weight[0]
    last.bias.copy_(torch.stack([difference.sum() / 2 + 0.5, torch.zeros(()).double()]))
    network = nn.Sequential(nn.Flatten(), last)
    return classifier(network, bounds=bounds, input_shape=(1, 4, 4)), difference


def grey_images(count: int = 6) -> Tensor:
    """Images far from the bounds."""
    images = torch.rand(count, 1, 4, 4, generator=new_generator(1), dtype=torch.float64)
    return 0.4 + 0.2 * images


def zeros(count: int) -> Tensor:
    return torch.zeros(count, dtype=torch.long)


def test_universal_noise_on_a_linear_network_is_eps_times_the_sign_of_the_weights() -> None:
    model, difference = linear_model()
    images, eps = grey_images(), 0.05
    result = universal_noise(
        model, images, zeros(6), targets=1, eps=eps, steps=9, step_size=0.02, confidence=1.0
    )
    torch.testing.assert_close(result.noise.flatten(), eps * difference.sign(), atol=0, rtol=1e-12)
    assert torch.equal(result.x_adv, images + result.noise)
    assert (result.steps == 9).all()
    assert not result.success.any()
    # Success follows from the margin of each image and the L1 norm of the weights.
    margins = model(images).diff(dim=1)[:, 0]
    enough = float(-margins.min() / difference.abs().sum())
    for share, success in ((0.999, False), (1.001, True)):
        result = universal_noise(
            model, images, zeros(6), targets=1, eps=share * enough, steps=50, step_size=enough / 9
        )
        assert bool(result.success.all()) == success
        expected = margins + share * enough * difference.abs().sum() > 0
        assert torch.equal(result.success, expected)


def universal_by_hand(
    model: nn.Module, images: Tensor, target: int, *, eps: float, steps: int, size: float
) -> Tensor:
    """Follow the formula with a penalty-free loop; the gradient passes where a sum is valid."""
    noise = torch.zeros_like(images[:1])
    for _ in range(steps):
        gradient = torch.zeros_like(noise)
        for image in images:
            sums = (image + noise).requires_grad_()
            value = log_softmax(model(sums.clamp(0, 1)), 1)[0, target]
            (slope,) = torch.autograd.grad(value, sums)
            gradient += slope / len(images)
        noise = (noise + size * gradient.sign()).clamp(-eps, eps)
    return noise[0]


def test_universal_noise_follows_the_formula(network: Classifier) -> None:
    images = 0.2 + 0.6 * torch.rand(4, 1, 28, 28, generator=new_generator(3))
    result = universal_noise(
        network,
        images,
        zeros(4),
        targets=7,
        eps=0.1,
        steps=3,
        step_size=0.04,
        confidence=1.0,
    )
    by_hand = universal_by_hand(network, images, 7, eps=0.1, steps=3, size=0.04)
    # Where a gradient is almost zero, rounding decides its sign.
    assert (result.noise - by_hand).abs().gt(1e-6).double().mean() < 0.01


def test_universal_noise_stops_where_all_images_are_of_the_target(network: Classifier) -> None:
    images = torch.rand(5, 1, 28, 28, generator=new_generator(3))
    labels = torch.tensor([0, 1, 2, 3, 4])
    result = universal_noise(network, images, labels, targets=7, steps=100, step_size=0.01)
    assert result.success.all()
    taken = int(result.steps[0])
    assert 0 < taken < 100
    assert (result.steps == taken).all()
    assert (result.queries == taken + 1).all()
    assert result.history.shape == (101, 5)
    assert result.history[: taken + 1].isfinite().all()
    assert result.history[taken + 1 :].isnan().all()
    assert torch.equal(result.x_adv, (images + result.noise).clamp(0, 1))
    before = universal_noise(network, images, labels, targets=7, steps=taken - 1, step_size=0.01)
    assert not before.success.all()
    some = result.at(torch.tensor([3, 1]))
    assert torch.equal(some.x_adv, result.x_adv[[3, 1]])
    assert torch.equal(some.noise, result.noise)


def test_universal_noise_changes_black_pixels_and_keeps_no_noise_without_effect(
    network: Classifier,
) -> None:
    black = torch.zeros(3, 1, 28, 28)
    result = universal_noise(
        network, black, zeros(3), targets=7, steps=4, step_size=0.01, confidence=1.0
    )
    assert result.noise.min() == 0
    assert (result.noise > 0).double().mean() > 0.2
    assert torch.equal(result.x_adv, result.noise.expand(3, -1, -1, -1))


def test_universal_noise_in_chunks_equals_that_of_one_batch(
    network: Classifier, monkeypatch: pytest.MonkeyPatch
) -> None:
    images = torch.rand(7, 1, 28, 28, generator=new_generator(3)).double()
    precise = copy.deepcopy(network).double()

    def attack() -> Tensor:
        return universal_noise(
            precise, images, zeros(7), targets=7, steps=4, step_size=0.01, confidence=1.0
        ).noise

    whole = attack()
    monkeypatch.setattr(module, "chunk_size", lambda _: 3)
    assert torch.equal(attack(), whole)


def test_universal_noise_of_other_bounds_is_scaled() -> None:
    model, _ = linear_model()
    wide, _ = linear_model((0, 255))
    wide.get_parameter("network.1.weight").div_(255)
    images = grey_images()
    small = universal_noise(model, images, zeros(6), targets=1, eps=0.1, steps=9, step_size=0.02)
    large = universal_noise(
        wide, 255 * images, zeros(6), targets=1, eps=25.5, steps=9, step_size=5.1
    )
    torch.testing.assert_close(large.noise / 255, small.noise)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"x": grey_images() + 1}, "expected pixels in \\[0, 1\\], found 1.4"),
        ({"x": grey_images(0), "y": zeros(0)}, "expected a batch of at least one image"),
        ({"y": zeros(5)}, "expected labels as an int64 tensor \\(6,\\)"),
        ({"targets": 2}, "expected target from 0 to 1, found 2"),
        ({"targets": 0}, "expected targets other than the labels, but 6 of 6 are equal"),
        ({"steps": 0}, "expected steps of at least 1, found 0"),
        ({"step_size": 0.0}, "expected step_size above 0, found 0"),
        ({"eps": 0.0}, "expected eps above 0, in units of the pixels, found 0"),
        ({"confidence": 1.5}, "expected a confidence in \\(0, 1\\], found 1.5"),
    ],
)
def test_universal_noise_refuses_bad_input(changes: dict[str, Any], message: str) -> None:
    given: dict[str, Any] = {
        "x": grey_images(),
        "y": zeros(6),
        "targets": 1,
        "steps": 2,
        "step_size": 0.1,
    }
    with pytest.raises(ValueError, match=message):
        universal_noise(linear_model()[0], **(given | changes))

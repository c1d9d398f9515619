"""One-sided attacks: the formula, the constraint on saved images, the first step with success."""

import copy
from functools import partial
from pathlib import Path

import pytest
import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy

from foolproof.attacks.one_sided import after_steps, at_confidences, targeted, untargeted
from foolproof.attacks.perturbation import max_violation
from foolproof.data.arrays import read_arrays, write_arrays
from foolproof.networks.weights import unchanged_weights
from foolproof.optimize.loop import OptimizationResult

CONFIDENCE, STEP_SIZE = 0.8, 0.003


@pytest.fixture(scope="module")
def targets(classes: Tensor) -> Tensor:
    return (classes + 1 + torch.arange(len(classes)) % 9) % 10


@pytest.fixture(scope="module")
def precise(divided_network: nn.Module) -> nn.Module:
    """The network in float64, where no sign of a gradient depends on the rounding of a sum."""
    return copy.deepcopy(divided_network).double()


def attack_untargeted(
    network: nn.Module, images: Tensor, labels: Tensor, steps: int = 100
) -> OptimizationResult:
    with unchanged_weights(network):
        return untargeted(
            network, images, labels, confidence=CONFIDENCE, steps=steps, step_size=STEP_SIZE
        )


def attack_targeted(
    network: nn.Module, images: Tensor, targets: Tensor, steps: int = 100
) -> OptimizationResult:
    with unchanged_weights(network):
        return targeted(
            network, images, targets, confidence=CONFIDENCE, steps=steps, step_size=STEP_SIZE
        )


def basic_iterative_method(
    network: nn.Module, images: Tensor, labels: Tensor, *, sign: int, steps: int
) -> Tensor:
    """Follow torchattacks 3.5.1, attacks/bim.py, where its ball is [X, no limit] around X."""
    originals = images.clone()
    for _ in range(steps):
        images.requires_grad = True
        cost = sign * cross_entropy(network(images), labels)
        gradient = torch.autograd.grad(cost, images, retain_graph=False, create_graph=False)[0]
        adversarial = images + STEP_SIZE * gradient.sign()
        raised = (adversarial >= originals) * adversarial + (adversarial < originals) * originals
        images = torch.clamp(raised, max=1).detach()
    return images


def test_attack_equals_the_basic_iterative_method_with_another_constraint(
    precise: nn.Module, pictures: Tensor, classes: Tensor, targets: Tensor
) -> None:
    pixels = pictures.double()
    result = untargeted(precise, pixels, classes, confidence=None, steps=7, step_size=STEP_SIZE)
    expected = basic_iterative_method(precise, pixels, classes, sign=1, steps=7)
    assert torch.equal(result.inputs, expected)
    result = targeted(precise, pixels, targets, confidence=1.1, steps=7, step_size=STEP_SIZE)
    expected = basic_iterative_method(precise, pixels, targets, sign=-1, steps=7)
    assert torch.equal(result.inputs, expected)
    assert not result.success.any()


def test_constraint_holds_on_the_saved_images(
    tmp_path: Path, divided_network: nn.Module, pictures: Tensor, classes: Tensor, targets: Tensor
) -> None:
    images = [
        attack_untargeted(divided_network, pictures, classes).inputs,
        attack_targeted(divided_network, pictures, targets).inputs,
    ]
    write_arrays(tmp_path / "saved.npz", images=torch.stack(images).numpy())
    saved = torch.from_numpy(read_arrays(tmp_path / "saved.npz")["images"])
    assert saved.dtype == torch.float32
    for pixels in saved:
        assert (pixels >= pictures).all()
        assert pixels.max() <= 1
        assert max_violation(pixels, pictures, 1) == 0
        assert (pixels > pictures).flatten(1).any(1).all()


def test_success_is_a_confident_misclassification(
    divided_network: nn.Module, pictures: Tensor, classes: Tensor, targets: Tensor
) -> None:
    wrong = attack_untargeted(divided_network, pictures, classes)
    found = divided_network(wrong.inputs).softmax(1)
    others = found.scatter(1, classes[:, None], 0).amax(1)
    assert wrong.success.sum() > len(classes) / 2
    assert torch.equal(others >= CONFIDENCE, wrong.success)
    reached = attack_targeted(divided_network, pictures, targets)
    confidences = divided_network(reached.inputs).softmax(1).gather(1, targets[:, None])[:, 0]
    assert reached.success.sum() > len(classes) / 2
    assert torch.equal(confidences >= CONFIDENCE, reached.success)


def test_attack_stops_at_the_first_step_with_success(
    precise: nn.Module, pictures: Tensor, classes: Tensor
) -> None:
    pixels = pictures.double()
    result = attack_untargeted(precise, pixels, classes)
    assert len(result.steps.unique()) > 3
    for index in result.steps.argsort()[[1, 4, 7]].tolist():
        taken, one = int(result.steps[index]), slice(index, index + 1)
        assert result.success[index]
        before = attack_untargeted(precise, pixels[one], classes[one], steps=taken - 1)
        assert not before.success.any()
        again = attack_untargeted(precise, pixels[one], classes[one], steps=taken)
        assert again.success.all()
        assert torch.equal(again.inputs[0], result.inputs[index])


def test_confidently_misclassified_image_is_not_perturbed(
    divided_network: nn.Module, pictures: Tensor, classes: Tensor
) -> None:
    others = (classes + 1) % 10
    result = attack_untargeted(divided_network, pictures, others)
    confident = divided_network(pictures).softmax(1).amax(1) >= CONFIDENCE
    assert len(confident.unique()) == 2
    assert torch.equal(result.steps == 0, confident)
    assert torch.equal(result.inputs[confident], pictures[confident])
    assert result.success[confident].all()


@pytest.mark.parametrize("step_size", [1.0, 1e6])
def test_huge_step_leaves_each_pixel_or_makes_it_white(
    divided_network: nn.Module, pictures: Tensor, classes: Tensor, step_size: float
) -> None:
    for count in (1, 2, 5):
        result = untargeted(
            divided_network, pictures, classes, confidence=None, steps=count, step_size=step_size
        )
        assert ((result.inputs == pictures) | (result.inputs == 1)).all()
        assert (result.inputs == 1).any()
    result = targeted(
        divided_network, pictures, classes, confidence=1.1, steps=3, step_size=step_size
    )
    assert ((result.inputs == pictures) | (result.inputs == 1)).all()


def test_confidences_lie_on_one_path(precise: nn.Module, pictures: Tensor, classes: Tensor) -> None:
    pixels = pictures.double()
    attack = partial(untargeted, precise, pixels, classes, steps=100, step_size=STEP_SIZE)
    levels = at_confidences(
        precise, pixels, classes, [0.9, 0.3, 0.6], steps=100, step_size=STEP_SIZE
    )
    for expected, (confidence, result) in zip([0.3, 0.6, 0.9], levels, strict=True):
        assert confidence == expected
        alone = attack(confidence=confidence)
        assert torch.equal(result.inputs, alone.inputs)
        assert torch.equal(result.success, alone.success)
        assert torch.equal(result.steps, alone.steps)


def test_numbers_of_steps_lie_on_one_path(
    divided_network: nn.Module, pictures: Tensor, classes: Tensor
) -> None:
    levels = list(after_steps(divided_network, pictures, classes, [9, 2, 4], step_size=STEP_SIZE))
    assert [count for count, _ in levels] == [2, 4, 9]
    for count, result in levels:
        whole = untargeted(
            divided_network, pictures, classes, confidence=None, steps=count, step_size=STEP_SIZE
        )
        assert torch.equal(result.inputs, whole.inputs)
        assert torch.equal(result.steps, whole.steps)
        assert not result.success.any()

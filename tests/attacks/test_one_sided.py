"""Ink that fools: the formula, the constraint on what is saved, the first step that suffices."""

import copy
from functools import partial
from pathlib import Path

import pytest
import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy

from foolproof.attacks.one_sided import after_steps, at_confidences, targeted, untargeted
from foolproof.attacks.perturbation import greatest_violation
from foolproof.data.arrays import read_arrays, write_arrays
from foolproof.networks.weights import unchanged_weights
from foolproof.optimize.loop import OptimizationResult

CONFIDENCE, STEP_SIZE = 0.8, 0.003


@pytest.fixture(scope="module")
def targets(classes: Tensor) -> Tensor:
    return (classes + 1 + torch.arange(len(classes)) % 9) % 10


@pytest.fixture(scope="module")
def precise(divided_network: nn.Module) -> nn.Module:
    """The network in float64, where no sign of a gradient hangs on how a sum is rounded."""
    return copy.deepcopy(divided_network).double()


def any_class(
    network: nn.Module, images: Tensor, labels: Tensor, steps: int = 100
) -> OptimizationResult:
    with unchanged_weights(network):
        return untargeted(
            network, images, labels, confidence=CONFIDENCE, steps=steps, step_size=STEP_SIZE
        )


def target(
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


def test_it_is_the_basic_iterative_method_with_another_constraint(
    precise: nn.Module, pictures: Tensor, classes: Tensor, targets: Tensor
) -> None:
    pixels = pictures.double()
    trace = untargeted(precise, pixels, classes, confidence=None, steps=7, step_size=STEP_SIZE)
    expected = basic_iterative_method(precise, pixels, classes, sign=1, steps=7)
    assert torch.equal(trace.inputs, expected)
    trace = targeted(precise, pixels, targets, confidence=1.1, steps=7, step_size=STEP_SIZE)
    expected = basic_iterative_method(precise, pixels, targets, sign=-1, steps=7)
    assert torch.equal(trace.inputs, expected)
    assert not trace.success.any()


def test_the_constraint_holds_on_what_was_saved(
    tmp_path: Path, divided_network: nn.Module, pictures: Tensor, classes: Tensor, targets: Tensor
) -> None:
    made = [
        any_class(divided_network, pictures, classes).inputs,
        target(divided_network, pictures, targets).inputs,
    ]
    write_arrays(tmp_path / "made.npz", made=torch.stack(made).numpy())
    saved = torch.from_numpy(read_arrays(tmp_path / "made.npz")["made"])
    assert saved.dtype == torch.float32
    for pixels in saved:
        assert (pixels >= pictures).all()
        assert pixels.max() <= 1
        assert greatest_violation(pictures, pixels) == 0
        assert (pixels > pictures).flatten(1).any(1).all()


def test_a_success_is_confident_and_wrong(
    divided_network: nn.Module, pictures: Tensor, classes: Tensor, targets: Tensor
) -> None:
    wrong = any_class(divided_network, pictures, classes)
    found = divided_network(wrong.inputs).softmax(1)
    others = found.scatter(1, classes[:, None], 0).amax(1)
    assert wrong.success.sum() > len(classes) / 2
    assert torch.equal(others >= CONFIDENCE, wrong.success)
    aimed = target(divided_network, pictures, targets)
    reached = divided_network(aimed.inputs).softmax(1).gather(1, targets[:, None])[:, 0]
    assert aimed.success.sum() > len(classes) / 2
    assert torch.equal(reached >= CONFIDENCE, aimed.success)


def test_it_stops_at_the_first_step_that_suffices(
    precise: nn.Module, pictures: Tensor, classes: Tensor
) -> None:
    pixels = pictures.double()
    trace = any_class(precise, pixels, classes)
    assert len(trace.steps.unique()) > 3
    for row in trace.steps.argsort()[[1, 4, 7]].tolist():
        taken, one = int(trace.steps[row]), slice(row, row + 1)
        assert trace.success[row]
        before = any_class(precise, pixels[one], classes[one], steps=taken - 1)
        assert not before.success.any()
        again = any_class(precise, pixels[one], classes[one], steps=taken)
        assert again.success.all()
        assert torch.equal(again.inputs[0], trace.inputs[row])


def test_what_is_confidently_wrong_at_the_start_gets_no_ink(
    divided_network: nn.Module, pictures: Tensor, classes: Tensor
) -> None:
    others = (classes + 1) % 10
    trace = any_class(divided_network, pictures, others)
    sure = divided_network(pictures).softmax(1).amax(1) >= CONFIDENCE
    assert len(sure.unique()) == 2
    assert torch.equal(trace.steps == 0, sure)
    assert torch.equal(trace.inputs[sure], pictures[sure])
    assert trace.success[sure].all()


@pytest.mark.parametrize("step_size", [1.0, 1e6])
def test_with_a_huge_step_each_pixel_is_as_it_was_or_white(
    divided_network: nn.Module, pictures: Tensor, classes: Tensor, step_size: float
) -> None:
    for count in (1, 2, 5):
        trace = untargeted(
            divided_network, pictures, classes, confidence=None, steps=count, step_size=step_size
        )
        assert ((trace.inputs == pictures) | (trace.inputs == 1)).all()
        assert (trace.inputs == 1).any()
    trace = targeted(
        divided_network, pictures, classes, confidence=1.1, steps=3, step_size=step_size
    )
    assert ((trace.inputs == pictures) | (trace.inputs == 1)).all()


def test_confidences_are_looked_at_on_one_path(
    precise: nn.Module, pictures: Tensor, classes: Tensor
) -> None:
    pixels = pictures.double()
    attack = partial(untargeted, precise, pixels, classes, steps=100, step_size=STEP_SIZE)
    levels = at_confidences(
        precise, pixels, classes, [0.9, 0.3, 0.6], steps=100, step_size=STEP_SIZE
    )
    for expected, (confidence, trace) in zip([0.3, 0.6, 0.9], levels, strict=True):
        assert confidence == expected
        alone = attack(confidence=confidence)
        assert torch.equal(trace.inputs, alone.inputs)
        assert torch.equal(trace.success, alone.success)


def test_numbers_of_steps_are_looked_at_on_one_path(
    divided_network: nn.Module, pictures: Tensor, classes: Tensor
) -> None:
    levels = list(after_steps(divided_network, pictures, classes, [9, 2, 4], step_size=STEP_SIZE))
    assert [count for count, _ in levels] == [2, 4, 9]
    for count, trace in levels:
        whole = untargeted(
            divided_network, pictures, classes, confidence=None, steps=count, step_size=STEP_SIZE
        )
        assert torch.equal(trace.inputs, whole.inputs)
        assert not trace.success.any()

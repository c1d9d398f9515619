"""One-sided attacks: the formula, the constraint on saved images, the first step with success."""

import copy
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy

from foolproof.attacks.one_sided import after_steps, at_confidences, one_sided_fgsm
from foolproof.attacks.perturbation import max_violation
from foolproof.attacks.result import AttackResult
from foolproof.classifiers.classifier import Classifier, classifier
from foolproof.data.arrays import read_arrays, write_arrays
from foolproof.networks.weights import unchanged_weights

CONFIDENCE, STEP_SIZE = 0.8, 0.003


@pytest.fixture(scope="module")
def targets(classes: Tensor) -> Tensor:
    return (classes + 1 + torch.arange(len(classes)) % 9) % 10


@pytest.fixture(scope="module")
def precise(divided_network: Classifier) -> Classifier:
    """The network in float64, where no sign of a gradient depends on the rounding of a sum."""
    return copy.deepcopy(divided_network).double()


def attack(
    model: Classifier,
    images: Tensor,
    labels: Tensor,
    targets: Tensor | None = None,
    steps: int = 100,
) -> AttackResult:
    with unchanged_weights(model):
        return one_sided_fgsm(
            model,
            images,
            labels,
            targets=targets,
            confidence=CONFIDENCE,
            steps=steps,
            step_size=STEP_SIZE,
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
    precise: Classifier, pictures: Tensor, classes: Tensor, targets: Tensor
) -> None:
    pixels = pictures.double()
    size: dict[str, Any] = {"steps": 7, "step_size": STEP_SIZE}
    result = one_sided_fgsm(precise, pixels, classes, **size)
    expected = basic_iterative_method(precise, pixels, classes, sign=1, steps=7)
    assert torch.equal(result.x_adv, expected)
    assert torch.equal(result.success, precise(expected).argmax(1) != classes)
    result = one_sided_fgsm(precise, pixels, classes, targets=targets, **size)
    expected = basic_iterative_method(precise, pixels, targets, sign=-1, steps=7)
    assert torch.equal(result.x_adv, expected)
    assert torch.equal(result.success, precise(expected).argmax(1) == targets)
    assert (result.steps == 7).all()
    assert (result.queries == 8).all()


def test_constraint_holds_on_the_saved_images(
    tmp_path: Path, divided_network: Classifier, pictures: Tensor, classes: Tensor, targets: Tensor
) -> None:
    images = [
        attack(divided_network, pictures, classes).x_adv,
        attack(divided_network, pictures, classes, targets).x_adv,
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
    divided_network: Classifier, pictures: Tensor, classes: Tensor, targets: Tensor
) -> None:
    wrong = attack(divided_network, pictures, classes)
    found = divided_network(wrong.x_adv).softmax(1)
    others = found.scatter(1, classes[:, None], 0).amax(1)
    assert wrong.success.sum() > len(classes) / 2
    assert torch.equal(others >= CONFIDENCE, wrong.success)
    reached = attack(divided_network, pictures, classes, targets)
    confidences = divided_network(reached.x_adv).softmax(1).gather(1, targets[:, None])[:, 0]
    assert reached.success.sum() > len(classes) / 2
    assert torch.equal(confidences >= CONFIDENCE, reached.success)


def test_attack_stops_at_the_first_step_with_success(
    precise: Classifier, pictures: Tensor, classes: Tensor
) -> None:
    pixels = pictures.double()
    result = attack(precise, pixels, classes)
    assert len(result.steps.unique()) > 3
    for index in result.steps.argsort()[[1, 4, 7]].tolist():
        taken, one = int(result.steps[index]), slice(index, index + 1)
        assert result.success[index]
        before = attack(precise, pixels[one], classes[one], steps=taken - 1)
        assert not before.success.any()
        again = attack(precise, pixels[one], classes[one], steps=taken)
        assert again.success.all()
        assert torch.equal(again.x_adv[0], result.x_adv[index])


def test_confidently_misclassified_image_is_not_perturbed(
    divided_network: Classifier, pictures: Tensor, classes: Tensor
) -> None:
    others = (classes + 1) % 10
    result = attack(divided_network, pictures, others)
    confident = divided_network(pictures).softmax(1).amax(1) >= CONFIDENCE
    assert len(confident.unique()) == 2
    assert torch.equal(result.steps == 0, confident)
    assert torch.equal(result.x_adv[confident], pictures[confident])
    assert result.success[confident].all()


@pytest.mark.parametrize("step_size", [1.0, 1e6])
def test_huge_step_leaves_each_pixel_or_makes_it_white(
    divided_network: Classifier, pictures: Tensor, classes: Tensor, step_size: float
) -> None:
    given = (divided_network, pictures, classes)
    for count in (1, 2, 5):
        result = one_sided_fgsm(*given, steps=count, step_size=step_size)
        assert ((result.x_adv == pictures) | (result.x_adv == 1)).all()
        assert (result.x_adv == 1).any()
    others = (classes + 1) % 10
    result = one_sided_fgsm(*given, targets=others, steps=3, step_size=step_size)
    assert ((result.x_adv == pictures) | (result.x_adv == 1)).all()


def test_confidences_lie_on_one_path(
    precise: Classifier, pictures: Tensor, classes: Tensor
) -> None:
    pixels = pictures.double()
    whole = partial(one_sided_fgsm, precise, pixels, classes, steps=100, step_size=STEP_SIZE)
    levels = at_confidences(
        precise, pixels, classes, [0.9, 0.3, 0.6], steps=100, step_size=STEP_SIZE
    )
    for expected, (confidence, result) in zip([0.3, 0.6, 0.9], levels, strict=True):
        assert confidence == expected
        alone = whole(confidence=confidence)
        assert torch.equal(result.inputs, alone.x_adv)
        assert torch.equal(result.success, alone.success)
        assert torch.equal(result.steps, alone.steps)


def test_numbers_of_steps_lie_on_one_path(
    divided_network: Classifier, pictures: Tensor, classes: Tensor
) -> None:
    levels = list(after_steps(divided_network, pictures, classes, [9, 2, 4], step_size=STEP_SIZE))
    assert [count for count, _ in levels] == [2, 4, 9]
    for count, result in levels:
        whole = one_sided_fgsm(divided_network, pictures, classes, steps=count, step_size=STEP_SIZE)
        assert torch.equal(result.inputs, whole.x_adv)
        assert torch.equal(result.steps, whole.steps)
        assert not result.success.any()


@pytest.mark.parametrize("shape", [(1, 5, 5), (3, 5, 5)])
@pytest.mark.parametrize("count", [2, 3])
def test_any_shape_number_of_classes_and_bounds(shape: tuple[int, ...], count: int) -> None:
    """On a linear network of two classes, pixels increase where the weights do."""
    torch.manual_seed(0)
    network = nn.Sequential(nn.Flatten(), nn.Linear(25 * shape[0], count))
    model = classifier(network, bounds=(-1, 2), input_shape=shape)
    x = 3 * torch.rand(4, *shape) - 1
    y = model(x).argmax(1)
    result = one_sided_fgsm(model, x, y, step_size=0.4, steps=3)
    assert (result.x_adv >= x).all()
    assert result.x_adv.max() <= 2
    assert torch.equal(result.success, model(result.x_adv).argmax(1) != y)
    if count == 2:
        weight = model.get_parameter("network.1.weight")
        slopes = (1 - 2 * y[:, None]) * (weight[1] - weight[0])
        expected = torch.where(slopes.view_as(x) > 0, (x + 1.2).clamp(max=2), x)
        torch.testing.assert_close(result.x_adv, expected)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"x": torch.full((2, 1, 2, 2), 255.0)}, "expected pixels in \\[0, 1\\], found 255"),
        ({"x": torch.full((2, 1, 2, 2), torch.nan)}, "images contain NaN"),
        ({"y": torch.tensor([0, 3])}, "expected labels from 0 to 2, found 3"),
        ({"targets": torch.tensor([1, 1])}, "1 of 2 are equal, the first at index 1"),
        ({"targets": torch.tensor([1])}, "expected targets as an int64 tensor \\(2,\\)"),
        ({"steps": 0}, "expected steps of at least 1, found 0"),
        ({"step_size": -1.0}, "expected step_size above 0, found -1"),
        ({"confidence": 0.0}, "expected a confidence in \\(0, 1\\], found 0"),
    ],
)
def test_one_sided_fgsm_refuses_bad_input(changes: dict[str, Any], message: str) -> None:
    model = classifier(nn.Sequential(nn.Flatten(), nn.Linear(4, 3)), input_shape=(1, 2, 2))
    given: dict[str, Any] = {
        "x": torch.rand(2, 1, 2, 2),
        "y": torch.tensor([0, 1]),
        "steps": 2,
        "step_size": 0.1,
    }
    with pytest.raises(ValueError, match=message):
        one_sided_fgsm(model, **(given | changes))

"""Transfer of adversarial images, with shuffled perturbations as a control."""

import json

import pytest
import torch
from torch import Tensor, nn

from foolproof.attacks.attacked_images import AttackedImages, evaluate
from foolproof.attacks.one_sided import one_sided_fgsm
from foolproof.attacks.transfer import evaluate_transfer, transfer
from foolproof.classifiers.classifier import Classifier
from foolproof.compute.seeds import new_generator

STEP_SIZE = 0.003


@pytest.fixture
def successes(divided_network: Classifier, pictures: Tensor, classes: Tensor) -> AttackedImages:
    result = one_sided_fgsm(
        divided_network, pictures, classes, confidence=0.8, steps=100, step_size=STEP_SIZE
    )
    return evaluate(
        divided_network,
        pictures,
        result.x_adv,
        classes,
        steps=result.steps,
        success=result.success,
    ).successes()


def test_transfer_rates_by_hand() -> None:
    """A network that predicts the brighter of two pixels."""
    network = nn.Flatten()
    pixels = torch.tensor([[1.0, 0.0], [0.0, 1.0], [1.0, 0.0], [0.5, 0.0]])[:, None, None]
    adversarial = torch.tensor([[1.0, 2.0], [2.0, 1.0], [1.0, 0.0], [0.5, 0.6]])[:, None, None]
    control = torch.tensor([[1.0, 0.0], [0.0, 1.0], [1.0, 0.0], [0.5, 0.6]])[:, None, None]
    labels = torch.tensor([0, 1, 1, 0])
    targets = torch.tensor([1, 1, 0, 1])
    result = AttackedImages(
        pixels, adversarial, labels, targets, adversarial[:, 0, 0], labels, labels > -1
    )
    found = evaluate_transfer(network, result, control)
    assert found["error_rate"] == 1
    assert found["same_class_rate"] == 0.75
    assert found["clean_error_rate"] == 0.25
    assert found["shuffled_error_rate"] == 0.5
    expected = torch.tensor([1.0, 1.0, 1.0, 0.1]).sigmoid().double().mean().item()
    assert found["mean_confidence"] == pytest.approx(expected)


def test_attacked_network_misclassifies_its_images_as_their_targets(
    divided_network: nn.Module, successes: AttackedImages
) -> None:
    found = transfer({"itself": divided_network}, successes, new_generator(0))
    itself = found["networks"]["itself"]
    assert found["images"] == len(successes.labels) > 6
    assert (itself["error_rate"], itself["same_class_rate"]) == (1, 1)
    assert itself["clean_error_rate"] == 0
    assert itself["shuffled_error_rate"] < 1
    assert found["mean_l1"] == pytest.approx(found["shuffled_mean_l1"], rel=1e-6)


def test_transfer_without_success_has_none_and_no_nan(
    divided_network: nn.Module, successes: AttackedImages
) -> None:
    found = transfer({"itself": divided_network}, successes.take(torch.arange(0)), new_generator(0))
    assert json.loads(json.dumps(found, allow_nan=False)) == found
    assert set(found["networks"]["itself"].values()) == {None}

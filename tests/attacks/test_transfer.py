"""Transfer of adversarial images, with shuffled perturbations as a control."""

import json

import pytest
import torch
from torch import Tensor, nn

from foolproof.attacks.attacked_images import AttackedImages, evaluate
from foolproof.attacks.one_sided import one_sided_fgsm
from foolproof.attacks.transfer import (
    Outcomes,
    Transfer,
    compare_networks,
    growth,
    outcomes_of,
    summarize_outcomes,
    summarize_transfer,
    transfer,
)
from foolproof.classifiers.classifier import Classifier
from foolproof.compute.clusters import clustered_rate
from foolproof.compute.intervals import mean_with_interval
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
    found = outcomes_of(network, result, control)
    assert found.errors.tolist() == [True, True, True, True]
    assert found.same_class.tolist() == [True, False, True, True]
    assert found.clean_errors.tolist() == [False, False, True, False]
    assert found.shuffled_errors.tolist() == [False, False, True, True]
    assert found.excess.tolist() == [1, 1, 0, 0]
    expected = torch.tensor([1.0, 1.0, 1.0, 0.1]).sigmoid()
    torch.testing.assert_close(found.confidences, expected)
    summary = summarize_outcomes(found)
    counts = {name: (rate["count"], rate["n"]) for name, rate in summary.items() if "count" in rate}
    assert counts == {
        "error_rate": (4, 4),
        "same_class_rate": (3, 4),
        "same_class_of_errors": (3, 4),
        "clean_error_rate": (1, 4),
        "shuffled_error_rate": (2, 4),
    }
    assert summary["excess"]["value"] == 0.5
    assert (summary["excess"]["only_first"], summary["excess"]["only_second"]) == (2, 0)
    assert summary["shuffled_excess"]["value"] == 0.25
    clustered = summarize_outcomes(found, torch.tensor([5, 5, 5, 7]))
    assert clustered["excess"] == mean_with_interval([2 / 3, 0])
    assert clustered["error_rate"] == clustered_rate(4, 4, 2)


def outcomes(errors: list[int], shuffled: list[int]) -> Outcomes:
    """Give outcomes of which only errors on adversarial images and controls count."""
    found, control = (torch.tensor(each, dtype=torch.bool) for each in (errors, shuffled))
    return Outcomes(found, found, found.double(), found, control)


def test_growth_is_paired_on_the_images_that_both_attacks_have() -> None:
    norms = torch.ones(3)
    weak = Transfer({"second": outcomes([0, 1, 0], [0, 0, 0])}, norms, norms)
    strong = Transfer({"second": outcomes([1, 1, 1], [1, 0, 1])}, norms, norms)
    masks = torch.tensor([True, True, True, False]), torch.tensor([False, True, True, True])
    found = growth((masks[0], weak), (masks[1], strong), "second")
    assert found is not None
    assert found["images"] == 2
    assert found["error_rate"]["value"] == 0.5
    assert found["shuffled_error_rate"]["value"] == 0.5
    assert found["excess"] == mean_with_interval([-1, 1])
    empty = torch.tensor([False] * 4)
    assert growth((empty, weak), (masks[1], strong), "second") is None


def test_networks_are_compared_beyond_the_control_on_the_same_images() -> None:
    norms = torch.ones(2)
    found = Transfer({"a": outcomes([1, 1], [0, 1]), "b": outcomes([0, 1], [0, 0])}, norms, norms)
    assert compare_networks(found, "a", ["b"]) == {"b": mean_with_interval([1, -1])}


def test_attacked_network_misclassifies_its_images_as_their_targets(
    divided_network: nn.Module, successes: AttackedImages
) -> None:
    found = summarize_transfer(transfer({"itself": divided_network}, successes, new_generator(0)))
    itself = found["networks"]["itself"]
    assert found["images"] == len(successes.labels) > 6
    assert (itself["error_rate"]["value"], itself["same_class_rate"]["value"]) == (1, 1)
    assert itself["clean_error_rate"]["count"] == 0
    assert itself["shuffled_error_rate"]["value"] < 1
    assert found["mean_l1"]["mean"] == pytest.approx(found["shuffled_mean_l1"]["mean"], rel=1e-6)


@pytest.mark.parametrize("clusters", [None, torch.arange(0)])
def test_transfer_without_success_has_none_and_no_nan(
    divided_network: nn.Module, successes: AttackedImages, clusters: Tensor | None
) -> None:
    none = successes.take(torch.arange(0))
    transferred = transfer({"itself": divided_network}, none, new_generator(0))
    found = summarize_transfer(transferred, clusters)
    assert json.loads(json.dumps(found, allow_nan=False)) == found
    assert set(found["networks"]["itself"].values()) == {None}

"""Measures of manipulated images, by hand."""

import pytest
import torch

from foolproof.attacks.robustness import KINDS, AttackedPhotos, measure, measure_kinds


def test_measures_of_a_manipulation_equal_those_by_hand() -> None:
    """Three of four targets are top-1 before; after, one of these is not, and the fourth is."""
    before = torch.tensor([[0.1, 0.9, 0], [0.2, 0.8, 0], [0.3, 0.1, 0.6], [0.9, 0.1, 0]])
    after = torch.tensor([[0.3, 0.7, 0], [0.6, 0.4, 0], [0.1, 0.4, 0.5], [0.2, 0.8, 0]])
    targets, labels = torch.tensor([1, 1, 2, 1]), torch.tensor([0, 0, 1, 0])
    found = measure(after, targets, before, labels)
    assert found == {
        "mean_probability": pytest.approx((0.7 + 0.4 + 0.5 + 0.8) / 4),
        "min_probability": pytest.approx(0.4),
        "top1_rate": 0.75,
        "destruction_rate": pytest.approx(1 / 3),
        "true_class_rate": 0.25,
    }
    assert measure(before, targets, before, labels)["destruction_rate"] == 0
    assert measure(after, torch.tensor([2, 2, 0, 2]), before, labels)["destruction_rate"] is None


def test_originals_are_measured_by_their_labels_and_adversarial_photos_by_their_targets() -> None:
    photos = AttackedPhotos({}, labels=torch.tensor([0, 0]), targets=torch.tensor([1, 2]))
    probabilities = dict.fromkeys(KINDS, torch.tensor([[0.5, 0.3, 0.2], [0.1, 0.2, 0.7]]))
    found = measure_kinds(photos, probabilities, probabilities)
    assert list(found) == list(KINDS)
    assert found["clean"]["mean_probability"] == pytest.approx(0.3)
    assert found["eot"]["mean_probability"] == pytest.approx(0.5)

"""Measures of manipulated images, by hand."""

import pytest
import torch

from foolproof.attacks.robustness import (
    KINDS,
    AttackedPhotos,
    compare,
    measure,
    measure_kinds,
)
from foolproof.compute.intervals import mean_with_interval, rate_with_interval


def test_measures_of_a_manipulation_equal_those_by_hand() -> None:
    """Three of four targets are top-1 before; after, one of these is not, and the fourth is."""
    before = torch.tensor([[0.1, 0.9, 0], [0.2, 0.8, 0], [0.3, 0.1, 0.6], [0.9, 0.1, 0]])
    after = torch.tensor([[0.3, 0.7, 0], [0.6, 0.4, 0], [0.1, 0.4, 0.5], [0.2, 0.8, 0]])
    targets, labels = torch.tensor([1, 1, 2, 1]), torch.tensor([0, 0, 1, 0])
    found = measure(after, targets, before, labels)
    own = mean_with_interval([0.7, 0.4, 0.5, 0.8])
    assert found.pop("mean_probability") == pytest.approx(own)
    assert found == {
        "top1_rate": rate_with_interval(3, 4),
        "destruction_rate": rate_with_interval(1, 3),
        "true_class_rate": rate_with_interval(1, 4),
    }
    assert measure(before, targets, before, labels)["destruction_rate"]["count"] == 0
    assert measure(after, torch.tensor([2, 2, 0, 2]), before, labels)["destruction_rate"] is None


def test_originals_are_measured_by_their_labels_and_adversarial_photos_by_their_targets() -> None:
    photos = AttackedPhotos({}, labels=torch.tensor([0, 0]), targets=torch.tensor([1, 2]))
    probabilities = dict.fromkeys(KINDS, torch.tensor([[0.5, 0.3, 0.2], [0.1, 0.2, 0.7]]))
    found = measure_kinds(photos, probabilities, probabilities)
    assert list(found) == [*KINDS, "eot_over_plain"]
    assert found["clean"]["mean_probability"]["mean"] == pytest.approx(0.3)
    assert found["eot"]["mean_probability"]["mean"] == pytest.approx(0.5)
    assert found["eot_over_plain"]["probability"] == {"mean": 0, "ci95": 0, "n": 2}


def test_comparison_of_two_attacks_is_paired_by_photo() -> None:
    first = torch.tensor([[0.1, 0.9], [0.4, 0.6], [0.2, 0.8]])
    second = torch.tensor([[0.7, 0.3], [0.6, 0.4], [0.1, 0.9]])
    found = compare(first, second, torch.tensor([1, 1, 1]))
    assert found["probability"] == pytest.approx(mean_with_interval([0.6, 0.2, -0.1]))
    assert found["top1"] == {"only_first": 2, "only_second": 0, "p_value": pytest.approx(0.5)}

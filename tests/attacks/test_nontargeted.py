"""Class-maximizing images after several numbers of steps, and their summary."""

import pytest
import torch
from torch import Tensor

from foolproof.attacks.maximization import activation_maximization
from foolproof.attacks.nontargeted import (
    Snapshot,
    compare_nearest,
    cost,
    summarize,
    with_snapshots,
)
from foolproof.classifiers.classifier import Classifier, predict
from foolproof.compute.intervals import mean_with_interval, rate_with_interval
from tests.attacks.conftest import TARGETS


def test_snapshots_lie_on_one_path(network: Classifier, start: Tensor) -> None:
    snapshots, logits = with_snapshots(network, start, TARGETS, steps=[7, 2], step_size=0.03)
    assert [snapshot.steps for snapshot in snapshots] == [2, 7]
    for snapshot in snapshots:
        result = activation_maximization(
            network, TARGETS, start=start, steps=snapshot.steps, step_size=0.03
        )
        assert torch.equal(snapshot.images, result.x_adv)
        assert torch.equal(snapshot.probabilities, predict(network, result.x_adv).softmax(1))
    assert torch.equal(logits, result.history)


def test_summary_of_class_maximizing_images_by_hand() -> None:
    grey, bounds = torch.full((2, 1, 1, 4), 0.5), torch.tensor([[1.0, 0, 0.5, 0], [1, 0.5, 1, 1]])
    snapshots = [
        Snapshot(1, grey, torch.tensor([[0.75, 0.25], [0.75, 0.25]])),
        Snapshot(2, bounds[:, None, None], torch.tensor([[0.5, 0.5], [0.25, 0.75]])),
    ]
    logits = torch.tensor([[1.0, 3.0], [2.0, 2.0], [4.0, 5.0]])
    found = summarize(snapshots, logits, torch.tensor([0, 1]))
    first = found["by_steps"]["1"]
    assert first["success_rate"] == rate_with_interval(1, 2)
    assert (first["mean_confidence"]["mean"], first["min_confidence"]) == (0.5, 0.25)
    assert first["pixels_at_bounds"]["mean"] == 0
    assert found["mean_confidence"] == mean_with_interval([0.5, 0.75])
    assert (found["min_confidence"], found["images"]) == (0.5, 2)
    assert found["pixels_at_bounds"] == {"mean": 0.75, "ci95": 0, "n": 2}


def test_rise_of_the_cost_is_paired_by_image() -> None:
    logits = torch.tensor([[1.0, 3.0], [2.0, 2.0], [4.0, 5.0], [4.0, 6.0], [5.0, 6.0]])
    found = cost(logits)
    assert found["half"] == 2
    assert found["rise"] == mean_with_interval([4, 3])
    assert found["early_rise"] == mean_with_interval([3, 2])
    assert found["early_minus_late"] == mean_with_interval([2, 1])
    assert found["rising_steps"] == mean_with_interval([0.75, 0.5])
    assert (found["first"]["mean"], found["last"]["mean"]) == (2, 5.5)


def test_distances_to_training_digits_are_compared_with_those_of_test_digits() -> None:
    found = compare_nearest(torch.tensor([3.0, 4, 0]), torch.tensor([1.0, 2]))
    assert found["images"]["mean"] == pytest.approx(7 / 3)
    assert found["test_digits"] == mean_with_interval([1, 2])
    assert found["farther"]["value"] == pytest.approx(4 / 6)

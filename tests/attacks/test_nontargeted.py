"""Class-maximizing images after several numbers of steps, and their summary."""

import pytest
import torch
from torch import Tensor

from foolproof.attacks.maximization import activation_maximization
from foolproof.attacks.nontargeted import Snapshot, summarize, with_snapshots
from foolproof.classifiers.classifier import Classifier, predict
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
    none = torch.empty(2, 0)
    snapshots = [
        Snapshot(1, none, torch.tensor([[0.75, 0.25], [0.75, 0.25]])),
        Snapshot(2, none, torch.tensor([[0.5, 0.5], [0.25, 0.75]])),
    ]
    logits = torch.tensor([[1.0, 3.0], [2.0, 2.0], [4.0, 5.0]])
    found = summarize(snapshots, logits, torch.tensor([0, 1]))
    assert found["by_steps"]["1"] == {
        "success_rate": 0.5,
        "mean_confidence": 0.5,
        "min_confidence": 0.25,
    }
    assert (found["mean_confidence"], found["min_confidence"]) == (0.625, 0.5)
    assert (found["cost_first"], found["cost_last"], found["images"]) == (2, 4.5, 2)
    assert found["rising_steps"] == pytest.approx(0.75)

"""Class-maximizing images: the formula, the constraint, snapshots and their summary."""

import pytest
import torch
from torch import Tensor, nn

from foolproof.attacks.nontargeted import Snapshot, nontargeted, summarize, with_snapshots
from tests.attacks.conftest import TARGETS, ascend_by_hand


def test_nontargeted_follows_the_formula(network: nn.Module, start: Tensor) -> None:
    result = nontargeted(network, start, TARGETS, steps=5, step_size=0.1)
    for index, target in enumerate(TARGETS.tolist()):
        expected = ascend_by_hand(network, start[index], start[index], target, beta=0, steps=5)
        torch.testing.assert_close(result.inputs[index], expected, atol=1e-5, rtol=1e-4)


def test_nontargeted_increases_the_logit_with_valid_pixels(
    network: nn.Module, start: Tensor
) -> None:
    result = nontargeted(network, start, TARGETS, steps=100, step_size=0.03)
    assert (result.logits.argmax(1) == TARGETS).all()
    assert (result.history[-1] > result.history[0] + 1).all()
    assert result.inputs.min() == 0
    assert result.inputs.max() == 1
    with torch.no_grad():
        torch.testing.assert_close(network(result.inputs), result.logits, atol=1e-4, rtol=1e-4)


def test_snapshots_lie_on_one_path(network: nn.Module, start: Tensor) -> None:
    snapshots, logits = with_snapshots(network, start, TARGETS, steps=[7, 2], step_size=0.03)
    assert [snapshot.steps for snapshot in snapshots] == [2, 7]
    for snapshot in snapshots:
        result = nontargeted(network, start, TARGETS, steps=snapshot.steps, step_size=0.03)
        assert torch.equal(snapshot.images, result.inputs)
        assert torch.equal(snapshot.probabilities, result.logits.softmax(1))
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

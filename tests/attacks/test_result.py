"""What is counted as a success, and the summaries of few, many and no images."""

import json

import pytest
import torch
from torch import Tensor, nn

from foolproof.attacks.result import (
    AttackResult,
    count_pairs,
    evaluate,
    mean_by_pair,
    most_common,
    quantiles,
    summarize,
)
from foolproof.optimize.loop import OptimizationResult


def outcome() -> AttackResult:
    """Give three images of two pixels, of which the last has no ink."""
    originals = torch.zeros(3, 1, 1, 2)
    ink = torch.tensor([[0.5, 0.25], [0.25, 0.0], [0.0, 0.0]])[:, None, None]
    return AttackResult(
        originals=originals,
        images=originals + ink,
        labels=torch.tensor([0, 0, 2]),
        goals=torch.tensor([1, 2, 1]),
        probabilities=torch.tensor([[0.1, 0.9, 0], [0.3, 0.3, 0.4], [0.0, 0.0, 1.0]]),
        steps=torch.tensor([4, 1, 0]),
    )


def test_the_confidence_is_that_in_the_goal() -> None:
    torch.testing.assert_close(outcome().confidences, torch.tensor([0.9, 0.4, 0.0]))
    taken = outcome().take(torch.tensor([True, False, True]))
    assert taken.goals.tolist() == [1, 1]
    assert taken.steps.tolist() == [4, 0]


def test_images_are_judged_by_a_pass_of_their_own() -> None:
    network = nn.Flatten()
    logits = torch.tensor([[3.0, 1.0, 2.0], [0.0, 5.0, 1.0]])
    none = torch.full((2, 3), torch.nan)
    trace = OptimizationResult(
        logits[:, None, None], none, torch.tensor([True, True]), torch.ones(2), none
    )
    labels = torch.tensor([0, 0])
    judged = evaluate(network, trace, torch.zeros(2, 1, 1, 3), labels)
    torch.testing.assert_close(judged.probabilities, logits.softmax(1))
    assert judged.goals.tolist() == [2, 1]
    aimed = evaluate(network, trace, torch.zeros(2, 1, 1, 3), labels, torch.tensor([1, 2]))
    assert aimed.goals.tolist() == [1, 2]


def test_the_summary_by_hand() -> None:
    fooled = outcome().take(torch.tensor([0, 1]))
    summary = summarize(outcome(), fooled)
    assert summary["attacked"] == 3
    assert summary["successes"] == 2
    assert summary["success_rate"] == pytest.approx(2 / 3)
    assert summary["min_confidence"] == pytest.approx(0.4)
    assert summary["steps"]["median"] == 2.5
    assert summary["steps"]["max"] == 4
    assert {name: summary[name]["mean"] for name in ("l0", "l1", "linf")} == {
        "l0": 1.5,
        "l1": 0.5,
        "linf": 0.375,
    }


@pytest.mark.parametrize("rows", [torch.arange(3), torch.arange(0)])
def test_of_nothing_there_are_no_numbers_and_no_nan(rows: Tensor) -> None:
    nothing = outcome().take(torch.arange(0))
    summary = summarize(outcome().take(rows), nothing)
    assert json.loads(json.dumps(summary, allow_nan=False)) == summary
    assert summary["success_rate"] == (0 if len(rows) else None)
    assert summary["min_confidence"] is None
    assert set(summary["l1"].values()) == {None}
    assert most_common(count_pairs(nothing, 3), 5) == []


def test_quantiles_are_those_of_the_values() -> None:
    found = quantiles(torch.arange(101))
    assert list(found.values()) == [0, 5, 25, 50, 75, 95, 100]


def test_pairs_are_counted_and_averaged_by_true_class_and_goal() -> None:
    twice = outcome().take(torch.tensor([0, 1, 2, 0]))
    counts = count_pairs(twice, 3)
    assert counts.tolist() == [[0, 2, 1], [0, 0, 0], [0, 1, 0]]
    means = mean_by_pair(twice, torch.tensor([1, 5, 7, 4]), 3)
    assert means.nan_to_num(-1).tolist() == [[-1, 2.5, 5], [-1, -1, -1], [-1, 7, -1]]
    assert most_common(counts, 2) == [
        {"true": 0, "seen": 1, "count": 2, "share": 0.5},
        {"true": 0, "seen": 2, "count": 1, "share": 0.25},
    ]
    assert len(most_common(counts, 9)) == 3

"""Evaluation of attacks: success, summaries of few and of no images, pairs of classes."""

import json

import pytest
import torch
from torch import Tensor, nn

from foolproof.attacks.attacked_images import (
    AttackedImages,
    count_pairs,
    evaluate,
    from_arrays,
    mean_by_pair,
    most_common,
    quantiles,
    summarize,
    without_nan,
)
from foolproof.compute.clusters import clustered_rate
from foolproof.compute.intervals import rate_with_interval


def example() -> AttackedImages:
    """Give three images of two pixels, of which the last is unperturbed and no success."""
    originals = torch.zeros(3, 1, 1, 2)
    perturbation = torch.tensor([[0.5, 0.25], [0.25, 0.0], [0.0, 0.0]])[:, None, None]
    return AttackedImages(
        originals=originals,
        images=originals + perturbation,
        labels=torch.tensor([0, 0, 2]),
        targets=torch.tensor([1, 2, 1]),
        probabilities=torch.tensor([[0.1, 0.9, 0], [0.3, 0.3, 0.4], [0.0, 0.0, 1.0]]),
        steps=torch.tensor([4, 1, 0]),
        success=torch.tensor([True, True, False]),
    )


def test_confidence_is_the_probability_of_the_target() -> None:
    torch.testing.assert_close(example().confidences, torch.tensor([0.9, 0.4, 0.0]))
    taken = example().take(torch.tensor([True, False, True]))
    assert taken.targets.tolist() == [1, 1]
    assert taken.steps.tolist() == [4, 0]


def test_evaluation_uses_its_own_forward_pass() -> None:
    logits = torch.tensor([[3.0, 1.0, 2.0], [0.0, 5.0, 1.0]])
    labels, steps, success = torch.tensor([0, 0]), torch.ones(2), torch.tensor([True, True])
    given = (nn.Flatten(), torch.zeros(2, 1, 1, 3), logits[:, None, None], labels)
    untargeted = evaluate(*given, steps=steps, success=success)
    torch.testing.assert_close(untargeted.probabilities, logits.softmax(1))
    assert untargeted.targets.tolist() == [2, 1]
    targeted = evaluate(*given, torch.tensor([1, 2]), steps=steps, success=success)
    assert targeted.targets.tolist() == [1, 2]
    assert targeted.success.tolist() == [True, True], "those of the attack"
    confident = evaluate(*given, steps=steps, success=0.5)
    assert confident.success.tolist() == [False, True], "those of the forward pass"


def test_result_survives_its_arrays() -> None:
    result, pixels = example(), torch.zeros(7, 1, 1, 2)
    pixels[5] = 0.25
    arrays = result.arrays("some", torch.tensor([4, 2, 5]))
    assert arrays["some_originals"].tolist() == [4, 2, 5]
    back = from_arrays(arrays, "some", pixels)
    assert torch.equal(back.originals, pixels[[4, 2, 5]])
    for field in ("images", "labels", "targets", "probabilities", "steps", "success"):
        assert torch.equal(getattr(back, field), getattr(result, field))


def test_summary_by_hand() -> None:
    summary = summarize(example())
    assert summary["attacked"] == 3
    assert summary["successes"] == 2
    assert summary["success_rate"] == rate_with_interval(2, 3)
    assert summary["faint_rate"] == rate_with_interval(2, 2)
    clustered = summarize(example(), torch.tensor([4, 4, 9]))
    assert clustered["success_rate"] == clustered_rate(2, 3, 2)
    assert clustered["faint_rate"] == clustered_rate(2, 2, 1)
    assert summary["min_confidence"] == pytest.approx(0.4)
    assert summary["steps"]["median"] == 2.5
    assert summary["steps"]["max"] == 4
    assert {name: summary[name]["mean"] for name in ("l0", "l1", "linf")} == {
        "l0": 1.5,
        "l1": 0.5,
        "linf": 0.375,
    }


@pytest.mark.parametrize("indices", [torch.tensor([2, 2, 2]), torch.arange(0)])
def test_summary_without_success_has_none_and_no_nan(indices: Tensor) -> None:
    result = example().take(indices)
    summary = summarize(result)
    assert json.loads(json.dumps(summary, allow_nan=False)) == summary
    assert summary["success_rate"] == (rate_with_interval(0, 3) if len(indices) else None)
    assert summary["min_confidence"] is None
    assert set(summary["l1"].values()) == {None}
    assert most_common(count_pairs(result.successes(), 3), 5) == []


def test_quantiles_of_integers() -> None:
    found = quantiles(torch.arange(101))
    assert list(found.values()) == [0, 5, 25, 50, 75, 95, 100]


def test_pairs_are_counted_and_averaged_by_true_class_and_target() -> None:
    twice = example().take(torch.tensor([0, 1, 2, 0]))
    counts = count_pairs(twice, 3)
    assert counts.tolist() == [[0, 2, 1], [0, 0, 0], [0, 1, 0]]
    means = mean_by_pair(twice, torch.tensor([1, 5, 7, 4]), 3)
    assert without_nan(means) == [[None, 2.5, 5], [None, None, None], [None, 7, None]]
    assert most_common(counts, 2) == [
        {"true": 0, "predicted": 1, "count": 2, "share": 0.5},
        {"true": 0, "predicted": 2, "count": 1, "share": 0.25},
    ]
    assert len(most_common(counts, 9)) == 3
